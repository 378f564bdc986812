import { useTranslations } from 'next-intl';
import { cn } from './cn';

export type LiveState = 'live' | 'connecting' | 'offline' | 'paused';

const SHAPE: Record<LiveState, string> = {
  live: 'bg-coral',
  connecting: 'animate-pulse border-2 border-coral',
  offline: 'border-2 border-danger',
  paused: 'bg-muted',
};

export type LiveDotProps = {
  state: LiveState;
  /** Shows the word beside the dot; otherwise it is for screen readers. */
  showLabel?: boolean | undefined;
  className?: string | undefined;
};

/** Whether what you see is live. Filled coral: live; ring: connecting or offline; grey: paused. */
export function LiveDot({ state, showLabel = false, className }: LiveDotProps) {
  const t = useTranslations('common.live');
  return (
    <span
      role="status"
      title={t(`${state}Hint`)}
      className={cn('inline-flex items-center gap-1.5 text-xs text-muted', className)}
    >
      <span aria-hidden="true" className={cn('size-2 shrink-0 rounded-full', SHAPE[state])} />
      <span className={showLabel ? undefined : 'sr-only'}>{t(state)}</span>
    </span>
  );
}
