'use client';

import { useTranslations } from 'next-intl';
import { DateTime } from '@/ui/date-time';
import type { Run } from '../schema';

/** Why a run is not simply out: what happened, and what follows, in the reader's language. Nothing while all is well. */
export function RunReason({ run }: { run: Run }) {
  const t = useTranslations('publishing');
  const text = reasonOf(run, t);
  if (!text) return null;
  const waits = run.status === 'scheduled' && run.lastErrorClass !== null && run.nextActionAt !== null;
  return (
    <div className="text-sm">
      <p>
        {text}
        {waits && <> {t.rich('again', { when: () => <DateTime at={run.nextActionAt ?? run.dueAt} /> })}</>}
      </p>
      {run.blockedReason === 'rules' && run.lastError && (
        <details className="mt-1 text-muted">
          <summary className="cursor-pointer">{t('details')}</summary>
          <p className="mt-1">{run.lastError}</p>
        </details>
      )}
    </div>
  );
}

function reasonOf(run: Run, t: ReturnType<typeof useTranslations<'publishing'>>): string | null {
  if (run.status === 'blocked' && run.blockedReason) return t(`blocked.${run.blockedReason}`);
  if (run.status === 'unconfirmed') return run.askedAt ? t('question') : t('looking');
  if ((run.status === 'failed' || run.status === 'partial') && run.uncertain) return t('left');
  if (run.lastErrorClass === null) return null;
  if (run.status === 'failed' || run.status === 'partial') return t(`failure.${run.lastErrorClass}`);
  if (run.status !== 'scheduled') return null;
  const limited = run.lastErrorClass === 'rate_limit' || run.lastErrorClass === 'quota';
  return t(`waiting.${limited ? run.lastErrorClass : 'other'}`);
}
