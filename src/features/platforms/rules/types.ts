import type { AudioCodec, MediaKind, PlatformId, VideoCodec } from '@/features/platforms/schema';

/**
 * A figure a network sets, with where it was read and when. `documented`: the network's own page says so. `default`: sources
 * disagree or are secondary, so this is our configurable assumption. `live`: the network may tell its own value at run time,
 * which then beats this one.
 */
export interface Figure<T = number> {
  readonly value: T;
  readonly basis: 'documented' | 'default';
  readonly live?: true;
  readonly source: string;
  /** ISO date of the last check against the source. */
  readonly checked: string;
}

/** How a network measures text. The unit of `text.max`. */
export type CountingMethod =
  | 'weighted'
  | 'graphemes_and_bytes'
  | 'mastodon'
  | 'threads'
  | 'bytes'
  | 'characters';

export interface VisualLimits {
  mimes: Figure<readonly string[]>;
  bytesMax?: Figure;
  bytesMin?: Figure;
  /** Width ÷ height, smallest and largest. */
  ratio?: Figure<readonly [number, number]>;
  widthMin?: Figure;
  heightMin?: Figure;
  pixelsMax?: Figure;
  secondsMin?: Figure;
  secondsMax?: Figure;
  framesPerSecond?: Figure<readonly [number, number]>;
  /** Absent where the network takes whatever its own converter reads. */
  videoCodecs?: Figure<readonly VideoCodec[]>;
  audioCodecs?: Figure<readonly AudioCodec[]>;
  pagesMax?: Figure;
}

/** Kinds that may stand together in one post, and how many. */
export interface MediaGroup {
  kinds: readonly MediaKind[];
  min: number;
  max: Figure;
  /** Every item must have the ratio of the first. */
  sameRatio?: true;
}

export interface Cap {
  name: string;
  scope: 'account' | 'app';
  what: 'posts' | 'uploads' | 'requests' | 'points' | 'logins';
  windowSeconds: number;
  limit: Figure;
}

export interface PlatformRules {
  readonly platform: PlatformId;
  readonly name: string;
  /** The practice network: labelled wherever it shows. */
  readonly sandbox?: true;
  readonly counting: CountingMethod;
  readonly text: {
    max: Figure;
    /** Second bound where the network has one (Bluesky: bytes beside graphemes). */
    bytesMax?: Figure;
    /** Bound for accounts with a paid subscription. */
    longMax?: Figure;
    /** Bound where the post carries pictures instead of a video. */
    maxWithImages?: Figure;
    /** Text is needed always, only where there is no media, or never. */
    required: 'always' | 'without_media' | 'never';
    /** Characters the network refuses. */
    forbidden?: Figure<string>;
    hashtagsMax?: Figure;
    mentionsMax?: Figure;
    linksMax?: Figure;
  };
  readonly title?: { max: Figure; required: boolean };
  /** Sum of the characters of all tags. */
  readonly tagsCharactersMax?: Figure;
  readonly linkMax?: Figure;
  /** Where `link` goes: into the text, into its own field, or a card where there is no media and else into the text. */
  readonly linkPlacement: 'text' | 'field' | 'card_or_text';
  readonly media: {
    required: boolean;
    groups: readonly MediaGroup[];
    image?: VisualLimits;
    gif?: VisualLimits;
    video?: VisualLimits;
    document?: VisualLimits;
    altTextMax?: Figure;
    /** Stricter limits of a special shape, chosen by `settings.format`. */
    formats?: Readonly<Record<string, VisualLimits>>;
  };
  /** Where accounts differ in whom they may show a post to: the setting that chooses, if any, and its value for everybody. */
  readonly visibility?: { setting?: string; everybody: string; limited: string };
  /** Parts of a thread including the root; 0 = none. */
  readonly threadPartsMax: number;
  readonly comment?: { max: Figure };
  readonly caps: readonly Cap[];
  /** Where the network cuts a post with "more"; for the preview. */
  readonly preview: { foldAfterCharacters?: Figure; layout: 'grid' | 'carousel' | 'single' };
}

/** Builds figures of one file: same check date, sources named once. */
export function figures(checked: string) {
  return {
    documented: <T>(value: T, source: string): Figure<T> => ({ value, basis: 'documented', source, checked }),
    assumed: <T>(value: T, source: string): Figure<T> => ({ value, basis: 'default', source, checked }),
    live: <T>(value: T, source: string, basis: 'documented' | 'default' = 'documented'): Figure<T> => ({
      value,
      basis,
      live: true,
      source,
      checked,
    }),
  };
}

export const KB = 1_000;
export const MB = 1_000 * KB;
export const GB = 1_000 * MB;
export const HOUR = 3_600;
export const DAY = 24 * HOUR;
