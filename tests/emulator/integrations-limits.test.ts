import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { type IntegrationWorld, integrationWorld } from '@tests/support/integrations';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GET as fields } from '@/app/api/integrations/[id]/entities/[entity]/fields/route';
import { POST as connect } from '@/app/api/integrations/connect/[type]/route';
import { POST as reset } from '@/app/api/rate-limits/[integrationId]/reset/route';
import { PUT as change, GET as read } from '@/app/api/rate-limits/[integrationId]/route';
import { outboxModel } from '@/core/events/outbox';
import { provide } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import type { IntegrationView } from '@/features/integrations/connections/schema';
import { LimitAlerts } from '@/features/integrations/limits/alerts';
import { CallGate } from '@/features/integrations/limits/gate';
import { IntegrationRateLimiter } from '@/features/integrations/limits/limiter';
import { CallQueue } from '@/features/integrations/limits/queue';
import { RateLimitRepository } from '@/features/integrations/limits/repository';
import type { RateLimitsView } from '@/features/integrations/limits/schema';
import { RateLimitService } from '@/features/integrations/limits/service';
import { CallSubjects } from '@/features/integrations/limits/subjects';
import type { SyncJob } from '@/features/integrations/sync/runner';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
const fake = new FakeHubSpot(clock);
const limiter = new IntegrationRateLimiter({ redis: null, instances: 1, clock, ids: core.ids });
let alerts: LimitAlerts;
let world: IntegrationWorld;
let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };
let id: string;

beforeAll(async () => {
  await fake.start();
  world = integrationWorld({
    ...{ clock, fake, serve: true },
    gate: (integrations) => {
      const repository = new RateLimitRepository(core.db);
      const subjects = new CallSubjects({ integration: (one) => integrations.find(one), repository });
      const audit = new AuditLog(core.db, clock, core.ids);
      const service = new RateLimitService({
        ...{ repository, integrations, limiter, subjects, audit, clock },
        outbox: core.outbox,
      });
      provide('RateLimitService', () => service);
      alerts = new LimitAlerts({ tell: (alert) => service.tell(alert), clock });
      return new CallGate({
        ...{ limiter, alerts, clock },
        // Time stands while a call waits: what has no place now has none.
        queue: new CallQueue(clock, async (milliseconds) => clock.advance(milliseconds)),
        subject: (one) => subjects.of(one),
        ids: core.ids,
      });
    },
  });
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
  const { json } = await call<{ integration: IntegrationView }>(connect, {
    path: '/api/integrations/connect/hubspot',
    ...{ as: admin, organizationId },
    body: { apiKey: fake.apiKey },
  });
  id = json.integration.id;
});
afterAll(() => fake.stop());
afterEach(() => fake.calm());

const path = () => `/api/rate-limits/${id}`;
const view = async () =>
  (await call<RateLimitsView>(read, { path: path(), as: viewer, organizationId })).json;
const set = (levels: object[], as = admin, organization = organizationId) =>
  call<RateLimitsView & { errors: { path: string }[] }>(change, {
    path: path(),
    ...{ as, organizationId: organization, body: { levels } },
  });
const ask = () =>
  call<{ code: string; detail: string }>(fields, {
    path: `/api/integrations/${id}/entities/contact/fields`,
    ...{ as: admin, organizationId },
  });
const brief = ({ levels }: RateLimitsView) =>
  levels.map(({ level, operation, limit, used }) => [level, operation, limit, used]);
const told = async () =>
  (await core.db.find(core.db.collection(outboxModel).where('event', '==', 'integration_limit_alert')))
    .map(({ payload }) => JSON.parse(payload) as { integrationId: string; kind: string })
    .filter(({ integrationId }) => integrationId === id)
    .map(({ kind }) => kind)
    .sort();

describe('limits of an integration', () => {
  it('begin with the vendor’s, and count every call at every level', async () => {
    expect((await ask()).status).toBe(200);
    expect(brief(await view())).toEqual([
      ['tenant', null, 440, 1],
      ['integration', null, 110, 1],
      ['operation', 'call', 110, 1],
      ['operation', 'search', 5, 0],
      ['account', null, 110, 1],
      ['account', 'search', 5, 0],
    ]);
    expect(await view()).toMatchObject({ multiplier: 1, queued: 0, degraded: false, pausedUntil: null });
    clock.advance(11_000);
    expect((await view()).levels[0]?.used).toBe(0);
  });

  it('are set by those who may, never above the vendor’s, and hold at once', async () => {
    const tooMuch = await set([
      { level: 'integration', limit: 2 },
      { level: 'operation', operation: 'search', limit: 6 },
      { level: 'account', limit: 1 },
      { level: 'operation', operation: 'nonsense', limit: 1 },
    ]);
    expect([tooMuch.status, tooMuch.json.errors.map((fault) => fault.path)]).toEqual([
      400,
      ['body.levels.1.limit', 'body.levels.2.level', 'body.levels.3.operation'],
    ]);
    expect(brief(await view())[1]).toEqual(['integration', null, 110, 0]);
    expect((await set([{ level: 'integration', limit: 2 }], viewer)).status).toBe(403);
    const { owner, organizationId: other } = stranger;
    expect((await set([{ level: 'integration', limit: 2 }], owner, other)).status).toBe(404);
    const saved = await set([
      { level: 'integration', limit: 2 },
      { level: 'tenant', limit: 100 },
      { level: 'operation', operation: 'search', limit: 3 },
    ]);
    expect(brief(saved.json).map(([, , limit]) => limit)).toEqual([100, 2, 110, 3, 110, 5]);
    const before = clock.now().getTime();
    for (const _ of [1, 2, 3]) expect((await ask()).status).toBe(200);
    // The third waited until the first two had left the window.
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(10_000);
    const log = await AuditLog.getInstance().list(
      organizationId,
      { action: 'integration.limits_changed' },
      { limit: 5 },
    );
    expect(log.items.map(({ facts }) => facts)).toEqual([
      { integration: 2, tenant: 100, operation_search: 3 },
    ]);
    await set(['tenant', 'integration'].map((level) => ({ level, limit: null })));
    expect((await view()).levels.map(({ setTo }) => setTo)).toEqual([440, 110, 110, 3, 110, 5]);
  });
});

describe('what the vendor says', () => {
  it('slows calls down, and a pause stops them: people hear 429 and when to come back', async () => {
    clock.advance(60_000);
    fake.fault({ on: 'read', kind: 'rate_limit', times: 1, retryAfterSeconds: 600 });
    expect((await ask()).status).toBe(502);
    const slow = await view();
    expect([slow.multiplier, slow.levels[1]?.limit, slow.levels[0]?.limit]).toEqual([0.7, 77, 440]);
    expect(slow.pausedUntil).not.toBeNull();
    const seen = fake.log.length;
    const refused = await ask();
    expect([refused.status, refused.json.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(fake.log.length).toBe(seen);
    const again = await call<RateLimitsView>(reset, { path: `${path()}/reset`, as: admin, organizationId });
    expect([again.json.multiplier, again.json.pausedUntil]).toEqual([1, null]);
    expect((await ask()).status).toBe(200);
    expect((await call(reset, { path: `${path()}/reset`, as: viewer, organizationId })).status).toBe(403);
  });

  it('stops a sync as well, which goes on when it may and loses none of its tries', async () => {
    const integration = await world.repository.find(id);
    const subject = {
      ...{ vendor: 'hubspot', organizationId, integrationId: id, accountId: integration?.accountId ?? '' },
      limits: { tenant: null, integration: null, operations: {} },
    };
    fake.add('contacts', { email: 'ada@example.test', lastname: 'Lovelace' });
    const report = { factor: 0, scarce: 0, operation: null, quota: null };
    await limiter.report(subject, { ...report, pauseMs: 600_000 });
    await world.sync.startFirst(organizationId, id, 'limits');
    const begun = world.jobs.waiting.shift();
    await world.runner.work(begun?.payload as SyncJob, new AbortController().signal);
    const waiting = world.jobs.waiting[0]?.runAt?.getTime() ?? 0;
    expect(waiting - clock.now().getTime()).toBe(600_000);
    const task = () => world.syncRepository.task('sync_limits');
    expect(await task()).toMatchObject({ status: 'processing', part: 2, tries: 0 });
    await world.jobs.drain(world);
    expect((await task())?.status).toBe('completed');
    expect((await world.repository.find(id))?.dataCount).toBe(1);
  });

  it('is told to people once a day: an allowance nearly used up, five minutes at half pace', async () => {
    const subject = {
      ...{ vendor: 'hubspot', organizationId, integrationId: id, accountId: 'a' },
      limits: { tenant: null, integration: null, operations: {} },
    };
    alerts.quota(subject, { limit: 1_000, left: 210, resetAt: null });
    alerts.pace(subject, 299_999);
    await alerts.settled();
    expect(await told()).toEqual([]);
    for (let hour = 0; hour < 3; hour += 1) {
      alerts.quota(subject, { limit: 1_000, left: 40, resetAt: null });
      alerts.pace(subject, 300_000);
      await alerts.settled();
      clock.advance(3_600_000);
    }
    expect(await told()).toEqual(['quota_80', 'quota_95', 'slowed']);
  });
});
