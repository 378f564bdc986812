import 'server-only';
import { LRUCache } from 'lru-cache';
import { ConflictError, InsufficientTokensError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { Command } from './commands';
import type { LeaseBlocks } from './lease-blocks';
import { holdKey, releaseKey, settleKey } from './ledger-transaction';
import type { OwnerLanes } from './owner-lanes';
import type { TaskType } from './prices';
import type { LeasedHold, LeaseUse, NewUse, TokenRepository } from './repository';
import type { TokenOwner, TransactionMetadata } from './schema';

export interface LeaseSettings {
  /** Reservations a second of one owner in this process from which blocks are leased. */
  abovePerSecond: number;
  /** Tokens of one block. */
  block: number;
}

/** How long a block may be taken from. */
const OPEN_MS = 10_000;
/** Longer than the longest task; what a lost Redis had given out comes back after it. */
const HOLD_MS = 700_000;
/** Their jobs settle in another process, which has to find the reservation in Firestore. */
const SETTLED_ELSEWHERE: ReadonlySet<TaskType> = new Set(['image']);
const NO_ONE = { userId: null, metadata: {} } as const;

/**
 * Spares the balance of a hot owner: one transaction sets a block aside, many requests take from it in Redis, and their charges
 * are booked together. Firestore stays the authority. Each charge is written there when it is made, in a document of its own;
 * the block is an ordinary reservation. Losing Redis therefore loses nothing: charges are booked all the same, and what was only
 * reserved comes back when the block's time is over.
 */
export class TokenLeases {
  readonly #rates = new LRUCache<string, { second: number; count: number; before: number }>({ max: 20_000 });
  readonly #taken = new LRUCache<
    string,
    { ownerId: string; leaseId: string; taskType: TaskType; owner: TokenOwner }
  >({ max: 50_000 });
  readonly #opening = new Map<string, Promise<boolean>>();

  constructor(
    readonly repository: TokenRepository,
    readonly lanes: OwnerLanes,
    readonly blocks: LeaseBlocks,
    readonly settings: LeaseSettings,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  /** @returns whether it was taken from a block; otherwise reserve on the balance itself. */
  async reserve(
    ownerId: string,
    requestId: string,
    owner: TokenOwner,
    amount: number,
    taskType: TaskType,
  ): Promise<boolean> {
    if (!this.#isHot(ownerId) || amount > this.settings.block || SETTLED_ELSEWHERE.has(taskType))
      return false;
    for (let tries = 0; tries < 3; tries += 1) {
      const taken = await this.blocks.take(ownerId, requestId, amount, this.clock.now());
      if (taken === 'away') return false;
      if (taken !== 'none') {
        if (taken.amount !== amount)
          throw new ConflictError(
            'This operation was recorded before with other figures. Use a new request id.',
            'idempotency_conflict',
          );
        this.#taken.set(requestId, { ownerId, leaseId: taken.leaseId, taskType, owner });
        return true;
      }
      if (!(await this.#openBlock(ownerId, owner, taskType))) return false;
    }
    return false;
  }

  /** For the process that reserved. @returns null when the request took from no block. */
  async settle(
    requestId: string,
    actual: number,
    metadata: TransactionMetadata,
  ): Promise<{ replayed: boolean } | null> {
    const taken = this.#taken.get(requestId);
    if (!taken) return null;
    const { ownerId, leaseId, taskType, owner } = taken;
    const use: NewUse = {
      ownerId,
      leaseId,
      taskType,
      actual,
      metadata,
      userId: owner.userId,
      organizationId: owner.organizationId,
    };
    // First the record, then the block: in between the tokens are counted twice, never not at all.
    const replayed = !(await this.repository.addLeaseUse(requestId, use));
    await this.blocks.close(ownerId, requestId, actual);
    return { replayed };
  }

  /** @returns whether the request had taken from a block. */
  async release(requestId: string): Promise<boolean> {
    const taken = this.#taken.get(requestId);
    if (!taken) return false;
    await this.blocks.close(taken.ownerId, requestId, 0);
    return true;
  }

  /** Books what was charged and gives back what nobody uses, for every owner with blocks or charges. For cron. */
  async sweep(): Promise<{ owners: number; failed: number }> {
    const owners = await this.repository.leasedOwners();
    let failed = 0;
    for (const { ownerId, organizationId } of owners) {
      try {
        await this.fold(ownerId, organizationId);
      } catch (error) {
        failed += 1;
        logger.error({ err: error, ownerId }, 'leased tokens could not be booked');
      }
    }
    return { owners: owners.length, failed };
  }

  /** Safe to run at any time and in several places at once: every charge has its request's own ledger key. */
  async fold(ownerId: string, organizationId: string): Promise<void> {
    const now = this.clock.now();
    const state = await this.blocks.state(ownerId, now);
    const holds = await this.repository.leasedHolds(ownerId);
    const uses = await this.repository.leaseUses(ownerId);
    const closed = holds.filter((hold) => (state ? leaseIdOf(hold) !== state.open : hold.expiresAt <= now));
    for (const hold of closed) {
      const own = uses.filter((use) => use.leaseId === leaseIdOf(hold));
      const keep = state?.running.get(leaseIdOf(hold)) ?? 0;
      // Running requests keep their reservation in a block of the next number, unless overshoots have eaten it.
      await this.#book(ownerId, organizationId, hold, own, keep).catch((error: unknown) => {
        if (!(error instanceof InsufficientTokensError)) throw error;
        return this.#book(ownerId, organizationId, hold, own, 0);
      });
    }
    const known = new Set(holds.map(leaseIdOf));
    const late = uses.filter((use) => !known.has(use.leaseId));
    if (late.length > 0) await this.#book(ownerId, organizationId, null, late, 0);
  }

  async #book(
    ownerId: string,
    organizationId: string,
    hold: LeasedHold | null,
    uses: readonly LeaseUse[],
    keep: number,
  ): Promise<void> {
    if (hold && uses.length === 0 && keep === hold.amount) return;
    const base = { ...NO_ONE, organizationId };
    const commands: Command[] = [];
    if (hold)
      commands.push({
        ...base,
        kind: 'release',
        key: releaseKey(hold.id),
        requestId: hold.id,
        metadata: { reason: 'lease' },
      });
    for (const use of uses)
      commands.push({
        kind: 'charge',
        key: settleKey(use.id),
        requestId: use.id,
        actual: use.actual,
        taskType: use.taskType,
        userId: use.userId,
        organizationId: use.organizationId,
        metadata: use.metadata,
      });
    if (hold && keep > 0) commands.push(this.#block(nextId(hold), hold, keep));
    await this.lanes.alone(ownerId, () =>
      this.repository.postWith(ownerId, async (tx) => ({
        commands,
        finish: () => this.repository.removeLeaseUses(tx, uses),
      })),
    );
  }

  #block(
    requestId: string,
    of: { userId: string; organizationId: string; taskType: TaskType },
    amount: number,
  ): Command {
    return {
      kind: 'reserve',
      key: holdKey(requestId),
      requestId,
      amount,
      taskType: of.taskType,
      userId: of.userId,
      organizationId: of.organizationId,
      expiresAt: new Date(this.clock.now().getTime() + HOLD_MS),
      metadata: { reason: 'lease' },
    };
  }

  /** One at a time in this process. @returns false when the balance has no whole block to set aside. */
  #openBlock(ownerId: string, owner: TokenOwner, taskType: TaskType): Promise<boolean> {
    const running = this.#opening.get(ownerId);
    if (running) return running;
    const opening = this.#leaseBlock(ownerId, owner, taskType).finally(() => this.#opening.delete(ownerId));
    this.#opening.set(ownerId, opening);
    return opening;
  }

  async #leaseBlock(ownerId: string, owner: TokenOwner, taskType: TaskType): Promise<boolean> {
    const leaseId = this.ids.next();
    try {
      await this.lanes.submit(
        ownerId,
        this.#block(`lease:${leaseId}:0`, { ...owner, taskType }, this.settings.block),
      );
    } catch (error) {
      if (error instanceof InsufficientTokensError) return false;
      throw error;
    }
    const closesAt = new Date(this.clock.now().getTime() + OPEN_MS);
    return this.blocks.open(ownerId, leaseId, this.settings.block, closesAt);
  }

  #isHot(ownerId: string): boolean {
    const second = Math.floor(this.clock.now().getTime() / 1000);
    const rate = this.#rates.get(ownerId);
    const before = !rate || second > rate.second + 1 ? 0 : second === rate.second ? rate.before : rate.count;
    const count = rate?.second === second ? rate.count + 1 : 1;
    this.#rates.set(ownerId, { second, count, before });
    return Math.max(count, before) > this.settings.abovePerSecond;
  }
}

/** `lease:{id}:{number}`: the id names the block in Redis, the number its reservation after each fold. */
function leaseIdOf(hold: { id: string }): string {
  return hold.id.split(':')[1] ?? '';
}

function nextId(hold: { id: string }): string {
  const [, id, number] = hold.id.split(':');
  return `lease:${id}:${Number(number) + 1}`;
}
