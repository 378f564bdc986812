import { InsufficientTokensError } from '@/core/errors';
import type { QuotaAmounts } from '@/features/ai/model';
import {
  type ClaimRequest,
  fits,
  NOTHING,
  plus,
  type QuotaScope,
  type QuotaState,
  type QuotaStore,
} from '@/features/ai/quota';
import type { AnswerCache, SettleFacts, TokenMeter, TokenOwner } from '@/features/ai/task';
import type { DayDeltas, UsageRow } from '@/features/ai/usage-repository';

/** A token balance in memory, with the rules the real one keeps: holds, idempotent settlement, nothing below zero. */
export class MemoryMeter implements TokenMeter {
  balance = 1_000;
  readonly held = new Map<string, number>();
  readonly charges = new Map<string, number>();
  readonly settled: { requestId: string; actual: number; facts: SettleFacts }[] = [];

  async reserve(requestId: string, _owner: TokenOwner, amount: number): Promise<void> {
    const held = [...this.held.values()].reduce((sum, value) => sum + value, 0);
    if (this.balance - held < amount) {
      throw new InsufficientTokensError({
        available: this.balance - held,
        needed: amount,
        held,
        nextRefreshDate: new Date('2027-01-01T00:00:00Z'),
      });
    }
    this.held.set(requestId, amount);
  }

  async settle(requestId: string, actual: number, facts: SettleFacts): Promise<{ available: number }> {
    if (this.charges.has(requestId)) return { available: await this.available() };
    this.held.delete(requestId);
    this.charges.set(requestId, actual);
    this.settled.push({ requestId, actual, facts });
    this.balance -= actual;
    return { available: await this.available() };
  }

  async release(requestId: string): Promise<void> {
    this.held.delete(requestId);
  }

  async available(): Promise<number> {
    return this.balance - [...this.held.values()].reduce((sum, value) => sum + value, 0);
  }
}

/** Quotas in memory. */
export class MemoryQuotaStore implements QuotaStore {
  readonly states = new Map<string, QuotaState>();
  readonly claims = new Map<string, ClaimRequest>();

  async claim(request: ClaimRequest): Promise<'organization' | 'member' | undefined> {
    if (!fits(this.#state(request.scope, false), request.amounts, request.organizationLimits))
      return 'organization';
    if (!fits(this.#state(request.scope, true), request.amounts, request.memberLimits)) return 'member';
    // As in the real stores: where nothing is limited nothing is claimed.
    const limited = [request.organizationLimits, request.memberLimits].some((limits) =>
      Object.values(limits).some((limit) => typeof limit === 'number'),
    );
    if (!limited) return undefined;
    this.claims.set(request.requestId, request);
    for (const member of [false, true]) this.#change(request.scope, member, 'held', request.amounts, 1);
    return undefined;
  }

  async settle(requestId: string, scope: QuotaScope, used: QuotaAmounts): Promise<void> {
    await this.release(requestId, scope);
    for (const member of [false, true]) this.#change(scope, member, 'used', used, 1);
  }

  async release(requestId: string, scope: QuotaScope): Promise<void> {
    const claim = this.claims.get(requestId);
    if (!claim) return;
    this.claims.delete(requestId);
    for (const member of [false, true]) this.#change(scope, member, 'held', claim.amounts, -1);
  }

  async state(scope: QuotaScope) {
    return { organization: this.#state(scope, false), member: this.#state(scope, true) };
  }

  async sweep(): Promise<number> {
    return 0;
  }

  #state({ organizationId, userId }: QuotaScope, member: boolean): QuotaState {
    return (
      this.states.get(member ? `${organizationId}/${userId}` : organizationId) ?? {
        used: NOTHING,
        held: NOTHING,
      }
    );
  }

  #change(
    scope: QuotaScope,
    member: boolean,
    part: 'used' | 'held',
    amounts: QuotaAmounts,
    sign: 1 | -1,
  ): void {
    const key = member ? `${scope.organizationId}/${scope.userId}` : scope.organizationId;
    const state = this.#state(scope, member);
    this.states.set(key, { ...state, [part]: plus(state[part], amounts, sign) });
  }
}

export class MemoryUsageStore {
  readonly rows: UsageRow[] = [];
  readonly days: DayDeltas[] = [];
  /** Rows the store refuses, as if Firestore were away. */
  failing = false;
  readonly kept: UsageRow[] = [];

  async add(row: UsageRow): Promise<void> {
    if (this.failing) throw new Error('Firestore is away');
    this.rows.push(row);
  }
  async addToDay(deltas: DayDeltas): Promise<void> {
    this.days.push(deltas);
  }
  async keep(row: UsageRow): Promise<void> {
    this.kept.push(row);
  }
}

export class MemoryCache implements AnswerCache {
  readonly entries = new Map<string, string>();
  async get(key: string): Promise<unknown> {
    const text = this.entries.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  }
  async set(key: string, value: unknown): Promise<void> {
    this.entries.set(key, JSON.stringify(value));
  }
}
