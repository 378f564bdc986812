import { useTranslations } from 'next-intl';
import { ApiProblem, api } from '@/client/api';
import type { DocOf } from '@/core/db/model';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { dedupCandidateModel, UndoAnswer } from '../dedup/schema';

export type Pair = DocOf<typeof dedupCandidateModel>;
export type Decision = 'merge' | 'keep_apart';

function decide({ id, version }: Pair, action: Decision, survivorId?: string): Promise<unknown> {
  const body = { action, expectedVersion: version, ...(survivorId ? { survivorId } : {}) };
  return api('POST', `/api/dedup/candidates/${id}/resolve`, { body });
}

/** What a person can decide on pairs, one by one or many at once; each can be taken back. */
export function useDecisions() {
  const t = useTranslations('duplicates');
  const { busy, error, attempt } = useAttempt();
  const undo = (pair: Pick<Pair, 'id'>) =>
    attempt(async () => {
      const { kept } = await api<UndoAnswer>('POST', `/api/dedup/candidates/${pair.id}/undo`);
      const description = kept.length > 0 ? t('kept', { count: kept.length }) : undefined;
      toast.success(t('restored'), description ? { description } : {});
    });
  const resolve = (pair: Pair, action: Decision, survivorId: string) =>
    attempt(async () => {
      await decide(pair, action, survivorId);
      const title = pair.titles[pair.recordIds.indexOf(survivorId)] ?? '';
      toast.success(action === 'merge' ? t('merged', { title }) : t('apart'), {
        action: { label: t('undo'), onClick: () => void undo(pair) },
      });
    });
  const resolveAll = (pairs: readonly Pair[], action: Decision) =>
    attempt(async () => {
      let done = 0;
      for (const pair of pairs) {
        try {
          await decide(pair, action);
          done += 1;
        } catch (cause) {
          // Somebody was faster, or an earlier one of these took one of the two with it.
          if (!(cause instanceof ApiProblem) || cause.status !== 409) throw cause;
        }
      }
      const left = pairs.length - done;
      const told = t(action === 'merge' ? 'bulk.merged' : 'bulk.keptApart', { count: done });
      toast.success(told, left > 0 ? { description: t('bulk.left', { count: left }) } : {});
    });
  return { busy, error, resolve, resolveAll, undo };
}
