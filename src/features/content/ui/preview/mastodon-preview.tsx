'use client';
import { Bookmark, Globe, Lock, Moon, MoreHorizontal, Repeat2, Reply, Star } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { PostView } from './post-view';
import { StackedPreview } from './stacked-preview';

const VISIBILITY = { public: Globe, unlisted: Moon, private: Lock } as const;

/** Mastodon: full address, who can see it, and the content warning that hides the text. */
export default function MastodonPreview({ view }: { view: PostView }) {
  const t = useTranslations('content.preview');
  const { visibility, spoilerText } = view.settings;
  const Icon = VISIBILITY[(visibility as keyof typeof VISIBILITY) ?? 'public'] ?? Globe;
  const warning = typeof spoilerText === 'string' && spoilerText !== '' ? spoilerText : null;
  return (
    <StackedPreview
      view={view}
      wide
      textClass="text-lg"
      name={({ account }) => (
        <div className="flex min-w-0 flex-1 items-start justify-between gap-2">
          <p className="grid min-w-0 leading-5">
            <span className="truncate text-base font-semibold">{account.displayName}</span>
            <span className="truncate text-sm text-muted">@{account.handle.replace(/^@/, '')}</span>
          </p>
          <span className="flex items-center gap-1 text-sm text-muted">
            <Icon size={14} aria-hidden="true" /> {t('now')}
          </span>
        </div>
      )}
      before={
        warning && (
          <p className="mb-2 rounded-md border border-line bg-sunken px-3 py-2 text-sm">
            <span className="font-semibold">{t('contentWarning')}</span> {warning}
          </p>
        )
      }
      actions={[
        <Reply key="reply" size={16} />,
        <Repeat2 key="boost" size={16} />,
        <Star key="favourite" size={16} />,
        <Bookmark key="save" size={16} />,
        <MoreHorizontal key="more" size={16} />,
      ]}
    />
  );
}
