'use client';
import { Plus, Rss } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useSession } from '@/client/session';
import { useChannels } from '@/features/content/ui/composer/use-channels';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { AddFeedDialog } from './add-feed-dialog';
import { FeedRow } from './feed-row';
import { useFeeds } from './use-feeds';

/** Websites whose news become posts. Live. */
export function FeedsScreen() {
  const t = useTranslations('feeds');
  const { organization, permissions, user } = useSession();
  const feeds = useFeeds(organization.id);
  const channels = useChannels(organization.id);
  const [adding, setAdding] = useState(false);
  const canWrite = permissions.includes('content.write');
  const add = canWrite && (
    <Button variant="primary" icon={Plus} onClick={() => setAdding(true)}>
      {t('add')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={add} />
      {feeds.status === 'error' && <ErrorState error={feeds.error} onRetry={feeds.retry} />}
      {feeds.status === 'loading' && (
        <div className="grid gap-px" aria-busy="true">
          {[0, 1, 2].map((row) => (
            <Skeleton key={row} className="h-28" />
          ))}
        </div>
      )}
      {(feeds.status === 'live' || feeds.status === 'offline') && feeds.items.length === 0 && (
        <EmptyState icon={Rss} title={t('emptyTitle')} body={t('emptyBody')} action={add} />
      )}
      {feeds.items.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {feeds.items.map((feed) => (
            <FeedRow
              key={feed.id}
              feed={feed}
              channels={channels.byId}
              mayCheck={canWrite}
              mayChange={canWrite && (feed.createdBy === user.uid || permissions.includes('content.manage'))}
            />
          ))}
        </ul>
      )}
      {adding && <AddFeedDialog onClose={() => setAdding(false)} />}
    </>
  );
}
