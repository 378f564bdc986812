import 'server-only';
import type { Clock } from '@/core/time/clock';
import { blocksOf, partnersOf } from './blocking';
import { Pairing, type PairingDeps, type Progress } from './pairing';
import type { CrmRecord, DedupRepository, DedupRun } from './repository';
import type { DedupJob, DedupRuns } from './runs';
import { DEDUP_ENTITIES, DEFAULT_POLICY, type DedupEntity, type DedupPolicy } from './schema';

/** Serverless platforms end a call after a minute; what is left goes on in the next job. */
const BUDGET_MS = 40_000;
const PAGE = 25;

export interface DedupRunnerDeps extends PairingDeps {
  repository: DedupRepository;
  runs: DedupRuns;
  clock: Clock;
  budgetMs?: number;
}

type Place = DedupRun['place'];

/** Works on a search record by record; says how far it is, yields when its time is over and goes on later. */
export class DedupRunner {
  constructor(readonly deps: DedupRunnerDeps) {}

  /** Does nothing for a part that was done already. */
  async work({ runId, part }: DedupJob, signal: AbortSignal): Promise<void> {
    const { repository, runs, clock, budgetMs = BUDGET_MS } = this.deps;
    const run = await repository.db.get(repository.runRef(runId));
    if (!run || run.part !== part || run.finishedAt) return;
    const state = await repository.db.get(repository.stateRef(run.organizationId));
    const policy = state?.policy ?? DEFAULT_POLICY;
    const until = clock.now().getTime() + budgetMs;
    const progress: Progress = { counts: { ...run.counts }, pairs: [...run.pairs] };
    let place: Place | null = run.place;
    let last = place;
    while (place) {
      signal.throwIfAborted();
      const next: Place | null = await this.#page(run, place, policy, progress);
      last = next ?? last;
      if (next && !(await runs.save(run, { ...progress, place: next }, clock.now().getTime() >= until)))
        return;
      if (next && clock.now().getTime() >= until) return;
      place = next;
    }
    await runs.finish(run, { ...progress, place: last, status: 'completed', message: null });
  }

  /** @returns where to go on; null at the end. */
  #page(run: DedupRun, place: Place, policy: DedupPolicy, progress: Progress): Promise<Place | null> {
    const pairing = new Pairing(this.deps, run.organizationId, policy, run.dryRun);
    return run.kind === 'full'
      ? this.#fullPage(run, place, pairing, progress)
      : this.#changedPage(run, place, pairing, progress);
  }

  /** Every record against those of greater id: each pair once. */
  async #fullPage(run: DedupRun, place: Place, pairing: Pairing, progress: Progress): Promise<Place | null> {
    const entity = run.entities[place.entity];
    if (!entity) return null;
    const { repository } = this.deps;
    const records = await repository.recordsAfter(run.organizationId, entity, place.after, PAGE);
    for (const record of records) await this.#record(run, record, record.id, pairing, progress);
    const last = records.at(-1);
    if (last && records.length === PAGE) return { entity: place.entity, after: last.id };
    const next = place.entity + 1;
    return next < run.entities.length ? { entity: next, after: null } : null;
  }

  /** What changed against everybody. */
  async #changedPage(
    run: DedupRun,
    place: Place,
    pairing: Pairing,
    progress: Progress,
  ): Promise<Place | null> {
    const changed = await this.deps.repository.changedAfter(run.organizationId, place.after, PAGE);
    const last = changed.at(-1);
    if (!last) return null;
    for (const { record } of changed) {
      if (!isCompared(record, run.entities)) continue;
      if (record.status === 'active') await this.#record(run, record, null, pairing, progress);
      else if (!run.dryRun) await pairing.gone(record);
    }
    return { entity: 0, after: last.place };
  }

  async #record(
    run: DedupRun,
    record: CrmRecord,
    after: string | null,
    pairing: Pairing,
    progress: Progress,
  ): Promise<void> {
    const { repository } = this.deps;
    progress.counts.processed += 1;
    if (!run.dryRun && (await repository.rekey(record))) progress.counts.rekeyed += 1;
    const index = repository.index(run.organizationId, record.entity as DedupEntity, after);
    const partners = await partnersOf(blocksOf(record.entity, record.fields), index);
    await pairing.compare(record, partners, progress);
  }
}

function isCompared({ entity }: CrmRecord, entities: readonly DedupEntity[]): boolean {
  return DEDUP_ENTITIES.some((one) => one === entity && entities.includes(one));
}
