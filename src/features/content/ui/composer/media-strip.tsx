'use client';
import { ArrowLeft, ArrowRight, CircleAlert, ImageOff, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { documentTitle } from '@/features/platforms/rules/document-title';
import { cn } from '@/ui/cn';
import { IconButton } from '@/ui/icon-button';
import { Skeleton } from '@/ui/skeleton';
import type { MediaAsset } from '../../media-schema';
import { MediaDetails } from '../media/media-details';
import { MediaThumb } from '../media/media-thumb';
import type { ContentSession } from '../session';

export interface MediaStripProps {
  session: ContentSession;
  ids: readonly string[];
  assets: ReadonlyMap<string, MediaAsset>;
  /** Deleted from the library since they were attached. */
  missing: readonly string[];
  onChange: (ids: string[]) => void;
  onAsset: (asset: MediaAsset) => void;
}

/** The attached files in their order, each with its description one press away. */
export function MediaStrip({ session, ids, assets, missing, onChange, onAsset }: MediaStripProps) {
  const t = useTranslations('content.media');
  const [opened, setOpened] = useState<string | null>(null);
  if (ids.length === 0) return null;
  const move = (index: number, by: number) => {
    const next = [...ids];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    onChange(next);
  };
  const shown = opened ? assets.get(opened) : undefined;
  return (
    <>
      <ul aria-label={t('attached')} className="flex flex-wrap gap-2">
        {ids.map((id, index) => {
          const asset = assets.get(id);
          const gone = missing.includes(id);
          return (
            <li key={id} className="grid w-28 content-start gap-1">
              <div
                className={cn(
                  'relative aspect-square overflow-hidden rounded-md border border-line',
                  gone && 'border-danger',
                )}
              >
                {asset ? (
                  <button
                    type="button"
                    onClick={() => setOpened(id)}
                    aria-label={t('describe', { name: asset.filename })}
                    className="block size-full"
                  >
                    <MediaThumb asset={asset} />
                  </button>
                ) : gone ? (
                  <span className="grid size-full place-items-center gap-1 bg-danger-tint p-2 text-center text-xs">
                    <ImageOff size={16} aria-hidden="true" className="text-danger" /> {t('gone')}
                  </span>
                ) : (
                  <Skeleton className="size-full" />
                )}
              </div>
              <div className="flex items-center justify-between">
                <span className="flex">
                  <IconButton
                    size="sm"
                    label={t('earlier')}
                    icon={ArrowLeft}
                    disabled={index === 0}
                    onClick={() => move(index, -1)}
                  />
                  <IconButton
                    size="sm"
                    label={t('later')}
                    icon={ArrowRight}
                    disabled={index === ids.length - 1}
                    onClick={() => move(index, 1)}
                  />
                </span>
                <IconButton
                  size="sm"
                  label={t('remove', { name: asset?.filename ?? id })}
                  icon={X}
                  onClick={() => onChange(ids.filter((one) => one !== id))}
                />
              </div>
              {asset?.kind === 'document' && (
                <button
                  type="button"
                  onClick={() => setOpened(id)}
                  className="truncate text-left text-xs text-muted hover:underline"
                >
                  {documentTitle(asset)}
                </button>
              )}
              {asset && asset.kind !== 'document' && asset.altText === '' && (
                <button
                  type="button"
                  onClick={() => setOpened(id)}
                  className="flex items-center gap-1 text-left text-xs text-warn hover:underline"
                >
                  <CircleAlert size={12} aria-hidden="true" /> {t('noAltText')}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {shown && (
        <MediaDetails
          asset={shown}
          session={session}
          open
          onOpenChange={(open) => {
            if (!open) setOpened(null);
          }}
          onChanged={onAsset}
          onCropped={(copy) => {
            onAsset(copy);
            // The same crop may be attached already.
            onChange([...new Set(ids.map((one) => (one === shown.id ? copy.id : one)))]);
          }}
          onDeleted={({ id }) => onChange(ids.filter((one) => one !== id))}
        />
      )}
    </>
  );
}
