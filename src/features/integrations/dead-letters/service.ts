import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { DeadLetter, DeadLetterStore } from '@/core/jobs/dead-letters';
import type { JobQueue } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { type DeadLetterView, KIND_OF_JOB, type ReplayAnswer, type ReplayBody } from './schema';
import { summaryOf, withoutSecrets } from './summary';

export interface DeadLetterDeps {
  letters: Pick<DeadLetterStore, 'pageOf' | 'find'>;
  jobs: Pick<JobQueue, 'replay'>;
  audit: AuditTrail;
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Syncs and webhooks of an organisation that failed for good: why, and once more. */
export class DeadLetterService {
  static getInstance(): DeadLetterService {
    return singleton<DeadLetterService>('DeadLetterService');
  }

  constructor(readonly deps: DeadLetterDeps) {}

  /** Newest first. */
  async list(organizationId: string, query: PageQuery): Promise<Page<DeadLetterView>> {
    const { items, cursor } = await this.deps.letters.pageOf(organizationId, query);
    return { items: items.flatMap(viewOf), cursor };
  }

  /**
   * Runs them again, with all their tries.
   * @throws NotFoundError when one of them is not the organisation's; then none is run.
   */
  async replay(actor: Actor, { ids }: ReplayBody): Promise<ReplayAnswer> {
    const { letters, jobs, audit, run } = this.deps;
    const found = await Promise.all(ids.map((id) => letters.find(id)));
    const own = found.flatMap((letter) =>
      letter?.organizationId === actor.organizationId && KIND_OF_JOB[letter.type] ? [letter] : [],
    );
    if (own.length < ids.length) throw new NotFoundError('One of these');
    const answer: ReplayAnswer = { replayed: [], skipped: [] };
    for (const { id, type } of own) {
      if (!(await replayed(() => jobs.replay(id)))) {
        answer.skipped.push(id);
        continue;
      }
      answer.replayed.push(id);
      await run(async (tx) =>
        audit.append(tx, actor, { action: 'dead_letter.replayed', target: { type: 'job', id, label: type } }),
      );
    }
    return answer;
  }
}

/** False for one that was decided about meanwhile. */
async function replayed(replay: () => Promise<void>): Promise<boolean> {
  try {
    await replay();
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

function viewOf(letter: DeadLetter): DeadLetterView[] {
  const { id, type, payload, error, attempts, enqueuedAt, diedAt } = letter;
  const kind = KIND_OF_JOB[type];
  if (!kind) return [];
  const { code } = error;
  return [
    {
      ...{ id, kind, code, attempts, enqueuedAt, diedAt },
      reason: withoutSecrets(error.message),
      summary: summaryOf(payload),
    },
  ];
}
