import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from './button';
import { cn } from './cn';

export type ProgressProps = {
  /** What is being done, e.g. "Uploading beach.mp4". */
  label: ReactNode;
  /** 0 to `max`; null while nothing can be measured. */
  value: number | null;
  max?: number | undefined;
  /** What is happening now, e.g. "3 of 12 contacts". Replaces the percentage. */
  detail?: ReactNode;
  onCancel?: (() => void) | undefined;
  className?: string | undefined;
};

/** Work longer than three seconds: how far it is, and a way to stop it. */
export function Progress({ label, value, max = 100, detail, onCancel, className }: ProgressProps) {
  const t = useTranslations('common');
  const format = useFormatter();
  const share = value === null ? null : Math.min(1, Math.max(0, max > 0 ? value / max : 0));
  return (
    <div className={cn('grid gap-1.5', className)}>
      <div className="flex items-center justify-between gap-3 text-sm">
        <span className="min-w-0 truncate">{label}</span>
        <span className="flex shrink-0 items-center gap-2 text-muted tabular-nums">
          {detail ?? (share === null ? t('working') : format.number(share, { style: 'percent' }))}
          {onCancel && (
            <Button size="sm" variant="ghost" onClick={onCancel}>
              {t('cancel')}
            </Button>
          )}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={typeof label === 'string' ? label : t('working')}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}
        className="h-1.5 overflow-hidden rounded-full bg-ink/10"
      >
        <div
          className={cn(
            'h-full origin-left rounded-full bg-iris transition-transform duration-200',
            share === null && 'animate-pulse',
          )}
          style={{ transform: `scaleX(${share ?? 1})` }}
        />
      </div>
    </div>
  );
}
