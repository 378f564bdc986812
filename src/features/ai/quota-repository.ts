import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { Outbox } from '@/core/events/outbox';
import type { Clock } from '@/core/time/clock';
import { aiBudgetThreshold } from './events';
import { Lanes } from './lanes';
import { aiQuotaClaimModel, aiQuotaModel, type QuotaAmounts, type QuotaLimits } from './model';
import {
  type ClaimRequest,
  crossed,
  hasLimit,
  NOTHING,
  type QuotaScope,
  type QuotaState,
  type QuotaStore,
  type SettleLimits,
} from './quota';
import {
  applyCommands,
  type Claim,
  EMPTY_COUNTER,
  type QuotaCommand,
  type QuotaOutcome,
  type QuotaWorld,
} from './quota-batch';

type QuotaDoc = Doc<typeof aiQuotaModel>;
/** Contention on one organisation's counter is short; waiting for it beats refusing. */
const ATTEMPTS = 40;
const KEEP_MS = 400 * 86_400_000;
const CLAIM_KEEP_MS = 7 * 86_400_000;

export function quotaIds({ organizationId, userId, period }: QuotaScope) {
  return { organization: `${organizationId}_${period}`, member: `${organizationId}_${userId}_${period}` };
}

/**
 * Quotas in Firestore: one transaction claims for organisation and member at once. A counter without a limit is only ever
 * incremented, so that it never makes requests wait for each other.
 */
export class FirestoreQuotaStore implements QuotaStore {
  readonly #lanes = new Lanes<QuotaCommand, QuotaOutcome>((key, commands) => this.#write(key, commands));

  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
    readonly clock: Clock,
  ) {}

  async claim(request: ClaimRequest): Promise<QuotaOutcome> {
    const {
      requestId,
      scope,
      amounts,
      organizationLimits: organization,
      memberLimits: member,
      dueAt,
    } = request;
    if (!hasLimit(organization) && !hasLimit(member)) return undefined;
    const limits = { organization, member };
    return this.#submit(scope, { kind: 'claim', requestId, userId: scope.userId, amounts, limits, dueAt });
  }

  async settle(
    requestId: string,
    scope: QuotaScope,
    used: QuotaAmounts,
    limits: SettleLimits,
  ): Promise<void> {
    if (!hasLimit(limits.organization) && !hasLimit(limits.member)) return this.add(scope, used);
    await this.#submit(scope, { kind: 'settle', requestId, userId: scope.userId, used, limits });
  }

  async release(requestId: string, scope: QuotaScope): Promise<void> {
    await this.#submit(scope, { kind: 'release', requestId, userId: scope.userId });
  }

  async state(scope: QuotaScope): Promise<{ organization: QuotaState; member: QuotaState }> {
    const refs = this.#refs(scope);
    const [organization = null, member = null] = await this.db.getAll([refs.organization, refs.member]);
    return { organization: stateOf(organization), member: stateOf(member) };
  }

  async sweep(now: Date): Promise<number> {
    const overdue = await this.db.find(
      this.db
        .collection(aiQuotaClaimModel)
        .where('status', '==', 'open')
        .where('dueAt', '<=', now)
        .orderBy('dueAt')
        .limit(200),
    );
    for (const { id, organizationId, userId, period } of overdue)
      await this.release(id, { organizationId, userId, period });
    return overdue.length;
  }

  /** Announces thresholds for a store that counts elsewhere; each once. */
  async announce(
    scope: QuotaScope,
    userId: string | null,
    used: QuotaAmounts,
    limits: QuotaLimits,
  ): Promise<void> {
    const refs = this.#refs(scope);
    const ref = userId === null ? refs.organization : refs.member;
    await this.db.run(async (tx) => {
      const quota = await tx.get(ref);
      const percents = crossed(used, limits, quota?.alerted ?? []);
      if (percents.length === 0) return;
      const alerted = [...(quota?.alerted ?? []), ...percents];
      if (quota) tx.update(ref, { alerted });
      else tx.create(ref, { ...this.#fresh(scope, userId), alerted });
      this.#tell(tx, scope, userId, percents);
    });
  }

  /** Counts without a transaction; for quotas without a limit, and for a store that decides elsewhere. */
  async add(scope: QuotaScope, used: QuotaAmounts): Promise<void> {
    const refs = this.#refs(scope);
    await Promise.all([
      this.#add(refs.organization, scope, null, used),
      this.#add(refs.member, scope, scope.userId, used),
    ]);
  }

  #submit(scope: QuotaScope, command: QuotaCommand): Promise<QuotaOutcome> {
    return this.#lanes.submit(`${scope.organizationId} ${scope.period}`, command);
  }

  /** One transaction for all that came together: reads each document once, writes each changed one once. */
  #write(key: string, commands: readonly QuotaCommand[]): Promise<readonly QuotaOutcome[]> {
    const [organizationId = '', period = ''] = key.split(' ');
    const userIds = [...new Set(commands.map(({ userId }) => userId))];
    const requestIds = [...new Set(commands.map(({ requestId }) => requestId))];
    const scopeOf = (userId: string) => ({ organizationId, userId, period });
    const counters = [
      this.#refs(scopeOf('')).organization,
      ...userIds.map((userId) => this.#refs(scopeOf(userId)).member),
    ];
    const claimRefs = requestIds.map((id) => this.db.doc(aiQuotaClaimModel, id));
    return this.db.runOptimistic(
      async (tx) => {
        const [found, claims] = await Promise.all([tx.getAll(counters), tx.getAll(claimRefs)]);
        const world = worldOf(found, userIds, claims, requestIds);
        const { outcomes, changed, changedClaims, crossings } = applyCommands(world, commands);
        [null, ...userIds].forEach((userId, index) => {
          const ref = counters[index];
          if (!ref || !changed.has(userId)) return;
          const counter = userId === null ? world.organization : (world.members.get(userId) ?? EMPTY_COUNTER);
          const fields = { used: counter.used, held: counter.held, alerted: [...counter.alerted] };
          if (found[index]) tx.update(ref, fields);
          else tx.create(ref, { ...this.#fresh(scopeOf(userId ?? ''), userId), ...fields });
        });
        requestIds.forEach((requestId, index) => {
          const ref = claimRefs[index];
          const claim = world.claims.get(requestId);
          if (!ref || !claim || !changedClaims.has(requestId)) return;
          if (claims[index]) tx.update(ref, { status: claim.status });
          else tx.create(ref, this.#claimDoc(scopeOf(claim.userId), claim));
        });
        for (const { userId, percent } of crossings) this.#tell(tx, scopeOf(userId ?? ''), userId, [percent]);
        return outcomes;
      },
      { attempts: ATTEMPTS },
    );
  }

  #claimDoc({ organizationId, userId, period }: QuotaScope, { amounts, status, dueAt }: Claim) {
    const expiresAt = new Date(this.clock.now().getTime() + CLAIM_KEEP_MS);
    return { organizationId, userId, period, amounts, status, dueAt, expiresAt };
  }

  #tell(tx: Tx, scope: QuotaScope, userId: string | null, percents: readonly (50 | 80 | 100)[]): void {
    for (const percent of percents) {
      const { organizationId, period } = scope;
      this.outbox.append(tx, aiBudgetThreshold, { organizationId, userId, period, percent });
    }
  }

  async #add(
    ref: Ref<typeof aiQuotaModel>,
    scope: QuotaScope,
    userId: string | null,
    used: QuotaAmounts,
  ): Promise<void> {
    const { used: _used, alerted: _alerted, held: _held, ...fresh } = this.#fresh(scope, userId);
    const increments = Object.fromEntries(
      Object.entries(used).map(([key, value]) => [key, FieldValue.increment(value)]),
    );
    // A merge makes the document when it is missing; unmentioned counters must then exist too.
    const zeros = Object.fromEntries(Object.keys(NOTHING).map((key) => [key, FieldValue.increment(0)]));
    await ref.withConverter(null).set(
      {
        ...fresh,
        used: increments,
        held: zeros,
        // Makes an empty list where none is and leaves another one alone; no share is negative.
        alerted: FieldValue.arrayRemove(-1),
        createdAt: FieldValue.serverTimestamp(),
        updatedAt: FieldValue.serverTimestamp(),
      },
      { merge: true },
    );
  }

  #fresh(scope: QuotaScope, userId: string | null) {
    return {
      organizationId: scope.organizationId,
      userId,
      period: scope.period,
      used: NOTHING,
      held: NOTHING,
      alerted: [] as number[],
      expiresAt: new Date(this.clock.now().getTime() + KEEP_MS),
    };
  }

  #refs(scope: QuotaScope): Refs {
    const ids = quotaIds(scope);
    return {
      organization: this.db.doc(aiQuotaModel, ids.organization),
      member: this.db.doc(aiQuotaModel, ids.member),
    };
  }
}

interface Refs {
  organization: Ref<typeof aiQuotaModel>;
  member: Ref<typeof aiQuotaModel>;
}

function stateOf(quota: QuotaDoc | null): QuotaState {
  return { used: quota?.used ?? NOTHING, held: quota?.held ?? NOTHING };
}

function worldOf(
  [organization, ...members]: readonly (QuotaDoc | null)[],
  userIds: readonly string[],
  claims: readonly (Doc<typeof aiQuotaClaimModel> | null)[],
  requestIds: readonly string[],
): QuotaWorld {
  return {
    organization: organization ?? EMPTY_COUNTER,
    members: new Map(userIds.map((userId, index) => [userId, members[index] ?? EMPTY_COUNTER])),
    claims: new Map(
      requestIds.flatMap((requestId, index) => {
        const claim = claims[index];
        return claim ? [[requestId, claim] as const] : [];
      }),
    ),
  };
}
