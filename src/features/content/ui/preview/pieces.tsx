'use client';
import { Link2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { PreviewModel, PreviewSegment } from '@/features/platforms/rules/preview';
import { cn } from '@/ui/cn';
import type { MediaAsset } from '../../media-schema';
import { MediaThumb } from '../media/media-thumb';
import { DocumentCard } from './document-card';

/** The first `units` UTF-16 units of the segments. */
export function folded(segments: readonly PreviewSegment[], units: number): PreviewSegment[] {
  const out: PreviewSegment[] = [];
  let left = units;
  for (const segment of segments) {
    if (left <= 0) break;
    out.push(segment.text.length <= left ? segment : { ...segment, text: segment.text.slice(0, left) });
    left -= segment.text.length;
  }
  return out;
}

/** Text as the network shows it: links, mentions and tags told apart, cut where it cuts. */
export function PreviewText({ model, className }: { model: PreviewModel; className?: string }) {
  const t = useTranslations('content.preview');
  const [open, setOpen] = useState(false);
  const cut = model.foldAt !== undefined && !open;
  const segments = cut ? folded(model.segments, model.foldAt ?? 0) : model.segments;
  // A segment has no identity of its own; its place in the text is one.
  let at = 0;
  return (
    <p className={cn('break-words whitespace-pre-wrap', className)}>
      {segments.map((segment) => {
        const key = at;
        at += segment.text.length;
        return segment.kind === 'text' ? (
          <span key={key}>{segment.text}</span>
        ) : (
          <span key={key} className="text-iris-text">
            {segment.text}
          </span>
        );
      })}
      {cut && (
        <>
          {'… '}
          <button type="button" onClick={() => setOpen(true)} className="text-muted hover:underline">
            {t('more')}
          </button>
        </>
      )}
    </p>
  );
}

const GRID: Record<number, string> = {
  1: 'grid-cols-1',
  2: 'grid-cols-2 aspect-video',
  3: 'grid-cols-2 grid-rows-2 aspect-video [&>*:first-child]:row-span-2',
  4: 'grid-cols-2 grid-rows-2 aspect-video',
};

/** Up to four pictures in the grid most networks use, a carousel as a row that scrolls. */
export function PreviewMedia(props: {
  media: readonly MediaAsset[];
  layout: PreviewModel['layout'];
  /** Of the post, where the network shows one. */
  title?: string | undefined;
  className?: string;
}) {
  const { media, layout, title, className = '' } = props;
  const [first] = media;
  if (!first) return null;
  if (first.kind === 'document' && media.length === 1)
    return <DocumentCard asset={first} title={title} className={className} />;
  if (layout === 'carousel' && media.length > 1) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      <div tabIndex={0} className={cn('flex snap-x gap-1 overflow-x-auto rounded-lg', className)}>
        {media.map((asset) => (
          <div key={asset.id} className="aspect-square w-full shrink-0 snap-center">
            <MediaThumb asset={asset} size={960} />
          </div>
        ))}
      </div>
    );
  }
  const shown = media.slice(0, 4);
  const [only] = shown;
  const ratio = only?.width && only.height ? Math.min(Math.max(only.width / only.height, 0.75), 2) : 16 / 9;
  return (
    <div
      className={cn(
        'grid gap-0.5 overflow-hidden rounded-lg border border-line',
        GRID[shown.length],
        className,
      )}
      {...(shown.length === 1 ? { style: { aspectRatio: ratio } } : {})}
    >
      {shown.map((asset, index) => (
        <div key={asset.id} className="relative min-h-0 overflow-hidden">
          <MediaThumb asset={asset} size={960} />
          {index === 3 && media.length > 4 && (
            <span className="absolute inset-0 grid place-items-center bg-scrim text-xl font-semibold text-on-danger">
              +{media.length - 4}
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

/** The network draws a card for the link; its picture and title come from the page itself. */
export function PreviewCard({ href, className }: { href: string; className?: string }) {
  const host = URL.canParse(href) ? new URL(href).host.replace(/^www\./, '') : href;
  return (
    <div className={cn('overflow-hidden rounded-lg border border-line', className)}>
      <div className="grid h-24 place-items-center bg-sunken text-muted">
        <Link2 size={20} aria-hidden="true" />
      </div>
      <div className="grid gap-0.5 px-3 py-2">
        <span className="text-xs text-muted">{host}</span>
        <span className="truncate text-sm">{href}</span>
      </div>
    </div>
  );
}

/** What a reader could press; here only to show where it is. */
export function PreviewActions({
  icons,
  className,
}: {
  icons: readonly React.ReactNode[];
  className?: string;
}) {
  return (
    <div aria-hidden="true" className={cn('flex items-center justify-between pt-2 text-muted', className)}>
      {icons.map((icon, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed row
        <span key={index}>{icon}</span>
      ))}
    </div>
  );
}
