'use client';
import { useTranslations } from 'next-intl';
import type { RunStatus } from '@/features/publishing/schema';
import type { Tone } from '@/ui/badge';
import { StatusBadge } from '@/ui/status-badge';

const TONES: Record<RunStatus, Tone> = {
  pending_approval: 'info',
  scheduled: 'info',
  preparing: 'coral',
  processing: 'coral',
  ready: 'coral',
  committing: 'coral',
  confirming: 'coral',
  unconfirmed: 'warn',
  published: 'ok',
  partial: 'warn',
  blocked: 'warn',
  failed: 'danger',
  cancelled: 'neutral',
  deleting: 'coral',
  deleted: 'neutral',
};

/** Where one channel's part of a post stands. */
export function RunStatusBadge({ status }: { status: RunStatus }) {
  const t = useTranslations('content.runStatus');
  return <StatusBadge tone={TONES[status]}>{t(status)}</StatusBadge>;
}
