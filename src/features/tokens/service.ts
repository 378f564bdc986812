import 'server-only';
import { LRUCache } from 'lru-cache';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import { ForbiddenError, InsufficientTokensError, NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { addMonthsClamped, dayKey, monthsBetween } from '@/core/time/periods';
import { type Budgets, NO_BUDGETS, type TokenAccounts } from './accounts';
import { affordability, available, deltaOf, grant, NO_TOKENS } from './balance';
import type { Command, NewEntry, Outcome } from './commands';
import { csvOf } from './history-csv';
import type { TokenLeases } from './leases';
import { type Balance, holdKey, releaseKey, settleKey } from './ledger-transaction';
import type { Reservation, Settlement } from './outcomes';
import type { OwnerLanes } from './owner-lanes';
import type { TaskType } from './prices';
import { type EntryFilter, isLeaseId, type TokenRepository } from './repository';
import { requireAmount, requireRequestId } from './requirements';
import type {
  BalanceResponse,
  HistoryItem,
  HistoryQuery,
  PackagesResponse,
  TokenOwner,
  TransactionMetadata,
  UsageResponse,
} from './schema';
import { allocationOf } from './tiers.data';
import {
  BURN_DAYS,
  balanceView,
  historyItem,
  monthTotals,
  packagesView,
  usageReport,
  usageRows,
} from './views';

/** Longer than the longest AI task with its retries; what a crashed one reserved comes back after it. */
const HOLD_SECONDS = 600;
const DAY_MS = 24 * 3600_000;

/**
 * The ledger of AI work. The order of every use is: reserve the largest possible price → do the work → settle what was
 * delivered, or release, in a `finally`. Nothing else may change a balance.
 *
 * A `requestId` names one piece of work for ever. Make it on the server, anew for each execution: an id taken from the caller
 * would let them repeat paid work under a reservation that is settled already.
 */
export class TokenService {
  static getInstance(): TokenService {
    return singleton<TokenService>('TokenService');
  }

  /** Which balance pays never changes for an organisation. */
  readonly #ownerIds = new LRUCache<string, string>({ max: 20_000 });
  /** Requests this process reserved for, which saves a look-up at settlement. */
  readonly #openRequests = new LRUCache<string, string>({ max: 20_000 });

  constructor(
    readonly repository: TokenRepository,
    readonly lanes: OwnerLanes,
    readonly accounts: TokenAccounts,
    readonly clock: Clock,
    readonly budgets: Budgets = NO_BUDGETS,
    /** For hot owners; null without Redis. */
    readonly leases: TokenLeases | null = null,
    readonly purchases: () => PackagesResponse['purchases'] = () => 'not_configured',
  ) {}

  async hasSufficientTokens(owner: TokenOwner, needed: number): Promise<boolean> {
    return affordability(await this.#balanceOf(owner), needed) === 'enough';
  }

  /**
   * Looks, reserves nothing: for estimates and early answers. Work itself must {@link reserve}.
   * @throws InsufficientTokensError `insufficient_tokens`, or `tokens_held` where running work only has to finish.
   */
  async validateTokens(owner: TokenOwner, needed: number): Promise<void> {
    const balance = await this.#balanceOf(owner);
    const verdict = affordability(balance, needed);
    if (verdict === 'enough') return;
    throw new InsufficientTokensError(
      {
        available: available(balance),
        needed,
        held: balance.heldTokens,
        nextRefreshDate: balance.nextRefreshDate,
      },
      verdict === 'held' ? 'tokens_held' : 'insufficient_tokens',
    );
  }

  /**
   * Sets tokens aside. The same request id with the same figures answers as the first time.
   * @param amount IriSync tokens, from 1.
   * @param options.holdSeconds after which the sweeper gives the hold back; a later settlement still posts.
   * @throws InsufficientTokensError; ConflictError for a used id with other figures; RateLimitedError by a budget.
   */
  async reserve(
    requestId: string,
    owner: TokenOwner,
    amount: number,
    taskType: TaskType,
    options: { holdSeconds?: number } = {},
  ): Promise<Reservation> {
    requireRequestId(requestId);
    requireAmount(amount);
    const ownerId = await this.ownerIdOf(owner.organizationId);
    await this.budgets.check({ userId: owner.userId, organizationId: owner.organizationId });
    if (await this.leases?.reserve(ownerId, requestId, owner, amount, taskType))
      return { requestId, amount, available: 0, replayed: false };
    const expiresAt = new Date(this.clock.now().getTime() + (options.holdSeconds ?? HOLD_SECONDS) * 1000);
    const outcome = await this.lanes.submit(ownerId, {
      kind: 'reserve',
      key: holdKey(requestId),
      requestId,
      amount,
      taskType,
      expiresAt,
      ...owner,
      metadata: {},
    });
    this.#openRequests.set(requestId, ownerId);
    return { requestId, amount, available: outcome.available, replayed: outcome.replayed };
  }

  /**
   * Charges what was delivered and gives the rest of the hold back. May exceed the hold: it still posts, and what the balance
   * cannot cover becomes debt. Nothing delivered (0) is a release.
   * @throws NotFoundError for a request that never reserved; ConflictError when it was settled with another amount.
   */
  async settle(requestId: string, actual: number, metadata: TransactionMetadata = {}): Promise<Settlement> {
    requireRequestId(requestId);
    if (actual === 0) return { charged: 0, debt: 0, ...(await this.release(requestId)) };
    requireAmount(actual);
    const leased = await this.leases?.settle(requestId, actual, metadata);
    if (leased) return { charged: actual, debt: 0, available: 0, ...leased };
    const ownerId = await this.#ownerOfRequest(requestId);
    if (!ownerId) throw new NotFoundError('This reservation');
    const outcome = await this.lanes.submit(ownerId, {
      kind: 'settle',
      key: settleKey(requestId),
      requestId,
      actual,
      metadata,
      ...NOBODY,
    });
    this.#openRequests.delete(requestId);
    return {
      charged: outcome.amount,
      debt: outcome.debt,
      available: outcome.available,
      replayed: outcome.replayed,
    };
  }

  /** Gives a hold back. Safe in every `finally`: what is settled, released or never reserved is left as it is. */
  async release(requestId: string): Promise<{ released: number; available: number; replayed: boolean }> {
    requireRequestId(requestId);
    if (await this.leases?.release(requestId)) return { released: 0, available: 0, replayed: false };
    const ownerId = await this.#ownerOfRequest(requestId);
    if (!ownerId) return { released: 0, available: 0, replayed: false };
    const outcome = await this.lanes.submit(ownerId, {
      kind: 'release',
      key: releaseKey(requestId),
      requestId,
      metadata: {},
      ...NOBODY,
    });
    this.#openRequests.delete(requestId);
    return { released: outcome.amount, available: outcome.available, replayed: outcome.replayed };
  }

  /**
   * Gives back holds whose work died before it settled. Safe to run at any time and in several places at once.
   * @returns how many had run out, were given back, and could not be (they stay for the next run).
   */
  async sweepHolds(limit = 200): Promise<{ due: number; released: number; failed: number }> {
    const now = this.clock.now();
    const expired = await this.repository.expiredHolds(now, limit);
    // Leased blocks are folded with what was charged against them.
    const due = expired.filter((hold) => !isLeaseId(hold.id));
    const results = await Promise.allSettled(
      due.map((hold) =>
        this.lanes.submit(hold.ownerId, {
          kind: 'release',
          key: releaseKey(hold.id),
          requestId: hold.id,
          expiredBy: now,
          metadata: { reason: 'hold_expired' },
          ...NOBODY,
        }),
      ),
    );
    const done = results.filter((one) => one.status === 'fulfilled');
    return {
      due: due.length,
      released: done.filter((one) => one.value.amount > 0).length,
      failed: results.length - done.length,
    };
  }

  /** Credits bought tokens. @param key names the purchase for ever: `purchase:{payment intent}`. */
  addPurchased(
    owner: TokenOwner,
    amount: number,
    key: string,
    metadata: TransactionMetadata = {},
  ): Promise<Outcome> {
    return this.#credit('purchase', owner, amount, key, metadata);
  }

  /** Adds to this period's allocation, as an upgrade does. @param key `grant:{owner}:{why}`. */
  grantIncluded(
    owner: TokenOwner,
    amount: number,
    key: string,
    metadata: TransactionMetadata = {},
  ): Promise<Outcome> {
    return this.#credit('grant', owner, amount, key, metadata);
  }

  /** Takes bought tokens back; what was spent already becomes debt. @param key `refund:{payment intent}:{total so far}`. */
  refund(
    owner: TokenOwner,
    amount: number,
    key: string,
    metadata: TransactionMetadata = {},
  ): Promise<Outcome> {
    return this.#credit('refund', owner, amount, key, metadata);
  }

  /**
   * Opens an organisation's balance with its tier's first allocation. Idempotent: an open balance stays as it is.
   * @param now start of the first period and anchor of all later ones.
   * @returns whether it was opened now.
   */
  async openAccount(
    owner: TokenOwner,
    tier?: Balance['tier'],
    now: Date = this.clock.now(),
  ): Promise<boolean> {
    const account = await this.accounts.accountOf(owner.organizationId);
    if (!account) throw new NotFoundError('This organisation');
    const { ownerId, userId, organizationId, seats } = account;
    const itsTier = tier ?? account.tier;
    const allocation = allocationOf(itsTier, seats);
    const figures = grant(NO_TOKENS, allocation);
    const periodEnd = addMonthsClamped(now, 1);
    const key = `grant:${ownerId}:${now.toISOString()}`;
    const first: NewEntry = {
      key,
      type: 'grant',
      amount: allocation,
      userId,
      organizationId,
      taskType: null,
      balanceAfter: available(figures),
      delta: deltaOf(NO_TOKENS, figures),
      fingerprint: `grant ${allocation}`,
      metadata: { reason: 'account_opened', periodStart: now, periodEnd },
    };
    const balance = {
      userId,
      organizationId,
      tier: itsTier,
      seats,
      pending: null,
      ...figures,
      lastRefreshDate: now,
      nextRefreshDate: periodEnd,
      billingCycleStartDate: now,
      subscriptionStartDate: now,
      version: 1,
      warnedFor: null,
      depletedFor: null,
    };
    return this.repository.open(ownerId, balance, first);
  }

  async getBalance(owner: TokenOwner): Promise<BalanceResponse> {
    return balanceView(await this.#balanceOf(owner));
  }

  /** Members see what they did; `audit.read` shows everybody. @throws ForbiddenError for somebody else's rows without it. */
  async history(actor: Actor, query: HistoryQuery): Promise<Page<HistoryItem>> {
    const page = await this.repository.entries(await this.#filter(actor, query), query);
    return { items: page.items.map(historyItem), cursor: page.cursor };
  }

  /** The same rows as {@link history}, all pages, as a CSV file that streams in bounded memory. */
  async historyCsv(actor: Actor, query: HistoryQuery): Promise<Response> {
    const rows = csvOf(this.repository.scanEntries(await this.#filter(actor, query)));
    return new Response(rows, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="tokens-${dayKey(this.clock.now())}.csv"`,
      },
    });
  }

  /** Settled use by day, task, provider and member. @param days up to today, in UTC. */
  async usage(actor: Actor, { days }: { days: number }): Promise<UsageResponse> {
    const now = this.clock.now();
    const balance = await this.#balanceOf(actor);
    const first = new Date(now.getTime() - (Math.max(days, BURN_DAYS) - 1) * DAY_MS);
    const months = await this.repository.usageMonths(balance.id, monthsBetween(first, now));
    const rows = months.flatMap(usageRows);
    return usageReport(rows, {
      now,
      days,
      openedAt: balance.subscriptionStartDate,
      onlyMember: seesAll(actor) ? null : actor.userId,
    });
  }

  /** Settled tokens by UTC day, days without use left out. For charts of other rooms. */
  async usedByDay(organizationId: string, from: Date, to: Date): Promise<Record<string, number>> {
    const months = await this.repository.usageMonths(
      await this.ownerIdOf(organizationId),
      monthsBetween(from, to),
    );
    return Object.fromEntries(months.flatMap(usageRows).map((row) => [row.day, row.total]));
  }

  /** Settled tokens of one UTC month, `2026-03`, in all and by member. */
  async monthUse(
    organizationId: string,
    month: string,
  ): Promise<{ total: number; byMember: Record<string, number> }> {
    return monthTotals(await this.repository.usageMonths(await this.ownerIdOf(organizationId), [month]));
  }

  packages(): PackagesResponse {
    return packagesView(this.purchases());
  }

  async #filter(actor: Actor, query: HistoryQuery): Promise<EntryFilter> {
    if (!seesAll(actor) && query.member && query.member !== actor.userId)
      throw new ForbiddenError('You can see your own token history. Ask an admin for other members’.');
    const member = seesAll(actor) ? query.member : actor.userId;
    return {
      ownerId: await this.ownerIdOf(actor.organizationId),
      ...(query.type ? { type: query.type } : {}),
      ...(query.task ? { taskType: query.task } : {}),
      ...(member ? { userId: member } : {}),
      ...(query.from ? { from: query.from } : {}),
      ...(query.to ? { to: query.to } : {}),
    };
  }

  async #credit(
    kind: 'purchase' | 'grant' | 'refund',
    owner: TokenOwner,
    amount: number,
    key: string,
    metadata: TransactionMetadata,
  ): Promise<Outcome> {
    requireAmount(amount);
    const ownerId = await this.ownerIdOf(owner.organizationId);
    return this.lanes.submit(ownerId, { kind, key, amount, metadata, ...owner });
  }

  /** Document of the balance an organisation's work is paid from; opened when it does not exist yet. */
  async ownerIdOf(organizationId: string): Promise<string> {
    const known = this.#ownerIds.get(organizationId);
    if (known) return known;
    const account = await this.accounts.accountOf(organizationId);
    if (!account) throw new NotFoundError('This organisation');
    // Registration opens the balance; one that crashed before it, or an organisation made since, is repaired here.
    if (!(await this.repository.balance(account.ownerId)))
      await this.openAccount({ userId: '', organizationId });
    this.#ownerIds.set(organizationId, account.ownerId);
    return account.ownerId;
  }

  async #ownerOfRequest(requestId: string): Promise<string | null> {
    return this.#openRequests.get(requestId) ?? (await this.repository.ownerOfRequest(requestId));
  }

  async #balanceOf(owner: { organizationId: string }): Promise<Balance> {
    const balance = await this.repository.balance(await this.ownerIdOf(owner.organizationId));
    if (!balance) throw new NotFoundError('This token balance');
    return balance;
  }
}

/** Whose work it was is taken from the hold. */
const NOBODY = { userId: null, organizationId: '' } satisfies Pick<Command, 'userId' | 'organizationId'>;

function seesAll(actor: Actor): boolean {
  return actor.permissions.has('audit.read');
}
