import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { type IntegrationWorld, integrationWorld } from '@tests/support/integrations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POST as replay } from '@/app/api/dead-letters/replay/route';
import { GET as letters } from '@/app/api/dead-letters/route';
import { GET as history } from '@/app/api/integrations/[id]/credential/audit/route';
import { GET as readCredential, PUT as setPolicy } from '@/app/api/integrations/[id]/credential/route';
import { POST as test } from '@/app/api/integrations/[id]/test/route';
import { POST as connect } from '@/app/api/integrations/connect/[type]/route';
import { outboxModel } from '@/core/events/outbox';
import { deadLetterModel } from '@/core/jobs/dead-letters';
import { jobModel } from '@/core/jobs/job-document';
import { provide } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import type { IntegrationView } from '@/features/integrations/connections/schema';
import { CredentialRotation } from '@/features/integrations/credentials/rotation';
import type { CredentialAuditView, CredentialView } from '@/features/integrations/credentials/schema';
import type { DeadLetterView, ReplayAnswer } from '@/features/integrations/dead-letters/schema';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

const DAY = 86_400_000;
const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
const fake = new FakeHubSpot(clock);
let world: IntegrationWorld;
let rotation: CredentialRotation;
let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };
let id: string;

const connected = () =>
  call<{ integration: IntegrationView }>(connect, {
    path: '/api/integrations/connect/hubspot',
    ...{ as: admin, organizationId },
    body: { apiKey: fake.apiKey },
  });

beforeAll(async () => {
  await fake.start();
  world = integrationWorld({ clock, fake, serve: true, bare: true });
  rotation = new CredentialRotation({
    repository: world.credentialRepository,
    integrations: world.repository,
    onRefused: (tx, credential, reason) => world.connector.needsReauthIn(tx, credential, reason),
    audit: new AuditLog(core.db, clock, core.ids),
    outbox: core.outbox,
    clock,
  });
  provide('CredentialRotation', () => rotation);
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
  id = (await connected()).json.integration.id;
});
afterAll(() => fake.stop());

const path = (rest = '') => `/api/integrations/${id}${rest}`;
const credential = async (as = admin, organization = organizationId) =>
  call<CredentialView>(readCredential, { path: path('/credential'), as, organizationId: organization });
const policy = (body: object) =>
  call<CredentialView & { errors: { path: string }[] }>(setPolicy, {
    path: path('/credential'),
    ...{ as: admin, organizationId, body },
  });
const tested = () =>
  call<{ success: boolean; error?: string }>(test, { path: path('/test'), as: admin, organizationId });
const announced = async (event: string) =>
  (await core.db.find(core.db.collection(outboxModel).where('event', '==', event))).filter(({ payload }) =>
    payload.includes(id),
  ).length;
const upkeep = () => rotation.upkeep(() => true);

describe('the secret of a connection', () => {
  it('is described to admins, and never shown', async () => {
    const answer = await credential();
    expect(answer.json).toMatchObject({
      ...{ type: 'api_key', ageDays: 0, refreshable: false, state: 'good', nextRefreshAt: null },
      rotationPolicy: { maxAgeDays: 90, warnDays: 14, block: false },
      replaceBy: new Date(clock.now().getTime() + 90 * DAY).toISOString(),
    });
    expect(answer.text).not.toContain(fake.apiKey.slice(8));
    expect((await credential(viewer)).status).toBe(403);
    expect((await credential(stranger.owner, stranger.organizationId)).status).toBe(404);
    const wrong = await policy({ maxAgeDays: 10, warnDays: 10, block: true });
    expect([wrong.status, wrong.json.errors[0]?.path]).toEqual([400, 'body.warnDays']);
  });

  it('is warned of once when it is due, and used on where nothing blocks it', async () => {
    await upkeep();
    expect(await announced('integration_credential_due')).toBe(0);
    clock.advance(76 * DAY);
    // Others may share the database: what counts is what is said about this one.
    expect((await upkeep()).warned).toBeGreaterThanOrEqual(1);
    await upkeep();
    expect(await announced('integration_credential_due')).toBe(1);
    clock.advance(20 * DAY);
    await upkeep();
    expect(await announced('integration_credential_due')).toBe(1);
    expect([(await credential()).json.state, (await tested()).json.success]).toEqual(['overdue', true]);
  });

  it('is refused when the policy says so, and works again with more days or a new key', async () => {
    const blocked = await policy({ maxAgeDays: 90, warnDays: 14, block: true });
    expect(blocked.json.state).toBe('blocked');
    expect((await world.repository.find(id))?.status).toBe('reauth_required');
    const seen = fake.log.length;
    const refused = await tested();
    expect([refused.json.success, refused.json.error]).toEqual([
      false,
      'Its key is older than your organisation allows. Reconnect it.',
    ]);
    expect(fake.log.length).toBe(seen);
    expect((await policy({ maxAgeDays: 120, warnDays: 14, block: true })).json.state).toBe('good');
    expect((await world.repository.find(id))?.status).toBe('active');
    expect((await tested()).json.success).toBe(true);
    clock.advance(24 * DAY);
    // Told that it is due, then stopped, each once.
    expect((await upkeep()).blocked).toBeGreaterThanOrEqual(1);
    await upkeep();
    expect((await world.repository.find(id))?.status).toBe('reauth_required');
    expect(await announced('integration_needs_reauth')).toBe(2);
    await connected();
    expect((await credential()).json).toMatchObject({ state: 'good', ageDays: 0 });
    expect((await tested()).json.success).toBe(true);
  });

  it('has a history in which uses are counted, not listed', async () => {
    for (let use = 0; use < 5; use += 1) await tested();
    clock.advance(61_000);
    await tested();
    const { json, text } = await call<{ items: CredentialAuditView[] }>(history, {
      path: path('/credential/audit'),
      ...{ as: admin, organizationId },
    });
    const of = (action: string) => json.items.filter((one) => one.action === action);
    expect([of('created').length, of('replaced').length]).toEqual([1, 1]);
    // Of the new key; an hour may have ended meanwhile.
    const uses = of('used').filter(({ version }) => version === 2);
    expect(uses.length).toBeLessThanOrEqual(2);
    expect(uses.reduce((sum, { count }) => sum + count, 0)).toBe(7);
    expect(text).not.toContain(fake.apiKey.slice(8));
    expect(
      (await call(history, { path: path('/credential/audit'), as: viewer, organizationId })).status,
    ).toBe(403);
  });
});

describe('work that failed for good', () => {
  const listed = async (as = admin, organization = organizationId) =>
    call<{ items: DeadLetterView[] }>(letters, {
      path: '/api/dead-letters',
      ...{ as, organizationId: organization },
    });
  const again = (ids: string[], as = admin, organization = organizationId) =>
    call<ReplayAnswer>(replay, {
      path: '/api/dead-letters/replay',
      ...{ as, organizationId: organization, body: { ids } },
    });

  it('belongs to the organisation its payload leads to, and is shown to its admins without secrets', async () => {
    const own = { organizationId: 'somebody-else', integrationId: id, entity: 'contact' };
    const none = { ...own, organizationId, integrationId: 'int_unknown' };
    const owners = [own, none].map((payload) =>
      core.jobRegistry.ownerOf('sync.outbound', JSON.stringify(payload)),
    );
    expect(await Promise.all(owners)).toEqual([organizationId, null]);
    expect(await core.jobRegistry.ownerOf('sync.outbound', 'no json')).toBeNull();
    const error = new Error(`refused with Bearer ${fake.apiKey}`);
    for (const [jobName, organization] of [
      ['dead_own', organizationId],
      ['dead_two', organizationId],
      ['dead_foreign', stranger.organizationId],
      ['dead_nobody', null],
    ] as const)
      await core.deadLetters.bury(
        {
          jobId: jobName,
          ...{ type: 'sync.outbound', payload: JSON.stringify({ ...own, apiKey: fake.apiKey }) },
          ...{ concurrencyKey: null, maxAttempts: 5, attempts: 5, organizationId: organization },
          enqueuedAt: clock.now(),
        },
        error,
      );
    const { json, text } = await listed();
    expect(json.items.map((one) => [one.id, one.kind, one.reason, one.summary]).sort()).toEqual(
      ['dead_own', 'dead_two'].map((name) => [
        ...[name, 'push', 'refused with Bearer …'],
        { integrationId: id, entity: 'contact' },
      ]),
    );
    expect(text).not.toContain(fake.apiKey);
    expect((await listed(viewer)).status).toBe(403);
    expect((await listed(stranger.owner, stranger.organizationId)).json.items.map((one) => one.id)).toEqual([
      'dead_foreign',
    ]);
  });

  it('is run again by those who may, once, and noted', async () => {
    expect((await again(['dead_own', 'dead_foreign'])).status).toBe(404);
    expect((await again(['dead_nobody'])).status).toBe(404);
    expect((await again(['dead_own'], viewer)).status).toBe(403);
    expect((await core.db.get(core.db.doc(deadLetterModel, 'dead_own')))?.status).toBe('open');
    expect((await again(['dead_own'])).json).toEqual({ replayed: ['dead_own'], skipped: [] });
    expect((await core.db.get(core.db.doc(jobModel, 'dead_own')))?.payload).toContain(id);
    expect((await again(['dead_own', 'dead_two'])).json).toEqual({
      replayed: ['dead_two'],
      skipped: ['dead_own'],
    });
    expect((await listed()).json.items).toEqual([]);
    const log = await AuditLog.getInstance().list(
      organizationId,
      { action: 'dead_letter.replayed' },
      { limit: 9 },
    );
    expect(log.items.map(({ targetId }) => targetId).sort()).toEqual(['dead_own', 'dead_two']);
  });
});
