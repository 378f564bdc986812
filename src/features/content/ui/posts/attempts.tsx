'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { Attempt } from '@/features/publishing/schema';
import type { Tone } from '@/ui/badge';
import { DateTime } from '@/ui/date-time';
import { Timeline } from '@/ui/timeline';

const TONES: Record<Attempt['outcome'], Tone> = {
  published: 'ok',
  accepted: 'info',
  processing: 'info',
  not_sent: 'warn',
  rejected: 'danger',
  unknown: 'warn',
  found: 'ok',
  absent: 'info',
  blocked: 'warn',
  failed: 'danger',
  resend: 'iris',
  left: 'neutral',
  cancelled: 'neutral',
  deleted: 'neutral',
};

/** Every attempt of a run, newest first, each with the recorded facts. What arrives while you watch is tinted. */
export function Attempts({ attempts, loading }: { attempts: readonly Attempt[]; loading: boolean }) {
  const t = useTranslations('content.attempts');
  const [opened] = useState(() => new Date());
  return (
    <Timeline
      loading={loading}
      empty={<p className="text-sm text-muted">{t('none')}</p>}
      events={attempts.map((attempt) => ({
        id: attempt.id,
        at: attempt.startedAt,
        tone: TONES[attempt.outcome],
        live: attempt.startedAt > opened,
        title: t('title', { phase: t(`phase.${attempt.phase}`), outcome: t(`outcome.${attempt.outcome}`) }),
        body: (
          <>
            {attempt.message}
            {attempt.nextActionAt && (
              <span className="block">
                {t('next')} <DateTime at={attempt.nextActionAt} />
              </span>
            )}
          </>
        ),
        raw: facts(attempt),
      }))}
    />
  );
}

/** What was recorded, without what the page says anyway. */
function facts(attempt: Attempt) {
  const {
    id,
    step,
    phase,
    outcome,
    status,
    errorClass,
    vendorStatus,
    vendorCode,
    fingerprint,
    platformPostId,
  } = attempt;
  return {
    id,
    step,
    phase,
    outcome,
    status,
    startedAt: attempt.startedAt.toISOString(),
    finishedAt: attempt.finishedAt.toISOString(),
    ...(errorClass ? { errorClass } : {}),
    ...(vendorStatus === null ? {} : { vendorStatus }),
    ...(vendorCode ? { vendorCode } : {}),
    ...(platformPostId ? { platformPostId } : {}),
    ...(fingerprint ? { fingerprint } : {}),
  };
}
