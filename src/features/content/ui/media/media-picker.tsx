'use client';
import { Images } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { FileDrop } from '@/ui/file-drop';
import { LoadMore } from '@/ui/load-more';
import { ACCEPT_ATTRIBUTE } from '../../media-limits';
import type { MediaAsset } from '../../media-schema';
import { CONTENT_LIMITS } from '../../schema';
import { type ContentSession, may } from '../session';
import { MediaGrid, MediaGridSkeleton } from './media-grid';
import { UploadList } from './upload-list';
import { useMediaLibrary } from './use-media-library';
import { useUploads } from './use-uploads';

export interface MediaPickerProps {
  session: ContentSession;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Ids already attached, in order. */
  selected: readonly string[];
  onPick: (ids: string[], assets: readonly MediaAsset[]) => void;
}

/** Chooses files from the library, in the order they are chosen, or uploads new ones. */
export default function MediaPicker({ session, open, onOpenChange, selected, onPick }: MediaPickerProps) {
  const t = useTranslations('media');
  const [chosen, setChosen] = useState<readonly string[]>(selected);
  const library = useMediaLibrary(session.organizationId, null, null);
  const { queue, items } = useUploads(session.organizationId, (asset) => {
    setChosen((before) => [...new Set([...before, asset.id])]);
  });
  const toggle = (asset: MediaAsset) =>
    setChosen((before) =>
      before.includes(asset.id) ? before.filter((id) => id !== asset.id) : [...before, asset.id],
    );
  const known = [...items.flatMap((item) => item.asset ?? []), ...library.items];
  const uploading = items.some((item) => item.status !== 'done' && item.status !== 'failed');
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="lg"
      title={t('picker.title')}
      description={t('picker.description')}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t('picker.cancel')}</Button>
          <Button
            variant="primary"
            disabled={uploading || chosen.length > CONTENT_LIMITS.mediaMax}
            onClick={() => {
              onPick([...chosen], known);
              onOpenChange(false);
            }}
          >
            {t('picker.use', { count: chosen.length })}
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        {may(session, 'media.write') && (
          <FileDrop
            accept={ACCEPT_ATTRIBUTE}
            hint={t('upload.hint')}
            onFiles={(files) => queue.add(files)}
            className="py-4"
          />
        )}
        <UploadList items={items.filter((item) => item.status !== 'done')} queue={queue} />
        {library.status === 'error' && <ErrorState error={library.error} onRetry={library.retry} compact />}
        {library.status === 'loading' && <MediaGridSkeleton />}
        {library.status !== 'loading' && library.items.length === 0 && library.status !== 'error' && (
          <EmptyState
            icon={Images}
            outline="tiles"
            title={t('empty.title')}
            body={t('empty.body')}
            className="min-h-48"
          />
        )}
        {library.items.length > 0 && (
          <>
            <MediaGrid assets={library.items} selected={chosen} onOpen={toggle} />
            <LoadMore hasMore={library.hasMore} onLoadMore={library.more} shown={library.items.length} />
          </>
        )}
      </div>
    </Dialog>
  );
}
