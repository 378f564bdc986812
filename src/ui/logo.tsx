import { cn } from './cn';
import { Mark } from './mark';
import { WORDMARK } from './mark-source';

/** Mark and word-mark, read as one name. */
export function Logo({ className }: { className?: string | undefined }) {
  return (
    <span role="img" aria-label="IriSync" className={cn('inline-flex items-center gap-2', className)}>
      <Mark />
      <svg
        viewBox={`0 0 ${WORDMARK.width} ${WORDMARK.height}`}
        aria-hidden="true"
        className="h-5.5 w-auto fill-ink"
      >
        <path d={WORDMARK.path} />
      </svg>
    </span>
  );
}
