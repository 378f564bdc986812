'use client';
import { Heart, MessageCircle, Share2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { PostView } from './post-view';
import { StackedPreview } from './stacked-preview';

/** Every other network, and the sandbox. */
export default function PlainPreview({ view }: { view: PostView }) {
  const t = useTranslations('content.preview');
  return (
    <StackedPreview
      view={view}
      wide
      name={({ account }) => (
        <p className="grid min-w-0 leading-5">
          <span className="truncate text-base font-semibold">{account.displayName}</span>
          <span className="truncate text-sm text-muted">
            {account.handle} · {t('now')}
          </span>
        </p>
      )}
      actions={[
        <Heart key="like" size={16} />,
        <MessageCircle key="comment" size={16} />,
        <Share2 key="share" size={16} />,
      ]}
    />
  );
}
