'use client';

import { RotateCw, TriangleAlert, WifiOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from './button';
import { cn } from './cn';
import { CopyButton } from './copy-button';
import { problemKind, toProblem } from './problem';

export type ErrorStateProps = {
  /** An `ApiProblem`, an error carrying one, or anything that was thrown. */
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** What is safe; by default that nothing was changed or lost. */
  safe?: ReactNode;
  /** Another way out, e.g. a link to reconnect. */
  action?: ReactNode;
  /** Inside dialogs and widgets: one row, no frame. */
  compact?: boolean | undefined;
  className?: string | undefined;
};

/** What happened, what is safe, what to do, and the request id to tell us. */
export function ErrorState({ error, onRetry, safe, action, compact = false, className }: ErrorStateProps) {
  const t = useTranslations('common.error');
  const problem = toProblem(error);
  const kind = problemKind(error);
  const Icon = kind === 'offline' ? WifiOff : TriangleAlert;
  return (
    <div
      role="alert"
      className={cn(
        'grid justify-items-start gap-3 rounded-lg border border-danger/40 bg-danger-tint text-ink',
        compact ? 'p-3' : 'p-5',
        className,
      )}
    >
      <div className="flex gap-3">
        <Icon size={compact ? 16 : 20} aria-hidden="true" className="mt-px text-danger" />
        <div className="grid gap-1">
          <p className="font-semibold">{problem.title ?? t(`${kind}.title`)}</p>
          <p className="max-w-[60ch] text-sm">
            {problem.detail ?? t(`${kind}.body`)} {safe ?? t('safe')}
          </p>
          <p className="max-w-[60ch] text-sm">{t(`${kind}.next`)}</p>
        </div>
      </div>
      {(onRetry || action || problem.requestId) && (
        <div className={cn('flex flex-wrap items-center gap-x-3 gap-y-2', compact ? 'pl-7' : 'pl-8')}>
          {onRetry && (
            <Button size="sm" icon={<RotateCw aria-hidden="true" />} onClick={onRetry}>
              {t('retry')}
            </Button>
          )}
          {action}
          {problem.requestId && (
            <span className="inline-flex items-center gap-1 text-xs">
              {t('requestId')} <code className="font-mono">{problem.requestId}</code>
              <CopyButton value={problem.requestId} label={t('copyRequestId')} />
            </span>
          )}
        </div>
      )}
    </div>
  );
}
