import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { RecordMerger } from './merger';
import type { Candidate, DedupRepository } from './repository';
import type { DedupRuns } from './runs';
import {
  type CandidateQuery,
  type CandidateView,
  DEDUP_ENTITIES,
  DEFAULT_POLICY,
  type DedupPolicy,
  type ResolveCandidateBody,
  type RunView,
  type StartRunBody,
  type UndoAnswer,
} from './schema';

/** Checks what people write before it is stored. */
export interface ExpressionCompiler {
  compile(language: 'jsonata', code: string): Promise<void>;
}

export interface DedupDeps {
  repository: DedupRepository;
  merger: RecordMerger;
  runs: DedupRuns;
  expressions: ExpressionCompiler;
  audit: AuditTrail;
  clock: Clock;
}

/** Records that may be one and the same, and what people decide about them. */
export class IntegrationDeduplicationService {
  static getInstance(): IntegrationDeduplicationService {
    return singleton<IntegrationDeduplicationService>('IntegrationDeduplicationService');
  }

  constructor(readonly deps: DedupDeps) {}

  /** The surest first. */
  async candidates(organizationId: string, query: CandidateQuery): Promise<Page<CandidateView>> {
    const { items, cursor } = await this.deps.repository.candidates(organizationId, query);
    return { items: items.map(toView), cursor };
  }

  /**
   * Merges two records, keeps them apart for ever, or names the other as the one that stays.
   * @throws ConflictError `stale_version` when somebody decided before, or the pair changed since it was read.
   */
  async resolve(actor: Actor, id: string, body: ResolveCandidateBody): Promise<CandidateView> {
    const { repository, runs } = this.deps;
    await repository.run(async (tx) => {
      const candidate = present(await tx.get(repository.candidateRef(id)), actor);
      const { expectedVersion = candidate.version } = body;
      if (candidate.status !== 'open' || candidate.version !== expectedVersion)
        throw new ConflictError(
          'Somebody decided on these two meanwhile. Look at them again.',
          'stale_version',
        );
      const survivorId = body.survivorId ?? candidate.survivorId;
      if (!candidate.recordIds.includes(survivorId))
        throw ValidationError.at('body.survivorId', 'Name one of the two records.');
      await this.#decideIn(tx, actor, candidate, body.action, survivorId);
    });
    if (body.action === 'merge') await runs.startChanged(actor.organizationId);
    return toView(present(await repository.db.get(repository.candidateRef(id)), actor));
  }

  /** @throws ConflictError when nothing is merged, it is too late, or a later merge stands on it. */
  async undo(actor: Actor, id: string): Promise<UndoAnswer> {
    const { repository, merger } = this.deps;
    const kept = await repository.run(async (tx) => {
      const candidate = present(await tx.get(repository.candidateRef(id)), actor);
      if (candidate.status === 'kept_apart') {
        this.#reopenIn(tx, actor, candidate);
        return [];
      }
      if (candidate.status !== 'merged')
        throw new ConflictError('These two are not merged.', 'stale_version');
      return merger.undoIn(tx, actor, candidate);
    });
    return { ...toView(present(await repository.db.get(repository.candidateRef(id)), actor)), kept };
  }

  async policy(organizationId: string): Promise<DedupPolicy> {
    const { repository } = this.deps;
    return (await repository.db.get(repository.stateRef(organizationId)))?.policy ?? DEFAULT_POLICY;
  }

  /** @throws ValidationError at a rule that cannot be used. */
  async setPolicy(actor: Actor, policy: DedupPolicy): Promise<DedupPolicy> {
    const { repository, audit } = this.deps;
    await this.#requireUsable(policy);
    const ref = repository.stateRef(actor.organizationId);
    await repository.run(async (tx) => {
      const state = await tx.get(ref);
      if (state) tx.update(ref, { policy });
      else
        tx.create(ref, {
          organizationId: actor.organizationId,
          ...{ policy, watermark: null, activeRunId: null, again: false },
        });
      audit.append(tx, actor, {
        action: 'crm.duplicate_rules_changed',
        target: { type: 'dedup_policy', id: actor.organizationId, label: 'duplicates' },
        facts: { enabled: policy.enabled, mergeFrom: policy.mergeFrom, reviewFrom: policy.reviewFrom },
      });
    });
    return policy;
  }

  start(actor: Actor, body: StartRunBody): Promise<{ runId: string }> {
    return this.deps.runs.start(actor, body);
  }

  listRuns(organizationId: string, page: PageQuery): Promise<Page<RunView>> {
    return this.deps.runs.list(organizationId, page);
  }

  getRun(organizationId: string, id: string): Promise<RunView> {
    return this.deps.runs.get(organizationId, id);
  }

  async #decideIn(
    tx: Tx,
    actor: Actor,
    candidate: Candidate,
    action: ResolveCandidateBody['action'],
    survivorId: string,
  ): Promise<void> {
    const { repository, merger, audit, clock } = this.deps;
    const ref = repository.candidateRef(candidate.id);
    const version = candidate.version + 1;
    if (action === 'merge') {
      const state = await tx.get(repository.stateRef(actor.organizationId));
      const { sourcePriority } = state?.policy ?? DEFAULT_POLICY;
      return merger.mergeIn(tx, actor, candidate, survivorId, sourcePriority);
    }
    if (action === 'swap') {
      const other = candidate.recordIds.find((one) => one !== candidate.survivorId);
      return tx.update(ref, { survivorId: other ?? candidate.survivorId, version });
    }
    tx.update(ref, { status: 'kept_apart', version, decidedAt: clock.now(), decidedBy: actor.userId });
    audit.append(tx, actor, {
      action: 'crm.duplicates_kept_apart',
      ...named(candidate),
    });
  }

  #reopenIn(tx: Tx, actor: Actor, candidate: Candidate): void {
    const { repository, audit } = this.deps;
    tx.update(repository.candidateRef(candidate.id), {
      ...{ status: 'open', undone: true, decidedAt: null, decidedBy: null },
      version: candidate.version + 1,
    });
    audit.append(tx, actor, {
      action: 'crm.duplicates_reopened',
      ...named(candidate),
    });
  }

  async #requireUsable({ rules }: DedupPolicy): Promise<void> {
    for (const entity of DEDUP_ENTITIES)
      for (const [at, { method, expression }] of rules[entity].entries()) {
        const path = `body.rules.${entity}.${at}.expression`;
        if (method !== 'custom') continue;
        if (!expression)
          throw ValidationError.at(path, 'Write how alike the two are, as JSONata from 0 to 1.');
        await this.#requireCompiles(expression, path);
      }
  }

  async #requireCompiles(expression: string, path: string): Promise<void> {
    try {
      await this.deps.expressions.compile('jsonata', expression);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ExpressionError') throw error;
      const { character } = (error as Error & { position?: { character?: number } }).position ?? {};
      const where = character === undefined ? '' : ` (character ${character})`;
      throw ValidationError.at(path, `${error.message}${where}`);
    }
  }
}

function toView({ organizationId: _o, ...view }: Candidate): CandidateView {
  return view;
}

/** A pair as the audit log names it: by ids alone, for the log outlives the names of people who are erased. */
function named({ id, recordIds }: Candidate) {
  return { target: { type: 'dedup_candidate', id, label: id }, facts: { records: recordIds } };
}

/** Somebody else's pair does not exist here. @throws NotFoundError */
function present(found: Candidate | null, { organizationId }: Pick<Actor, 'organizationId'>): Candidate {
  if (found?.organizationId !== organizationId) throw new NotFoundError('This pair of records');
  return found;
}
