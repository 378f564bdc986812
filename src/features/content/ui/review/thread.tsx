'use client';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Avatar } from '@/ui/avatar';
import { Badge, type Tone } from '@/ui/badge';
import { RelativeTime } from '@/ui/relative-time';
import type { ReviewComment } from '../../review-schema';

type Said = Pick<ReviewComment, 'id' | 'kind' | 'text' | 'authorName' | 'via' | 'createdAt'>;

const TONES: Record<ReviewComment['kind'], Tone> = {
  comment: 'neutral',
  submitted: 'info',
  approved: 'ok',
  changes_requested: 'warn',
};

export interface ThreadProps<One extends Said> {
  items: readonly One[];
  /** What the comment is about. */
  about?: (said: One) => ReactNode;
  /** What can be done with it. */
  actions?: (said: One) => ReactNode;
  /** Settled: shown, and quiet. */
  settled?: (said: One) => boolean;
}

/** One story: what was said and what was decided, in order. */
export function Thread<One extends Said>({ items, about, actions, settled }: ThreadProps<One>) {
  const t = useTranslations('review');
  if (items.length === 0) return <p className="text-sm text-muted">{t('noComments')}</p>;
  return (
    <ol aria-label={t('thread')} className="grid gap-3">
      {items.map((said) => (
        <li key={said.id} className={settled?.(said) ? 'flex gap-2.5 text-muted' : 'flex gap-2.5'}>
          <Avatar name={said.authorName} />
          <div className="grid min-w-0 flex-1 gap-1">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
              <span className="text-sm font-medium text-ink">{said.authorName}</span>
              {said.via === 'link' && <span>{t('throughLink')}</span>}
              <RelativeTime at={said.createdAt} />
              {said.kind !== 'comment' && <Badge tone={TONES[said.kind]}>{t(`kind.${said.kind}`)}</Badge>}
            </p>
            {about?.(said)}
            {said.text && <p className="text-sm break-words whitespace-pre-wrap">{said.text}</p>}
            {actions?.(said)}
          </div>
        </li>
      ))}
    </ol>
  );
}
