'use client';
import { BarChart2, Bookmark, Heart, MessageCircle, Repeat2, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { PostView } from './post-view';
import { StackedPreview } from './stacked-preview';

/** X: name and handle in one line, five actions, media with round corners. */
export default function XPreview({ view }: { view: PostView }) {
  const t = useTranslations('content.preview');
  return (
    <StackedPreview
      view={view}
      name={({ account }) => (
        <p className="min-w-0 truncate text-base">
          <span className="font-bold">{account.displayName}</span>{' '}
          <span className="text-muted">
            @{account.handle.replace(/^@/, '')} · {t('now')}
          </span>
        </p>
      )}
      actions={[
        <MessageCircle key="reply" size={16} />,
        <Repeat2 key="repost" size={16} />,
        <Heart key="like" size={16} />,
        <BarChart2 key="views" size={16} />,
        <span key="more" className="flex gap-3">
          <Bookmark size={16} />
          <Upload size={16} />
        </span>,
      ]}
    />
  );
}
