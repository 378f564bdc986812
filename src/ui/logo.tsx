import { cn } from './cn';
import { Mark } from './mark';

/** Mark and word-mark. The name is text, so it is read once and scales with the page. */
export function Logo({ className }: { className?: string | undefined }) {
  return (
    <span className={cn('inline-flex items-center gap-2', className)}>
      <Mark />
      <span className="font-display text-xl leading-none font-bold tracking-tight text-ink">IriSync</span>
    </span>
  );
}
