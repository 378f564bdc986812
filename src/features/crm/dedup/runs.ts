import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { beforePlace, type DedupRepository, type DedupRun, type DedupState } from './repository';
import { DEDUP_ENTITIES, DEFAULT_POLICY, type DedupCounts, type RunView, type StartRunBody } from './schema';

export const DEDUP_JOB = 'dedup.run';
const CLAIM_MS = 10 * 60_000;
const KEEP_MS = 90 * 86_400_000;
const MAX_LOST = 5;
const BATCH = 50;
const NO_COUNTS: DedupCounts = { processed: 0, compared: 0, found: 0, merged: 0, rekeyed: 0 };

export interface DedupJob {
  runId: string;
  part: number;
}

export interface RunsDeps {
  repository: DedupRepository;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  audit: AuditTrail;
  clock: Clock;
  ids: Ids;
}

interface NewRun {
  id: string;
  kind: DedupRun['kind'];
  dryRun: boolean;
  entities: DedupRun['entities'];
  total: number | null;
  requestedBy: string;
}

/** Searches for duplicates: one at a time for an organisation, asked for by people or by what changed. */
export class DedupRuns {
  constructor(readonly deps: RunsDeps) {}

  /** @throws ConflictError while another one runs. */
  async start(actor: Actor, { full, dryRun, entities }: StartRunBody): Promise<{ runId: string }> {
    const { repository, ids, audit } = this.deps;
    const { organizationId, userId } = actor;
    const runId = ids.next('dedup');
    const kinds = entities ?? [...DEDUP_ENTITIES];
    const counted = full
      ? await Promise.all(kinds.map((one) => repository.count(organizationId, one)))
      : null;
    const total = counted?.reduce((sum, one) => sum + one, 0) ?? null;
    await repository.run(async (tx) => {
      const state = await tx.get(repository.stateRef(organizationId));
      if (state?.activeRunId)
        throw new ConflictError('A search for duplicates runs already. Wait for its end.');
      const kind = full ? 'full' : 'changed';
      await this.#createIn(tx, organizationId, state, {
        ...{ id: runId, kind, dryRun, entities: kinds, total, requestedBy: userId },
      });
      audit.append(tx, actor, {
        action: 'crm.duplicate_search_started',
        target: { type: 'dedup_run', id: runId, label: kind },
        facts: { dryRun, entities: kinds },
      });
    });
    return { runId };
  }

  /**
   * Compares what changed since the last time; while a run is under way, after it.
   * @param key the same key begins one, however often it is told.
   */
  async startChanged(organizationId: string, key: string = this.deps.ids.next()): Promise<void> {
    const { repository } = this.deps;
    const id = `dedup_${key}`;
    await repository.run(async (tx) => {
      const ref = repository.stateRef(organizationId);
      const state = await tx.get(ref);
      if (!(state?.policy ?? DEFAULT_POLICY).enabled || (await tx.get(repository.runRef(id)))) return;
      if (state?.activeRunId) return tx.update(ref, { again: true });
      await this.#createIn(tx, organizationId, state, changedRun(id));
    });
  }

  /** Ends a run; what came up meanwhile begins the next. */
  async finish(
    { id, part }: Pick<DedupRun, 'id' | 'part'>,
    end: Pick<DedupRun, 'status' | 'counts' | 'pairs' | 'message' | 'place'>,
  ): Promise<void> {
    const { repository, clock, ids } = this.deps;
    await repository.run(async (tx) => {
      const run = await tx.get(repository.runRef(id));
      if (!run || run.part !== part || run.finishedAt) return;
      const ref = repository.stateRef(run.organizationId);
      const state = await tx.get(ref);
      const { counts, place } = end;
      const changed = counts.rekeyed > 0 || (run.kind === 'full' && counts.merged > 0);
      const again = !run.dryRun && end.status === 'completed' && (state?.again || changed);
      const whole = run.kind === 'changed' && !run.dryRun && end.status === 'completed' && place.after;
      const watermark = whole ? { watermark: place.after } : {};
      if (again && state)
        await this.#createIn(
          tx,
          run.organizationId,
          { ...state, ...watermark },
          changedRun(`dedup_${ids.next()}`),
        );
      if (state) tx.update(ref, { ...watermark, ...(again ? {} : { activeRunId: null, again: false }) });
      tx.update(repository.runRef(id), {
        ...end,
        ...foundBy(run, end),
        finishedAt: clock.now(),
        claimedUntil: null,
      });
    });
  }

  /** Notes how far a run is, and has a job of its own go on from there when `next`. @returns false when another one did. */
  async save(
    { id, part }: Pick<DedupRun, 'id' | 'part'>,
    progress: Pick<DedupRun, 'counts' | 'pairs' | 'place'>,
    next: boolean,
  ): Promise<boolean> {
    const { repository, clock, jobs } = this.deps;
    return repository.run(async (tx) => {
      const run = await tx.get(repository.runRef(id));
      if (!run || run.part !== part || run.finishedAt) return false;
      if (next) await jobs.enqueueIn(tx, jobOf(id, part + 1));
      tx.update(repository.runRef(id), {
        ...progress,
        ...foundBy(run, progress),
        ...{ status: 'running', tries: 0, part: next ? part + 1 : part },
        claimedUntil: new Date(clock.now().getTime() + CLAIM_MS),
      });
      return true;
    });
  }

  /** Takes up runs whose job was lost. */
  async sweep(open: () => boolean): Promise<{ resumed: number }> {
    const { repository, clock } = this.deps;
    let resumed = 0;
    for (const { id } of await repository.lost(clock.now(), BATCH)) {
      if (!open()) break;
      if (await this.#resume(id)) resumed += 1;
    }
    return { resumed };
  }

  async list(organizationId: string, page: PageQuery): Promise<Page<RunView>> {
    const { items, cursor } = await this.deps.repository.runs(organizationId, page);
    return { items: items.map(toView), cursor };
  }

  async get(organizationId: string, id: string): Promise<RunView> {
    const { repository } = this.deps;
    const found = await repository.db.get(repository.runRef(id));
    if (found?.organizationId !== organizationId) throw new NotFoundError('This search');
    return toView(found);
  }

  async #resume(id: string): Promise<boolean> {
    const { repository, clock, jobs } = this.deps;
    return repository.run(async (tx) => {
      const run = await tx.get(repository.runRef(id));
      const now = clock.now();
      if (!run?.claimedUntil || run.claimedUntil > now) return false;
      if (run.tries >= MAX_LOST) {
        logger.error(
          { runId: id },
          'a search for duplicates whose jobs are lost again and again was given up',
        );
        const ref = repository.stateRef(run.organizationId);
        const state = await tx.get(ref);
        if (state?.activeRunId === id) tx.update(ref, { activeRunId: null, again: false });
        const message = 'It was interrupted too often. Start it again.';
        tx.update(repository.runRef(id), { status: 'failed', finishedAt: now, claimedUntil: null, message });
        return false;
      }
      const part = run.part + 1;
      await jobs.enqueueIn(tx, jobOf(id, part));
      const claimedUntil = new Date(now.getTime() + CLAIM_MS);
      tx.update(repository.runRef(id), { part, tries: run.tries + 1, claimedUntil });
      return true;
    });
  }

  /** Reads first, through the queue; then writes. */
  async #createIn(tx: Tx, organizationId: string, state: DedupState | null, run: NewRun): Promise<void> {
    const { repository, jobs, clock } = this.deps;
    await jobs.enqueueIn(tx, jobOf(run.id, 1));
    const now = clock.now();
    const ref = repository.stateRef(organizationId);
    if (state) tx.update(ref, { activeRunId: run.id, again: false });
    else
      tx.create(ref, {
        ...{ organizationId, policy: DEFAULT_POLICY, watermark: null, activeRunId: run.id, again: false },
      });
    const since = run.kind === 'changed' && state?.watermark ? beforePlace(state.watermark) : null;
    const { id, ...asked } = run;
    tx.create(repository.runRef(id), {
      ...{ organizationId, ...asked, status: 'queued', place: { entity: 0, after: since } },
      ...{ counts: NO_COUNTS, pairs: [], recordIds: [], part: 1, tries: 0, message: null },
      claimedUntil: new Date(now.getTime() + CLAIM_MS),
      ...{ startedAt: now, finishedAt: null, expiresAt: new Date(now.getTime() + KEEP_MS) },
    });
  }
}

/** Pairs that were stored before stay as they are: somebody may have been erased from them meanwhile. */
function foundBy(stored: Pick<DedupRun, 'pairs'>, { pairs }: Pick<DedupRun, 'pairs'>) {
  const all = [...stored.pairs, ...pairs.slice(stored.pairs.length)];
  return { pairs: all, recordIds: [...new Set(all.flatMap(({ recordIds }) => recordIds))] };
}

function changedRun(id: string): NewRun {
  return {
    ...{ id, kind: 'changed', dryRun: false, entities: [...DEDUP_ENTITIES] },
    ...{ total: null, requestedBy: 'irisync' },
  };
}

function jobOf(runId: string, part: number) {
  const payload: DedupJob = { runId, part };
  return { type: DEDUP_JOB, payload, idempotencyKey: `${runId}_${part}` };
}

function toView(run: DedupRun): RunView {
  const { organizationId: _o, place: _p, claimedUntil: _c, expiresAt: _e, ...view } = run;
  return view;
}
