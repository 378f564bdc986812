import { cn } from './cn';

const SIZE = {
  sm: 'size-5 text-[10px]',
  md: 'size-7 text-xs',
  lg: 'size-10 text-base',
};

export type AvatarProps = {
  name: string;
  src?: string | null | undefined;
  size?: keyof typeof SIZE | undefined;
  className?: string | undefined;
};

/** First letters of the first and last word, e.g. "Ada King Lovelace" → "AL". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return [first, last]
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}

/** A person or a channel. The initials lie under the picture, so a picture that fails leaves them. */
export function Avatar({ name, src, size = 'md', className }: AvatarProps) {
  return (
    <span
      role="img"
      aria-label={name}
      className={cn(
        'relative inline-flex shrink-0 items-center justify-center overflow-hidden rounded-full bg-iris-tint font-medium text-iris-text select-none',
        SIZE[size],
        className,
      )}
    >
      {/* As generated content: letters on a picture are not text that a name would have to repeat. */}
      <span
        aria-hidden="true"
        data-letters={initials(name)}
        className="before:content-[attr(data-letters)]"
      />
      {src && (
        // biome-ignore lint/performance/noImgElement: avatars come from many hosts at their final size
        <img
          src={src}
          alt=""
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
          className="absolute inset-0 size-full object-cover"
        />
      )}
    </span>
  );
}
