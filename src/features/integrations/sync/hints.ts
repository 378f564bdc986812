import 'server-only';
import { LRUCache } from 'lru-cache';
import { derivedId } from '@/core/crypto/derived-id';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import type { ChangeHint } from '../providers/types';
import type { CatchUp } from './catch-up';
import { REFETCH_AT_ONCE, REFETCH_JOB, type RefetchJob, refetchKeyOf } from './refetch';

/** Records of one kind that are asked for by their ids in half a minute. Of more, a pass brings twenty times as many a call. */
const NAMED = 1_000;
/** Jobs for them: each is a call of its own, however few it names. */
const JOBS = 100;
const NAMED_MS = 30_000;
/** Kinds of record whose numbers are remembered at once. One that is forgotten begins at none again. */
const REMEMBERED = 10_000;

export interface HintDeps {
  catchUp: Pick<CatchUp, 'changed' | 'whole'>;
  jobs: Pick<JobQueue, 'enqueue'>;
  clock: Clock;
}

/** Turns a vendor's words of changes, however they came, into jobs that ask the vendor what is so now. */
export class ChangeHints {
  readonly #named = new LRUCache<string, { since: number; ids: number; jobs: number }>({ max: REMEMBERED });

  constructor(readonly deps: HintDeps) {}

  /**
   * Everything the hints ask for is enqueued before this returns.
   * @param key names where they come from: told again under it, they are the same jobs.
   */
  async take(
    target: Pick<RefetchJob, 'organizationId' | 'integrationId' | 'entity'>,
    hints: readonly ChangeHint[],
    key: string,
  ): Promise<void> {
    const { jobs, catchUp } = this.deps;
    const { integrationId, entity } = target;
    const named = [...new Set(hints.flatMap((hint) => (hint.kind === 'records' ? hint.ids : [])))];
    const many = this.#flood(target, named.length);
    const ids = many ? [] : named;
    for (let at = 0; at < ids.length; at += REFETCH_AT_ONCE) {
      const some = ids.slice(at, at + REFETCH_AT_ONCE);
      const payload: RefetchJob = { ...target, ids: some, waited: 0 };
      // Of the key and the ids: told again it is one job, cut otherwise it is another.
      const idempotencyKey = digestOf([integrationId, entity, key, ...some]);
      const concurrencyKey = refetchKeyOf(payload);
      await jobs.enqueue({ type: REFETCH_JOB, payload, idempotencyKey, concurrencyKey });
    }
    if (hints.some(({ kind }) => kind === 'all')) await catchUp.whole(integrationId, entity, digestOf([key]));
    if (many || hints.some(({ kind }) => kind === 'some')) await catchUp.changed(integrationId, entity);
  }

  /** Whether so many are named that asking for each would take the account's calls, and the queue, from everybody else. */
  #flood(target: Parameters<typeof refetchKeyOf>[0], ids: number): boolean {
    if (ids === 0) return false;
    const now = this.deps.clock.now().getTime();
    const key = refetchKeyOf(target);
    const known = this.#named.get(key);
    const before = known && now - known.since < NAMED_MS ? known : { since: now, ids: 0, jobs: 0 };
    const after = {
      ...before,
      ids: before.ids + ids,
      jobs: before.jobs + Math.ceil(ids / REFETCH_AT_ONCE),
    };
    this.#named.set(key, after);
    return after.ids > NAMED || after.jobs > JOBS;
  }
}

function digestOf(parts: readonly string[]): string {
  return derivedId(parts);
}
