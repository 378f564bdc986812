import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { Outbox } from '@/core/events/outbox';
import type { Clock } from '@/core/time/clock';
import { aiBudgetThreshold } from './events';
import { aiQuotaClaimModel, aiQuotaModel, type QuotaAmounts, type QuotaLimits } from './model';
import {
  type ClaimRequest,
  crossed,
  fits,
  hasLimit,
  NOTHING,
  plus,
  type QuotaScope,
  type QuotaState,
  type QuotaStore,
  type SettleLimits,
} from './quota';

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
  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
    readonly clock: Clock,
  ) {}

  async claim(request: ClaimRequest): Promise<'organization' | 'member' | undefined> {
    const { scope, amounts, organizationLimits, memberLimits } = request;
    if (!hasLimit(organizationLimits) && !hasLimit(memberLimits)) return undefined;
    const refs = this.#refs(scope);
    const claimRef = this.db.doc(aiQuotaClaimModel, request.requestId);
    return this.db.run(
      async (tx) => {
        const [claim, organization, member] = await this.#read(tx, claimRef, refs);
        if (claim) return undefined;
        if (!fits(stateOf(organization), amounts, organizationLimits)) return 'organization';
        if (!fits(stateOf(member), amounts, memberLimits)) return 'member';
        const now = this.clock.now().getTime();
        tx.create(claimRef, {
          organizationId: scope.organizationId,
          userId: scope.userId,
          period: scope.period,
          amounts,
          status: 'open',
          dueAt: request.dueAt,
          expiresAt: new Date(now + CLAIM_KEEP_MS),
        });
        if (hasLimit(organizationLimits))
          this.#hold(tx, refs.organization, organization, scope, null, amounts);
        if (hasLimit(memberLimits)) this.#hold(tx, refs.member, member, scope, scope.userId, amounts);
        return undefined;
      },
      { attempts: ATTEMPTS },
    );
  }

  async settle(
    requestId: string,
    scope: QuotaScope,
    used: QuotaAmounts,
    limits: SettleLimits,
  ): Promise<void> {
    const refs = this.#refs(scope);
    if (!hasLimit(limits.organization) && !hasLimit(limits.member)) {
      await Promise.all([
        this.#add(refs.organization, scope, null, used),
        this.#add(refs.member, scope, scope.userId, used),
      ]);
      return;
    }
    const claimRef = this.db.doc(aiQuotaClaimModel, requestId);
    await this.db.run(
      async (tx) => {
        const [claim, organization, member] = await this.#read(tx, claimRef, refs);
        if (claim?.status !== 'open') return;
        tx.update(claimRef, { status: 'settled' });
        this.#post(
          tx,
          refs.organization,
          organization,
          { scope, userId: null, limits: limits.organization },
          claim.amounts,
          used,
        );
        this.#post(
          tx,
          refs.member,
          member,
          { scope, userId: scope.userId, limits: limits.member },
          claim.amounts,
          used,
        );
      },
      { attempts: ATTEMPTS },
    );
  }

  async release(requestId: string, scope: QuotaScope): Promise<void> {
    const refs = this.#refs(scope);
    const claimRef = this.db.doc(aiQuotaClaimModel, requestId);
    await this.db.run(
      async (tx) => {
        const [claim, organization, member] = await this.#read(tx, claimRef, refs);
        if (claim?.status !== 'open') return;
        tx.update(claimRef, { status: 'released' });
        for (const [ref, quota] of [
          [refs.organization, organization],
          [refs.member, member],
        ] as const) {
          if (quota) tx.update(ref, { held: plus(quota.held, claim.amounts, -1) });
        }
      },
      { attempts: ATTEMPTS },
    );
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

  #read(
    tx: Tx,
    claim: Ref<typeof aiQuotaClaimModel>,
    refs: Refs,
  ): Promise<[Doc<typeof aiQuotaClaimModel> | null, QuotaDoc | null, QuotaDoc | null]> {
    return Promise.all([tx.get(claim), tx.get(refs.organization), tx.get(refs.member)]);
  }

  #hold(
    tx: Tx,
    ref: Ref<typeof aiQuotaModel>,
    quota: QuotaDoc | null,
    scope: QuotaScope,
    userId: string | null,
    amounts: QuotaAmounts,
  ): void {
    if (quota) tx.update(ref, { held: plus(quota.held, amounts) });
    else tx.create(ref, { ...this.#fresh(scope, userId), held: amounts });
  }

  #post(
    tx: Tx,
    ref: Ref<typeof aiQuotaModel>,
    quota: QuotaDoc | null,
    whose: { scope: QuotaScope; userId: string | null; limits: QuotaLimits },
    claimed: QuotaAmounts,
    used: QuotaAmounts,
  ): void {
    const total = plus(quota?.used ?? NOTHING, used);
    const percents = crossed(total, whose.limits, quota?.alerted ?? []);
    const alerted = [...(quota?.alerted ?? []), ...percents];
    const held = hasLimit(whose.limits)
      ? plus(quota?.held ?? NOTHING, claimed, -1)
      : (quota?.held ?? NOTHING);
    if (quota) tx.update(ref, { used: total, held, alerted });
    else tx.create(ref, { ...this.#fresh(whose.scope, whose.userId), used: total, held, alerted });
    this.#tell(tx, whose.scope, whose.userId, percents);
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
        alerted: FieldValue.arrayUnion(),
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
