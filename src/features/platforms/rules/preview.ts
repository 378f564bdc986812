import { blueskyRecordText } from '@/features/platforms/rules/bluesky-text';
import { textWithLink } from '@/features/platforms/rules/counting';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { PlatformId, Variant } from '@/features/platforms/schema';

export interface PreviewSegment {
  kind: 'text' | 'link' | 'mention' | 'hashtag';
  text: string;
  /** Target of a link. */
  href?: string;
}

export interface PreviewModel {
  segments: PreviewSegment[];
  /** The network cuts the text after this many UTF-16 units and offers "more". Absent = shows it all. */
  foldAt?: number;
  /** A card is drawn for this address. */
  card?: string;
  layout: 'grid' | 'carousel' | 'single';
}

const ENTITY =
  /(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])|(?<![\p{L}\p{N}_/@])(@[\p{L}\p{N}_.-]*[\p{L}\p{N}_])|(?<![\p{L}\p{N}_&])(#[\p{L}\p{N}_]+)/gu;

function segmentsOf(text: string): PreviewSegment[] {
  const segments: PreviewSegment[] = [];
  let end = 0;
  for (const match of text.matchAll(ENTITY)) {
    if (match.index > end) segments.push({ kind: 'text', text: text.slice(end, match.index) });
    const [found, link, mention] = match;
    if (link) segments.push({ kind: 'link', text: found, href: found });
    else segments.push({ kind: mention ? 'mention' : 'hashtag', text: found });
    end = match.index + found.length;
  }
  if (end < text.length) segments.push({ kind: 'text', text: text.slice(end) });
  return segments;
}

/** Bluesky shows addresses shortened; the visible text and the target differ. */
function recordSegments(source: string): PreviewSegment[] {
  const { text, links } = blueskyRecordText(source);
  const segments: PreviewSegment[] = [];
  let end = 0;
  for (const link of links) {
    segments.push(...segmentsOf(text.slice(end, link.start)));
    segments.push({ kind: 'link', text: text.slice(link.start, link.end), href: link.uri });
    end = link.end;
  }
  segments.push(...segmentsOf(text.slice(end)));
  return segments;
}

/** What the reader would see, as data; the composer draws it in the network's manner. */
export function previewOf(
  platform: PlatformId,
  variant: Pick<Variant, 'text' | 'link' | 'media'>,
): PreviewModel {
  const rules = PLATFORM_RULES[platform];
  const text = textWithLink(rules, variant);
  const segments = rules.counting === 'graphemes_and_bytes' ? recordSegments(text) : segmentsOf(text);
  const shown = segments.reduce((length, segment) => length + segment.text.length, 0);
  const fold = rules.preview.foldAfterCharacters?.value;
  const firstLink = variant.link ?? segments.find((segment) => segment.kind === 'link')?.href;
  return {
    segments,
    layout: rules.preview.layout,
    ...(fold !== undefined && shown > fold ? { foldAt: fold } : {}),
    ...(firstLink && variant.media.length === 0 ? { card: firstLink } : {}),
  };
}
