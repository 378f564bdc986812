'use client';
import { Check, CircleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { documentTitle } from '@/features/platforms/rules/document-title';
import { cn } from '@/ui/cn';
import { Skeleton } from '@/ui/skeleton';
import type { MediaAsset } from '../../media-schema';
import { durationText } from './media-facts-text';
import { MediaThumb } from './media-thumb';

const TILES = 'grid grid-cols-2 gap-3 sm:grid-cols-3 md:grid-cols-4 xl:grid-cols-6';

export interface MediaGridProps {
  assets: readonly MediaAsset[];
  onOpen: (asset: MediaAsset) => void;
  /** Ids in the order they were chosen; makes the tiles toggles. */
  selected?: readonly string[];
}

/** What stands for the file in words; a document has a title in any case. */
function describedBy(asset: MediaAsset): string | null {
  return asset.kind === 'document' ? documentTitle(asset) : asset.altText || null;
}

/** Files as tiles. */
export function MediaGrid({ assets, onOpen, selected }: MediaGridProps) {
  const t = useTranslations('media.grid');
  return (
    <ul className={TILES}>
      {assets.map((asset) => {
        const place = selected?.indexOf(asset.id) ?? -1;
        const chosen = place !== -1;
        return (
          <li key={asset.id}>
            <button
              type="button"
              onClick={() => onOpen(asset)}
              aria-pressed={selected ? chosen : undefined}
              aria-label={t('open', { name: asset.filename, altText: describedBy(asset) ?? t('noAltText') })}
              className={cn(
                'group block w-full overflow-hidden rounded-lg border border-line bg-surface text-left hover:border-edge',
                chosen && 'border-iris ring-2 ring-iris',
              )}
            >
              <span className="relative block aspect-square">
                <MediaThumb asset={asset} />
                {asset.durationSeconds !== undefined && asset.kind === 'video' && (
                  <span className="absolute bottom-1 left-1 rounded-md bg-scrim px-1 text-xs text-on-danger tabular-nums">
                    {durationText(asset.durationSeconds)}
                  </span>
                )}
                {chosen && (
                  <span className="absolute top-1 right-1 flex size-6 items-center justify-center rounded-full bg-iris text-xs font-semibold text-on-iris tabular-nums">
                    {(selected?.length ?? 0) > 1 ? place + 1 : <Check size={14} aria-hidden="true" />}
                  </span>
                )}
              </span>
              <span className="grid gap-0.5 px-2 py-1.5">
                <span className="truncate text-sm">{asset.filename}</span>
                {describedBy(asset) === null && (
                  <span className="flex items-center gap-1 text-xs text-warn">
                    <CircleAlert size={12} aria-hidden="true" /> {t('noAltText')}
                  </span>
                )}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

export function MediaGridSkeleton() {
  const t = useTranslations('common');
  return (
    <div className={TILES} role="status" aria-busy="true" aria-label={t('loading')}>
      {Array.from({ length: 12 }, (_, index) => index).map((index) => (
        <div key={index} className="grid gap-2">
          <Skeleton className="aspect-square" />
          <Skeleton className="h-4 w-2/3" />
        </div>
      ))}
    </div>
  );
}
