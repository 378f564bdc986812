'use client';
import { Film } from 'lucide-react';
import { cn } from '@/ui/cn';
import type { MediaAsset } from '../../media-schema';
import { DocumentThumb, type ShownDocument } from './document-thumb';
import { useMediaAddress } from './media-address';

export interface MediaThumbProps {
  asset: ShownDocument & Pick<MediaAsset, 'kind'>;
  /** CSS pixels the picture is shown at, for choosing a preview. */
  size?: number;
  className?: string;
}

/** A file of the library, small: a preview, the first moment of a video, the first page of a document. */
export function MediaThumb({ asset, size = 320, className }: MediaThumbProps) {
  const address = useMediaAddress();
  const shape = cn('block size-full bg-sunken object-cover', className);
  if (asset.kind === 'document') return <DocumentThumb asset={asset} size={size} className={shape} />;
  if (asset.kind === 'video') {
    return (
      <span className="relative block size-full">
        {/* The fragment shows a frame instead of black. */}
        <video
          src={`${address.file(asset)}#t=0.1`}
          preload="metadata"
          muted
          playsInline
          aria-label={asset.altText || undefined}
          className={shape}
        />
        <span className="absolute right-1 bottom-1 rounded-md bg-scrim p-1 text-on-danger">
          <Film size={12} aria-hidden="true" />
        </span>
      </span>
    );
  }
  return (
    // biome-ignore lint/performance/noImgElement: our own previews, at their final size
    <img
      src={address.thumb(asset, size > 400 ? 960 : 320)}
      alt={asset.altText}
      loading="lazy"
      decoding="async"
      width={asset.width}
      height={asset.height}
      className={shape}
    />
  );
}
