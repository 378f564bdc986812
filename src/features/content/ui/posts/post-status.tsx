'use client';
import { useTranslations } from 'next-intl';
import type { Tone } from '@/ui/badge';
import { StatusBadge } from '@/ui/status-badge';
import type { PostStatus } from '../../schema';

const TONES: Record<PostStatus, Tone> = {
  draft: 'neutral',
  scheduled: 'info',
  publishing: 'coral',
  published: 'ok',
  partial: 'warn',
  attention: 'warn',
  failed: 'danger',
  cancelled: 'neutral',
  deleted: 'neutral',
};

/** What a post is called, from all its channels. */
export function PostStatusBadge({ status }: { status: PostStatus }) {
  const t = useTranslations('content.status');
  return <StatusBadge tone={TONES[status]}>{t(status)}</StatusBadge>;
}
