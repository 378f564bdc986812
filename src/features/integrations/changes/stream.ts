import 'server-only';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { LiveChanges } from '@/features/crm/schema';
import type { Integration } from '../connections/repository';
import type { CatchUp } from '../sync/catch-up';
import type { ChangeHints } from '../sync/hints';
import { type ChangeConnection, type ChangeFeed, FeedError, type FeedTrouble } from './feed';
import type { ChangeRepository } from './repository';

/** People see when the vendor was last heard to the minute. */
const SHOWN_MS = 60_000;

export interface Pace {
  /** The first wait after trouble; each further one is twice as long. Milliseconds. */
  firstMs: number;
  longestMs: number;
  /** Until what a person or the vendor has to change is tried again. */
  refusedMs: number;
}
const PACE: Pace = { firstMs: 1_000, longestMs: 5 * 60_000, refusedMs: 15 * 60_000 };

export interface StreamDeps {
  repository: Pick<ChangeRepository, 'cursor' | 'place' | 'show'>;
  catchUp: Pick<CatchUp, 'changed'>;
  hints: Pick<ChangeHints, 'take'>;
  clock: Clock;
  pace?: Pace;
  random?: () => number;
}

type EntityState = Pick<LiveChanges, 'state' | 'reason'>;
const CONNECTING: EntityState = { state: 'waiting', reason: 'connecting' };
const CATCHING_UP: EntityState = { state: 'catching_up', reason: null };
const LIVE: EntityState = { state: 'live', reason: null };
/** A place that is refused and a token that is renewed are put right at once. */
const REASONS: Record<FeedTrouble, LiveChanges['reason']> = {
  position_refused: 'connecting',
  renewed: 'connecting',
  signed_out: 'signed_out',
  not_allowed: 'not_allowed',
  allowance: 'allowance',
  unreachable: 'unreachable',
};

/**
 * Listens to one connection's changes, kind of record by kind of record, until it is told to stop. What is heard becomes jobs, and
 * only then is the place kept: a process that dies in between hears the same again, which writes nothing twice.
 */
export class ChangeStream {
  readonly #states = new Map<string, EntityState>();
  #shown: { what: string; at: number } | null = null;
  #heardAt: Date | null = null;
  #showing: Promise<void> = Promise.resolve();

  constructor(
    readonly deps: StreamDeps,
    readonly integration: Integration,
    readonly feed: ChangeFeed,
  ) {}

  /** Ends when `signal` aborts, or when a person must sign in again. */
  async run(connection: ChangeConnection, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    for (const entity of this.feed.entities) this.#states.set(entity, CONNECTING);
    await this.#show();
    try {
      const listening = this.feed.entities.map((entity) => this.#entity(connection, entity, either));
      // One that ends for good ends the others, and nothing is left running behind.
      for (const one of listening) one.catch(() => ended.abort()).finally(() => ended.abort());
      const outcomes = await Promise.allSettled(listening);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    } finally {
      connection.close();
      await this.#showing;
    }
  }

  /** Shows anew how it goes: people switched it off and on again meanwhile. */
  async tell(): Promise<void> {
    this.#shown = null;
    await this.#show();
  }

  async #entity(connection: ChangeConnection, entity: string, signal: AbortSignal): Promise<void> {
    let failures = 0;
    const heard = () => {
      failures = 0;
    };
    while (!signal.aborted) {
      const trouble = await this.#listened(connection, entity, signal, heard);
      if (signal.aborted) return;
      failures += 1;
      await this.#become(entity, { state: 'waiting', reason: REASONS[trouble] });
      if (trouble === 'signed_out') return;
      // Refused again with the next try where this fails.
      if (trouble === 'position_refused') await this.#lost(entity).catch(logged);
      const mended = trouble === 'position_refused' || trouble === 'renewed';
      // Mended once, it is tried at once; again and again it is trouble like any other.
      if (!mended || failures > 1) await pause(this.#wait(trouble, failures), signal);
    }
  }

  /** @returns why it ended. */
  async #listened(
    connection: ChangeConnection,
    entity: string,
    signal: AbortSignal,
    heard: () => void,
  ): Promise<FeedTrouble> {
    try {
      await this.#listen(connection, entity, signal, heard);
      return 'unreachable';
    } catch (error) {
      if (signal.aborted) return 'unreachable';
      const trouble = error instanceof FeedError ? error.trouble : 'unreachable';
      logger.warn(
        { err: error, integrationId: this.integration.id, entity, trouble },
        'changes are not heard',
      );
      return trouble;
    }
  }

  async #listen(
    connection: ChangeConnection,
    entity: string,
    signal: AbortSignal,
    heard: () => void,
  ): Promise<void> {
    const { repository, clock, catchUp, hints } = this.deps;
    const { id, organizationId } = this.integration;
    const known = await repository.cursor(id, entity);
    const age = known ? clock.now().getTime() - known.storedAt.getTime() : 0;
    const forgotten = known?.position != null && age >= this.feed.keptMs;
    if (forgotten) await this.#lost(entity);
    const after = forgotten ? null : (known?.position ?? null);
    // What happened before the first word of the vendor is read by a pass that begins after it.
    let missing = after === null || (known?.catchUp ?? true);
    const accepted = () => void this.#become(entity, CATCHING_UP).catch(() => undefined);
    for await (const batch of connection.listen(entity, after, { signal, accepted })) {
      signal.throwIfAborted();
      // Everything a batch asks for is enqueued before its place is kept: heard again, it is the same jobs.
      await hints.take({ organizationId, integrationId: id, entity }, batch.hints, batch.position ?? '');
      if (missing) await catchUp.changed(id, entity);
      missing = false;
      if (batch.position !== null) {
        const place = { position: batch.position, storedAt: clock.now(), catchUp: false };
        await repository.place(id, entity, place);
      }
      heard();
      this.#heardAt = clock.now();
      await this.#become(entity, LIVE);
    }
  }

  /** Changes since the place may never be told of: a pass reads them now, and another one once the vendor is heard again. */
  async #lost(entity: string): Promise<void> {
    const { repository, catchUp, clock } = this.deps;
    await catchUp.changed(this.integration.id, entity);
    const place = { position: null, storedAt: clock.now(), catchUp: true };
    await repository.place(this.integration.id, entity, place);
  }

  #wait(trouble: FeedTrouble, failures: number): number {
    const { pace = PACE, random = Math.random } = this.deps;
    if (trouble === 'not_allowed' || trouble === 'allowance') return pace.refusedMs;
    const longest = Math.min(pace.longestMs, pace.firstMs * 2 ** Math.min(failures - 1, 20));
    return longest / 2 + (random() * longest) / 2;
  }

  async #become(entity: string, state: EntityState): Promise<void> {
    this.#states.set(entity, state);
    await this.#show();
  }

  /** One after another: what is shown last is what was so last. */
  #show(): Promise<void> {
    const write = this.#showing.then(() => this.#write());
    this.#showing = write.catch(logged);
    return write;
  }

  /** When it changed, and else once a minute while something is heard. */
  async #write(): Promise<void> {
    const { repository, clock } = this.deps;
    const { state, reason } = worst([...this.#states.values()]);
    const what = `${state} ${reason}`;
    const now = clock.now().getTime();
    if (this.#shown?.what === what && (now - this.#shown.at < SHOWN_MS || state === 'waiting')) return;
    await repository.show(this.integration.id, { state, reason, heardAt: this.#heardAt });
    this.#shown = { what, at: now };
  }
}

/** A connection is as well as the least well of its kinds of record. */
function worst(states: readonly EntityState[]): EntityState {
  const signedOut = states.find(({ reason }) => reason === 'signed_out');
  const troubled = states.find(({ state, reason }) => state === 'waiting' && reason !== 'connecting');
  const waiting = states.find(({ state }) => state === 'waiting');
  const behind = states.find(({ state }) => state === 'catching_up');
  return signedOut ?? troubled ?? waiting ?? behind ?? LIVE;
}

function logged(error: unknown): void {
  logger.warn({ err: error }, 'how listening goes could not be kept');
}

/** Ends early when `signal` aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
