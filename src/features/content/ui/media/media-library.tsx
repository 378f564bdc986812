'use client';
import { Images } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { FileDrop } from '@/ui/file-drop';
import { Input } from '@/ui/input';
import { LoadMore } from '@/ui/load-more';
import { PageHeader } from '@/ui/page-header';
import { SegmentedControl } from '@/ui/segmented-control';
import { ACCEPT_ATTRIBUTE } from '../../media-limits';
import { type ContentSession, may } from '../session';
import { MediaDetails } from './media-details';
import { MediaGrid, MediaGridSkeleton } from './media-grid';
import { UnfinishedUploads } from './unfinished-uploads';
import { UploadList } from './upload-list';
import { useMediaLibrary } from './use-media-library';
import { useUploads } from './use-uploads';

const KINDS = ['all', 'image', 'gif', 'video', 'document'] as const;
const FILTERS = {
  kind: parseAsStringLiteral(KINDS).withDefault('all'),
  tag: parseAsString,
  file: parseAsString,
};

/** Everything the organisation can post: upload, describe, find, delete. */
export function MediaLibrary({ session }: { session: ContentSession }) {
  const t = useTranslations('media');
  const [filters, setFilters] = useQueryStates(FILTERS);
  const { kind, tag, file } = filters;
  const library = useMediaLibrary(session.organizationId, kind === 'all' ? null : kind, tag || null);
  const { queue, items } = useUploads(session.organizationId);
  const opened = library.items.find((asset) => asset.id === file);
  const filtered = kind !== 'all' || Boolean(tag);
  const canWrite = may(session, 'media.write');

  let content: React.ReactNode;
  if (library.status === 'error') content = <ErrorState error={library.error} onRetry={library.retry} />;
  else if (library.status === 'loading') content = <MediaGridSkeleton />;
  else if (library.items.length === 0) {
    content = (
      <EmptyState
        icon={Images}
        outline="tiles"
        title={filtered ? t('empty.filteredTitle') : t('empty.title')}
        body={filtered ? t('empty.filteredBody') : t('empty.body')}
      />
    );
  } else {
    content = (
      <>
        <MediaGrid assets={library.items} onOpen={(asset) => setFilters({ file: asset.id })} />
        <LoadMore hasMore={library.hasMore} onLoadMore={library.more} shown={library.items.length} />
      </>
    );
  }
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="grid gap-4">
        {canWrite && (
          <FileDrop accept={ACCEPT_ATTRIBUTE} hint={t('upload.hint')} onFiles={(files) => queue.add(files)} />
        )}
        <UploadList items={items} queue={queue} />
        {canWrite && (
          <UnfinishedUploads organizationId={session.organizationId} items={items} queue={queue} />
        )}
        <div className="flex flex-wrap items-center gap-3">
          <SegmentedControl
            aria-label={t('filter.kind')}
            value={kind}
            onValueChange={(value) => setFilters({ kind: value })}
            options={KINDS.map((value) => ({ value, label: t(`filter.${value}`) }))}
          />
          <Input
            aria-label={t('filter.tag')}
            placeholder={t('filter.tag')}
            value={tag ?? ''}
            onChange={(event) => setFilters({ tag: event.target.value || null })}
            className="max-w-48"
          />
        </div>
        {content}
      </div>
      {opened && (
        <MediaDetails
          asset={opened}
          session={session}
          open
          onCropped={(copy) => setFilters({ file: copy.id })}
          onOpenChange={(open) => {
            if (!open) setFilters({ file: null });
          }}
        />
      )}
    </>
  );
}
