'use client';
import { FileText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { documentTitle } from '@/features/platforms/rules/document-title';
import { cn } from '@/ui/cn';
import type { MediaAsset } from '../../media-schema';
import { useMediaAddress } from './media-address';

export type ShownDocument = Pick<
  MediaAsset,
  'id' | 'organizationId' | 'altText' | 'title' | 'filename' | 'pages' | 'width' | 'height'
>;

/** The first page of a document, or a sheet where no page could be drawn; with the number of its pages. */
export function DocumentThumb(props: {
  asset: ShownDocument;
  size: number;
  className: string;
  /** Where it is said elsewhere how many pages there are. */
  uncounted?: boolean;
}) {
  const { asset, size, className, uncounted = false } = props;
  const t = useTranslations('media.document');
  const address = useMediaAddress();
  const [drawn, setDrawn] = useState(true);
  return (
    <span className="relative block size-full">
      {drawn ? (
        // biome-ignore lint/performance/noImgElement: our own previews, at their final size
        <img
          src={address.thumb(asset, size > 400 ? 960 : 320)}
          alt={t('firstPage', { title: documentTitle(asset) })}
          loading="lazy"
          decoding="async"
          onError={() => setDrawn(false)}
          className={className}
        />
      ) : (
        <span className={cn(className, 'grid place-items-center text-muted')}>
          <FileText size={32} aria-hidden="true" />
        </span>
      )}
      {!uncounted && asset.pages !== undefined && (
        <span className="absolute bottom-1 left-1 inline-flex items-center gap-1 rounded-md bg-scrim px-1 text-xs text-on-danger tabular-nums">
          <FileText size={12} aria-hidden="true" /> {t('pages', { count: asset.pages })}
        </span>
      )}
    </span>
  );
}
