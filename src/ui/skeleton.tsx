import { cn } from './cn';

/** A grey block in the shape of what is loading. Put `aria-busy` on the region, not here. */
export function Skeleton({ className }: { className?: string | undefined }) {
  return <div aria-hidden="true" className={cn('animate-pulse rounded-md bg-ink/8', className)} />;
}
