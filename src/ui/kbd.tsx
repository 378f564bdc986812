import type { ReactNode } from 'react';
import { cn } from './cn';

/** A key or a chord, e.g. `<Kbd>g d</Kbd>`. */
export function Kbd({ children, className }: { children: ReactNode; className?: string | undefined }) {
  return (
    <kbd
      className={cn(
        'inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-md border border-line bg-transparent px-1 font-mono text-xs whitespace-nowrap text-muted',
        className,
      )}
    >
      {children}
    </kbd>
  );
}
