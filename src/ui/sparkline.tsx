import { cn } from './cn';
import { sparklineShape } from './sparkline-path';

const WIDTH = 88;
const HEIGHT = 24;

export type SparklineProps = {
  /** Oldest first; null where nothing was measured. */
  values: readonly (number | null)[];
  /** What a screen reader says; without it the line is decoration beside a number that says it all. */
  label?: string | undefined;
  className?: string | undefined;
};

/** The shape of a number over time. Zero is the baseline; the newest point is marked. */
export function Sparkline({ values, label, className }: SparklineProps) {
  const { lines, dots, last } = sparklineShape(values, WIDTH, HEIGHT, 2.5);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={cn('h-6 w-22 overflow-visible text-iris', className)}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      {lines.map((line) => (
        <path
          key={line}
          d={line}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinejoin="round"
        />
      ))}
      {dots.map((dot) => (
        <circle key={dot.x} cx={dot.x} cy={dot.y} r="1" fill="currentColor" />
      ))}
      {last && <circle cx={last.x} cy={last.y} r="2.5" className="fill-coral" />}
    </svg>
  );
}
