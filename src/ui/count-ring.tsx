import { useFormatter, useTranslations } from 'next-intl';
import { cn } from './cn';
import { countShare, countState } from './count-state';

const TONE = { calm: 'text-iris', near: 'text-warn', full: 'text-warn', over: 'text-danger' };
const RADIUS = 7;
const LENGTH = 2 * Math.PI * RADIUS;

export type CountRingProps = {
  used: number;
  limit: number;
  /** What is counted, e.g. "Characters on Bluesky". */
  label: string;
  /** The rule it breaks, shown in words when it is broken, e.g. "Bluesky allows 300 characters". */
  rule?: string | undefined;
  /** Always shows how many are left; otherwise only from 80 % on. */
  showCount?: boolean | undefined;
  className?: string | undefined;
};

/** A ring that fills towards a limit, counts down near it, and names the rule when it is broken. */
export function CountRing({ used, limit, label, rule, showCount = false, className }: CountRingProps) {
  const t = useTranslations('common.count');
  const format = useFormatter();
  const state = countState(used, limit);
  const left = limit - used;
  const spoken =
    state === 'over'
      ? t('over', { label, over: format.number(-left), limit: format.number(limit) })
      : t('left', { label, left: format.number(left), limit: format.number(limit) });
  return (
    <span className={cn('inline-flex items-center gap-1.5 text-xs', TONE[state], className)}>
      <svg viewBox="0 0 18 18" className="size-4.5 shrink-0" role="img" aria-label={spoken}>
        <circle cx="9" cy="9" r={RADIUS} fill="none" className="stroke-line" strokeWidth="2.5" />
        <circle
          cx="9"
          cy="9"
          r={RADIUS}
          fill="none"
          stroke="currentColor"
          strokeWidth="2.5"
          strokeDasharray={LENGTH}
          strokeDashoffset={LENGTH * (1 - countShare(used, limit))}
          transform="rotate(-90 9 9)"
        />
        {state === 'over' && <path d="M6.5 6.5l5 5m0-5l-5 5" stroke="currentColor" strokeWidth="1.5" />}
      </svg>
      {(showCount || state !== 'calm') && (
        <span aria-hidden="true" className="font-medium tabular-nums">
          {format.number(left)}
        </span>
      )}
      {state === 'over' && rule && <span className="font-medium">{rule}</span>}
    </span>
  );
}
