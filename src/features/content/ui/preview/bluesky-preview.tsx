'use client';
import { Bookmark, Heart, MessageSquare, MoreHorizontal, Repeat2, Share } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { PostView } from './post-view';
import { StackedPreview } from './stacked-preview';

/** Bluesky: the handle is a domain, links are shown shortened (the rules engine did that). */
export default function BlueskyPreview({ view }: { view: PostView }) {
  const t = useTranslations('content.preview');
  return (
    <StackedPreview
      view={view}
      name={({ account }) => (
        <p className="min-w-0 truncate text-base">
          <span className="font-semibold">{account.displayName}</span>{' '}
          <span className="text-muted">
            @{account.handle.replace(/^@/, '')} · {t('now')}
          </span>
        </p>
      )}
      actions={[
        <MessageSquare key="reply" size={16} />,
        <Repeat2 key="repost" size={16} />,
        <Heart key="like" size={16} />,
        <Bookmark key="save" size={16} />,
        <span key="more" className="flex gap-3">
          <Share size={16} />
          <MoreHorizontal size={16} />
        </span>,
      ]}
    />
  );
}
