'use client';

import { type ReactNode, useState } from 'react';
import { cn } from './cn';

export type LiveValueProps = {
  /** What to compare; strings and numbers are also shown. */
  value: string | number | null;
  /** How the value is shown, when it is not shown as it is. */
  children?: ReactNode;
  className?: string | undefined;
};

/** A value that tints coral for a moment when it changes while you watch. The first value never does. */
export function LiveValue({ value, children, className }: LiveValueProps) {
  const [seen, setSeen] = useState({ value, changes: 0 });
  if (seen.value !== value) setSeen({ value, changes: seen.changes + 1 });
  return (
    <span
      // A new key restarts the animation for every further change.
      key={seen.changes}
      className={cn('rounded-[4px] tabular-nums', seen.changes > 0 && 'animate-live', className)}
    >
      {children ?? value}
    </span>
  );
}
