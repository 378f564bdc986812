import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobRequest } from '@/core/jobs/job-queue';
import { FixedClock } from '@/core/time/clock';
import type { Integration } from '../connections/repository';
import { ChangeHints } from '../sync/hints';
import type { RefetchJob } from '../sync/refetch';
import { type ChangeConnection, type ChangeFeed, FeedError } from './feed';
import { shownLiveChanges } from './schema';
import { ChangeStream, type StreamDeps } from './stream';

type Fault = 'none' | 'line' | 'enqueue' | 'place' | 'die' | 'refused';
const integration = { id: 'int', organizationId: 'org' } as Integration;
const DAY_MS = 86_400_000;

/** A vendor with so many changes to one kind of record, and processes that fail as the list says, one step after another. */
class World {
  readonly clock = new FixedClock('2026-11-21T10:00:00Z');
  readonly jobs = new Map<string, string[]>();
  readonly passes: string[] = [];
  readonly shown: string[] = [];
  cursor: { position: string | null; storedAt: Date; catchUp: boolean } | null = null;
  controller = new AbortController();

  constructor(
    readonly changes: number,
    readonly faults: Fault[],
    readonly atOnce: number,
  ) {}

  step(where: 'feed' | 'enqueue' | 'place'): void {
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'die') {
      this.controller.abort();
      throw new Error('killed');
    }
    if (fault === 'refused' && where === 'feed' && this.cursor?.position)
      throw new FeedError('position_refused', 'too old');
    if (fault === 'line' && where === 'feed') throw new FeedError('unreachable', 'reset');
    if (fault === where) throw new Error(`${where} failed`);
  }

  feed(): ChangeFeed {
    const world = this;
    const connection: ChangeConnection = {
      async *listen(_entity, after, { accepted }) {
        accepted();
        // From now on, where no place is named: what is there already is not told.
        let at = after !== null ? Number(after) : world.cursor ? world.highest : 0;
        while (at < world.changes) {
          world.step('feed');
          const ids = Array.from(
            { length: Math.min(world.atOnce, world.changes - at) },
            (_, index) => `r${at + index}`,
          );
          at += ids.length;
          yield { hints: ids.map((id) => ({ kind: 'records' as const, ids: [id] })), position: String(at) };
        }
        yield { hints: [], position: String(at) };
        world.controller.abort();
      },
      close: () => undefined,
    };
    return { entities: ['contact'], keptMs: 3 * DAY_MS, open: async () => connection };
  }

  /** The vendor's newest change that anybody heard of. */
  get highest(): number {
    return Math.max(0, ...[...this.jobs.values()].flat().map((id) => Number(id.slice(1)) + 1));
  }

  deps(): StreamDeps {
    const { clock } = this;
    const catchUp = {
      changed: async (_id: string, entity: string) => void this.passes.push(entity),
      whole: async (_id: string, entity: string) => void this.passes.push(`whole ${entity}`),
    };
    const jobs = {
      enqueue: async (request: JobRequest) => {
        this.step('enqueue');
        const key = request.idempotencyKey ?? '';
        const created = !this.jobs.has(key);
        this.jobs.set(key, (request.payload as RefetchJob).ids);
        return { jobId: key, created };
      },
    };
    return {
      repository: {
        cursor: async () => this.cursor as never,
        place: async (_id, _entity, place) => {
          this.step('place');
          const enqueued = new Set([...this.jobs.values()].flat());
          // Of a flood, a pass reads what no job names.
          const named = this.changes > 1_000 ? 0 : Number(place.position ?? 0);
          for (let at = 0; at < named; at += 1) expect(enqueued).toContain(`r${at}`);
          this.cursor = place;
        },
        show: async (_id, { state, reason }) => void this.shown.push(`${state} ${reason}`),
      },
      catchUp,
      hints: new ChangeHints({ catchUp, jobs, clock }),
      clock,
      pace: { firstMs: 0, longestMs: 0, refusedMs: 0 },
    };
  }

  /** Processes, one after another, until one heard everything. */
  async run(): Promise<void> {
    const feed = this.feed();
    const done = () => this.cursor?.position === String(this.changes) && this.faults.length === 0;
    do {
      this.controller = new AbortController();
      const connection = await feed.open({ accountId: 'acme' }, {} as never);
      await new ChangeStream(this.deps(), integration, feed).run(connection, this.controller.signal);
    } while (!done());
  }
}

describe('listening', () => {
  it('enqueues every change before it keeps a place behind it, whatever breaks when', async () => {
    const faults = fc.array(
      fc.constantFrom<Fault>('none', 'none', 'line', 'enqueue', 'place', 'die', 'refused'),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        faults,
        fc.integer({ min: 1, max: 7 }),
        async (many, list, atOnce) => {
          const world = new World(many, list, atOnce);
          await world.run();
          const heard = new Set([...world.jobs.values()].flat());
          expect(heard.size).toBe(many);
          // Whoever begins without a place has a pass read what was before it.
          expect(world.passes.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves a flood to one pass, and a place that is too old to another', async () => {
    const world = new World(1_400, [], 100);
    await world.run();
    expect(new Set([...world.jobs.values()].flat()).size).toBe(1_000);
    expect(world.passes).toHaveLength(5);
    world.cursor = {
      position: '3',
      storedAt: new Date(world.clock.now().getTime() - 4 * DAY_MS),
      catchUp: false,
    };
    await world.run();
    expect(world.passes.length).toBeGreaterThan(5);
    expect(world.shown).toContain('live null');
  });

  it.each(['not_allowed', 'allowance', 'unreachable'] as const)('says why it waits: %s', async (trouble) => {
    const world = new World(1, [], 1);
    const refused: ChangeConnection = {
      // biome-ignore lint/correctness/useYield: it breaks before its first word.
      async *listen() {
        if (world.shown.length > 1) world.controller.abort();
        throw new FeedError(trouble, 'no');
      },
      close: () => undefined,
    };
    await new ChangeStream(world.deps(), integration, world.feed()).run(refused, world.controller.signal);
    expect(world.shown).toEqual(['waiting connecting', `waiting ${trouble}`]);
    expect(world.jobs.size + world.passes.length).toBe(0);
  });

  it('ends where a person must sign in again, whatever else goes well', async () => {
    const world = new World(1, [], 1);
    let closed = 0;
    const connection: ChangeConnection = {
      async *listen(entity, _after, { signal }) {
        if (entity === 'lead') throw new FeedError('signed_out', 'sign in');
        yield { hints: [], position: null };
        signal.throwIfAborted();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
      close: () => {
        closed += 1;
      },
    };
    const feed = { ...world.feed(), entities: ['contact', 'lead'] };
    await new ChangeStream(world.deps(), integration, feed).run(connection, world.controller.signal);
    expect(world.shown.at(-1)).toBe('waiting signed_out');
    expect(closed).toBe(1);
  });
});

describe('what people see', () => {
  it('is not live where nobody was heard for longer than the vendor is ever silent', () => {
    const heardAt = new Date('2026-11-21T10:00:00Z');
    const live = { enabled: true, state: 'live' as const, reason: null, heardAt };
    const seen = (minutes: number) => shownLiveChanges(live, new Date(heardAt.getTime() + minutes * 60_000));
    expect(seen(9)).toEqual(live);
    expect(seen(11)).toEqual({ ...live, state: 'waiting', reason: 'no_worker' });
  });
});
