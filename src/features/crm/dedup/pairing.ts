import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@/core/time/clock';
import { survivorOf } from './merge';
import type { RecordMerger } from './merger';
import type { Decider } from './ports';
import {
  type Candidate,
  type CrmRecord,
  candidateIdOf,
  type DedupRepository,
  type DedupRun,
} from './repository';
import type { DedupCounts, DedupEntity, DedupPolicy, DedupRule } from './schema';
import { bestCase, type Fields, outcomeOf, type Score, scoreOf } from './score';

/** Runs what people wrote; a failure is the rule's alone. */
export interface Evaluate {
  evaluate(
    language: 'jsonata',
    code: string,
    input: { value: unknown; record: unknown; context: unknown },
  ): Promise<unknown>;
}

export interface PairingDeps {
  repository: DedupRepository;
  merger: RecordMerger;
  expressions: Evaluate;
  clock: Clock;
}

export interface Progress {
  counts: DedupCounts;
  pairs: DedupRun['pairs'];
}

interface Found {
  id: string;
  other: CrmRecord;
  score: Score;
  outcome: 'merge' | 'review';
}

/** Pairs that a dry run names. */
const MAX_PAIRS = 50;
const EVIDENCE_LENGTH = 200;

/** Compares one record with those it may be, and acts on what that gives. */
export class Pairing {
  constructor(
    readonly deps: PairingDeps,
    readonly organizationId: string,
    readonly policy: DedupPolicy,
    readonly dryRun: boolean,
  ) {}

  async compare(record: CrmRecord, partners: readonly CrmRecord[], progress: Progress): Promise<void> {
    const found: Found[] = [];
    for (const other of partners) {
      if (other.id === record.id || other.entity !== record.entity) continue;
      progress.counts.compared += 1;
      const score = await this.#score(record, other);
      const outcome = score ? outcomeOf(score, this.policy) : 'none';
      const id = candidateIdOf(this.organizationId, record.id, other.id);
      if (score && outcome !== 'none') found.push({ id, other, score, outcome });
    }
    const known = await this.#known(record, found);
    found.sort((a, b) => b.score.score - a.score.score);
    for (const one of found) await this.#act(record, one, known, progress);
    if (!this.dryRun) await this.#closeOthers(record, new Set(found.map(({ id }) => id)), partners);
  }

  /** What is no longer a record has no duplicates. */
  async gone({ id, status, fields }: Pick<CrmRecord, 'id' | 'status' | 'fields'>): Promise<void> {
    const { repository } = this.deps;
    for (const candidate of await repository.openOf(this.organizationId, id)) await this.#close(candidate);
    // Erased at its vendor: what was noted of it when it was compared goes too.
    if (status === 'deleted' && Object.keys(fields).length === 0)
      await repository.silence(this.organizationId, id);
  }

  async #close({ id }: Pick<Candidate, 'id'>): Promise<void> {
    const { repository, merger } = this.deps;
    await repository.run(async (tx) => {
      const now = await tx.get(repository.candidateRef(id));
      if (now?.status === 'open') merger.closeIn(tx, now);
    });
  }

  async #act(
    record: CrmRecord,
    found: Found,
    known: ReadonlyMap<string, Candidate>,
    progress: Progress,
  ): Promise<void> {
    const { counts, pairs } = progress;
    const before = known.get(found.id);
    if (before?.status === 'kept_apart' || before?.status === 'merged') return;
    const others = apartIds(this.organizationId, record, found.other);
    if (others.some((id) => known.get(id)?.status === 'kept_apart')) {
      if (before && !this.dryRun) await this.#close(before);
      return;
    }
    const merges = found.outcome === 'merge' && !before?.undone;
    if (this.dryRun) {
      counts[merges ? 'merged' : 'found'] += 1;
      if (pairs.length < MAX_PAIRS) pairs.push(pairOf(record, found));
      return;
    }
    const outcome = await this.#write(record, found, merges);
    if (outcome === 'merged') counts.merged += 1;
    if (outcome === 'found') counts.found += 1;
  }

  /** One pair, whole: what is stored of it, and their merging when it is sure. */
  async #write(record: CrmRecord, found: Found, merges: boolean): Promise<'merged' | 'found' | 'known'> {
    const stored = await this.#store(record, found);
    if (!stored || !merges) return stored?.created ? 'found' : 'known';
    const { repository, merger } = this.deps;
    const by: Decider = { organizationId: this.organizationId, userId: 'irisync', displayName: 'IriSync' };
    try {
      await repository.run(async (tx) => {
        const candidate = await tx.get(repository.candidateRef(found.id));
        if (candidate?.status !== 'open' || candidate.undone) return;
        await merger.mergeIn(tx, by, candidate, candidate.survivorId, this.policy.sourcePriority);
      });
      return 'merged';
    } catch (error) {
      // It waits for a person, or for what is on its way to the vendor: the pair stays open.
      if (error instanceof Error && 'status' in error && error.status === 409) return 'found';
      throw error;
    }
  }

  async #store(record: CrmRecord, { id, other, score }: Found): Promise<{ created: boolean } | null> {
    const { repository, clock } = this.deps;
    const ref = repository.candidateRef(id);
    const [left, right] = record.id < other.id ? [record, other] : [other, record];
    const evidence = score.evidence.map(cut);
    return repository.run(async (tx) => {
      const known = await tx.get(ref);
      const [a, b] = await tx.getAll([left.id, right.id].map((one) => repository.recordRef(one)));
      // Merged or deleted since they were read.
      if (a?.status !== 'active' || b?.status !== 'active') return null;
      const seen = {
        titles: [left.title, right.title],
        platforms: [left.platform, right.platform],
        ...{ score: score.score, evidence },
      };
      if (!known) {
        tx.create(ref, {
          organizationId: this.organizationId,
          entity: entityOf(record),
          ...{ recordIds: [left.id, right.id], ...seen, status: 'open', undone: false, version: 1 },
          survivorId: survivorOf(left, right, this.policy.sourcePriority),
          foundAt: clock.now(),
          ...{ decidedAt: null, decidedBy: null, mergeId: null, undoUntil: null },
        });
        return { created: true };
      }
      if (known.status === 'kept_apart' || known.status === 'merged') return null;
      const again = known.status === 'gone';
      if (!again && same(known, seen)) return { created: false };
      const reopened = { status: 'open' as const, foundAt: clock.now(), decidedAt: null, decidedBy: null };
      tx.update(ref, { ...seen, ...(again ? reopened : {}), version: known.version + 1 });
      return { created: again };
    });
  }

  /** Pairs of this record that are none any more, since one of the two changed. */
  async #closeOthers(record: CrmRecord, found: ReadonlySet<string>, partners: readonly CrmRecord[]) {
    const { repository, merger } = this.deps;
    const open = await repository.openOf(this.organizationId, record.id);
    const met = new Set(partners.map(({ id }) => id));
    for (const { id, recordIds } of open.filter((one) => !found.has(one.id))) {
      const otherId = recordIds.find((one) => one !== record.id) ?? '';
      await repository.run(async (tx) => {
        const candidate = await tx.get(repository.candidateRef(id));
        const other = await tx.get(repository.recordRef(otherId));
        const now = await tx.get(repository.recordRef(record.id));
        if (candidate?.status !== 'open') return;
        const alike =
          now && other?.status === 'active' && !met.has(otherId) ? await this.#outcome(now, other) : 'none';
        if (alike === 'none') merger.closeIn(tx, candidate);
      });
    }
  }

  async #outcome(record: CrmRecord, other: CrmRecord): Promise<'merge' | 'review' | 'none'> {
    const score = await this.#score(record, other);
    return score ? outcomeOf(score, this.policy) : 'none';
  }

  async #known(record: CrmRecord, found: readonly Found[]): Promise<Map<string, Candidate>> {
    const ids = found.flatMap(({ id, other }) => [id, ...apartIds(this.organizationId, record, other)]);
    return this.deps.repository.candidatesById([...new Set(ids)]);
  }

  async #score(record: CrmRecord, other: CrmRecord): Promise<Score | null> {
    const entity = entityOf(record);
    const rules = this.policy.rules[entity];
    const [left, right] = record.id < other.id ? [record, other] : [other, record];
    const custom = rules.some(({ method }) => method === 'custom');
    if (!custom) return scoreOf(entity, left.fields, right.fields, rules);
    if (bestCase(entity, left.fields, right.fields, rules) < this.policy.reviewFrom) return null;
    const results = new Map<number, number | null>();
    for (const [at, rule] of rules.entries())
      if (rule.method === 'custom') results.set(at, await this.#evaluated(rule, left.fields, right.fields));
    return scoreOf(entity, left.fields, right.fields, rules, results);
  }

  async #evaluated({ expression, field }: DedupRule, left: Fields, right: Fields): Promise<number | null> {
    if (!expression) return null;
    const record = { left: left[field] ?? null, right: right[field] ?? null };
    try {
      const context = { field, leftRecord: left, rightRecord: right };
      const made = await this.deps.expressions.evaluate('jsonata', expression, {
        value: null,
        record,
        context,
      });
      return typeof made === 'number' && Number.isFinite(made) ? made : null;
    } catch (error) {
      if (error instanceof Error && error.name === 'ExpressionError') return null;
      throw error;
    }
  }
}

/** What was kept apart stays so when one of the two has become part of another record. */
function apartIds(organizationId: string, a: CrmRecord, b: CrmRecord): string[] {
  const [left, right] = [a, b].map(({ id, mergedFrom }) => [id, ...mergedFrom]);
  return (left ?? []).flatMap((one) => (right ?? []).map((two) => candidateIdOf(organizationId, one, two)));
}

function entityOf({ entity }: CrmRecord): DedupEntity {
  if (entity === 'company' || entity === 'lead') return entity;
  return 'contact';
}

function pairOf(record: CrmRecord, { other, score, outcome }: Found): DedupRun['pairs'][number] {
  return {
    ...{ entity: entityOf(record), score: score.score, outcome },
    titles: [record.title, other.title],
    recordIds: [record.id, other.id],
  };
}

/** Long values are cut. */
function cut(one: Score['evidence'][number]): Score['evidence'][number] {
  return { ...one, left: one.left.slice(0, EVIDENCE_LENGTH), right: one.right.slice(0, EVIDENCE_LENGTH) };
}

function same(known: Candidate, seen: Pick<Candidate, 'titles' | 'score' | 'evidence'>): boolean {
  const { titles, score, evidence } = known;
  const fresh = { titles: seen.titles, score: seen.score, evidence: seen.evidence };
  return isDeepStrictEqual({ titles, score, evidence }, fresh);
}
