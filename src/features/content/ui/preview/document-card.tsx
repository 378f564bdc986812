'use client';
import { useTranslations } from 'next-intl';
import { documentTitle } from '@/features/platforms/rules/document-title';
import { cn } from '@/ui/cn';
import { DocumentThumb, type ShownDocument } from '../media/document-thumb';

/** A document as its readers get it: the name it goes by, how many pages, and the first one to begin with. */
export function DocumentCard(props: {
  asset: ShownDocument;
  title?: string | undefined;
  className?: string;
}) {
  const { asset, title, className } = props;
  const t = useTranslations('media.document');
  const { width, height } = asset;
  const ratio = width && height ? Math.min(Math.max(width / height, 0.7), 2) : 4 / 3;
  return (
    <figure className={cn('overflow-hidden rounded-lg border border-line', className)}>
      <figcaption className="flex items-baseline gap-2 border-line border-b px-3 py-2 text-sm">
        <span className="min-w-0 truncate font-medium">{documentTitle(asset, title)}</span>
        {asset.pages !== undefined && (
          <span className="shrink-0 text-muted text-xs tabular-nums">
            {t('pages', { count: asset.pages })}
          </span>
        )}
      </figcaption>
      <div className="bg-sunken" style={{ aspectRatio: ratio }}>
        <DocumentThumb
          asset={asset}
          size={960}
          uncounted
          className="block size-full bg-sunken object-contain"
        />
      </div>
    </figure>
  );
}
