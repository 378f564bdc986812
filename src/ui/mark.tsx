import { cn } from './cn';
import { MARK } from './mark-source';

/** The IriSync mark without the word. Decorative unless `label` is given. */
export function Mark({ className, label }: { className?: string | undefined; label?: string | undefined }) {
  return (
    <svg
      viewBox={MARK.viewBox}
      className={cn('size-6 shrink-0', className)}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <g fill="none" className="stroke-iris" strokeWidth={MARK.strokeWidth} strokeLinecap="round">
        <path d={MARK.outer} />
        <path d={MARK.inner} />
      </g>
      <circle {...MARK.dot} className="fill-coral" />
    </svg>
  );
}
