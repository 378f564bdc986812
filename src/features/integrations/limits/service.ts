import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import { NotFoundError, ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { Integration, IntegrationRepository } from '../connections/repository';
import { integrationLimitAlert } from '../events';
import type { LimitAlert } from './alerts';
import { allWindows, type CallSubject, kindOf, type LevelWindow, pauseKey } from './levels';
import type { IntegrationRateLimiter, LimitCall } from './limiter';
import { type RateLimitRepository, tenantIdOf } from './repository';
import type { RateLimitsBody, RateLimitsView } from './schema';
import type { CallSubjects } from './subjects';
import { PLAIN_OPERATION, vendorLimits } from './vendors.data';
import { paced } from './windows';

/** People hear of the same thing once a day. */
const TELL_EVERY_MS = 24 * 3_600_000;

export interface RateLimitDeps {
  repository: RateLimitRepository;
  integrations: Pick<IntegrationRepository, 'get' | 'getIn'>;
  limiter: IntegrationRateLimiter;
  subjects: Pick<CallSubjects, 'forget'>;
  audit: AuditTrail;
  outbox: Pick<Outbox, 'append'>;
  clock: Clock;
}

/** What connections may call, what they used of it, and what organisations set below the vendor's figures. */
export class RateLimitService {
  static getInstance(): RateLimitService {
    return singleton<RateLimitService>('RateLimitService');
  }

  constructor(readonly deps: RateLimitDeps) {}

  async view(organizationId: string, integrationId: string): Promise<RateLimitsView> {
    const subject = await this.#subject(organizationId, integrationId);
    const windows = allWindows(subject);
    const { reading, degraded, queued } = await this.deps.limiter.look(lookAt(subject, windows));
    const now = this.deps.clock.now().getTime();
    const { multiplier, pausedMs, quota, running } = reading;
    const { concurrent } = vendorLimits(subject.vendor);
    return {
      levels: windows.map(({ level, operation, rule, max, paced: follows }, at) => {
        const { used = 0, freeMs = 0 } = reading.usage[at] ?? {};
        return {
          ...{ level, operation, max, used, windowMs: rule.windowMs, setTo: rule.limit },
          limit: follows ? paced(rule, multiplier).limit : rule.limit,
          resetAt: new Date(now + freeMs),
          // An account may be connected by others too.
          editable: level !== 'account',
        };
      }),
      ...{ multiplier, queued, degraded },
      pausedUntil: pausedMs > 0 ? new Date(now + pausedMs) : null,
      quota: quota && { limit: quota.limit, left: quota.left },
      running: concurrent === null ? null : { count: running, limit: concurrent },
    };
  }

  /** @throws ValidationError for a level that cannot be set, and for more than the vendor allows. */
  async change(actor: Actor, integrationId: string, body: RateLimitsBody): Promise<RateLimitsView> {
    const { repository, integrations, audit } = this.deps;
    const { organizationId } = actor;
    const subject = await this.#subject(organizationId, integrationId);
    checked(allWindows(subject), body);
    await repository.run(async (tx) => {
      const integration = present(await integrations.getIn(tx, organizationId, integrationId));
      const ownRef = repository.ref(integrationId);
      const tenantRef = repository.ref(tenantIdOf(organizationId, integration.type));
      const own = (await tx.get(ownRef)) ?? blank(integration, integrationId);
      const tenant = (await tx.get(tenantRef)) ?? blank(integration, null);
      const next = changed({ limit: own.limit, operations: own.operations, tenant: tenant.limit }, body);
      const { limit, operations } = next;
      tx.set(ownRef, { ...fieldsOf(own), limit, operations });
      tx.set(tenantRef, { ...fieldsOf(tenant), limit: next.tenant });
      const facts = Object.fromEntries(
        body.levels.map(({ level, operation, limit: set }) => [
          operation ? `${level}_${operation}` : level,
          set ?? 'vendor',
        ]),
      );
      audit.append(tx, actor, { action: 'integration.limits_changed', target: targetOf(integration), facts });
    });
    this.deps.subjects.forget();
    return this.view(organizationId, integrationId);
  }

  /** Calls at full pace again and lifts a pause. What was counted stays: the vendor counted it too. */
  async reset(actor: Actor, integrationId: string): Promise<RateLimitsView> {
    const { repository, integrations, audit, limiter } = this.deps;
    const subject = await this.#subject(actor.organizationId, integrationId);
    await repository.run(async (tx) => {
      const integration = present(await integrations.getIn(tx, actor.organizationId, integrationId));
      audit.append(tx, actor, { action: 'integration.limits_reset', target: targetOf(integration) });
    });
    await limiter.reset(subject, pausesOf(subject));
    return this.view(actor.organizationId, integrationId);
  }

  /** Tells an organisation's leaders, once a day about each thing. */
  async tell({ subject, kind, level }: LimitAlert): Promise<void> {
    const { repository, integrations, outbox, clock } = this.deps;
    const { organizationId, integrationId } = subject;
    await repository.run(async (tx) => {
      const integration = await integrations.getIn(tx, organizationId, integrationId);
      const ref = repository.ref(integrationId);
      const known = await tx.get(ref);
      if (!integration) return;
      const now = clock.now();
      const told = known?.toldAt[kind];
      if (told && now.getTime() - told.getTime() < TELL_EVERY_MS) return;
      const own = known ?? blank(integration, integrationId);
      tx.set(ref, { ...fieldsOf(own), toldAt: { ...own.toldAt, [kind]: now } });
      const { name, type } = integration;
      outbox.append(tx, integrationLimitAlert, { organizationId, integrationId, type, name, kind, level });
    });
  }

  async #subject(organizationId: string, integrationId: string): Promise<CallSubject> {
    const { integrations, repository } = this.deps;
    const { type, accountId } = present(await integrations.get(organizationId, integrationId));
    const limits = await repository.limits(organizationId, type, integrationId);
    return { vendor: type, organizationId, integrationId, accountId, limits };
  }
}

/** The pauses of all its kinds of call. */
function pausesOf(subject: CallSubject): [string, ...string[]] {
  const operations = Object.keys(vendorLimits(subject.vendor).operations);
  return [pauseKey(subject, null), ...operations.map((operation) => pauseKey(subject, operation))];
}

function lookAt(subject: CallSubject, windows: readonly LevelWindow[]): LimitCall {
  const [all, own = all] = pausesOf(subject);
  return {
    ...{ subject, windows, operation: PLAIN_OPERATION, pauses: [all, own] },
    concurrent: vendorLimits(subject.vendor).concurrent,
    ...{ lease: '', leaseMs: 0, queued: 0 },
  };
}

/** @throws ValidationError */
function checked(windows: readonly LevelWindow[], { levels }: RateLimitsBody): void {
  const faults = levels.flatMap(({ level, operation, limit }, at) => {
    const path = `body.levels.${at}`;
    if (level === 'account')
      return [{ path: `${path}.level`, message: 'This limit is the vendor’s own and cannot be changed.' }];
    const known = windows.find((window) => window.level === level && window.operation === operation);
    if (!known) return [{ path: `${path}.operation`, message: 'There is no such kind of call.' }];
    if (limit === null || limit <= known.max) return [];
    return [{ path: `${path}.limit`, message: `The vendor allows at most ${known.max}.` }];
  });
  if (faults.length > 0) throw new ValidationError('These limits cannot be set.', faults);
}

interface SetLimits {
  limit: number | null;
  operations: Readonly<Record<string, number>>;
  tenant: number | null;
}

function changed(known: SetLimits, { levels }: RateLimitsBody) {
  let { limit, tenant } = known;
  const operations = new Map(Object.entries(known.operations));
  for (const one of levels) {
    if (one.level === 'tenant') tenant = one.limit;
    else if (one.level === 'integration') limit = one.limit;
    else if (one.operation !== null) {
      if (one.limit === null) operations.delete(kindOf(one.operation));
      else operations.set(kindOf(one.operation), one.limit);
    }
  }
  return { limit, tenant, operations: Object.fromEntries(operations) };
}

type Stored = ReturnType<typeof blank>;

function blank({ organizationId, type }: Integration, integrationId: string | null) {
  return {
    ...{ organizationId, integrationId, vendor: type as string },
    limit: null as number | null,
    operations: {} as Record<string, number>,
    toldAt: {} as Partial<Record<LimitAlert['kind'], Date>>,
  };
}

function fieldsOf({ organizationId, integrationId, vendor, limit, operations, toldAt }: Stored): Stored {
  return { organizationId, integrationId, vendor, limit, operations, toldAt };
}

function targetOf({ id, type, accountName }: Integration) {
  return { type: 'integration', id, label: `${type} ${accountName}` };
}

/** Somebody else's integration does not exist here. @throws NotFoundError */
function present(found: Integration | null): Integration {
  if (!found) throw new NotFoundError('This integration');
  return found;
}
