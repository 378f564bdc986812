import type { ReactNode } from 'react';

/** Title and one sentence of a page in the narrow column. */
export function AuthHeading({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className="grid gap-1">
      <h1 className="font-display text-2xl font-semibold tracking-tight">{title}</h1>
      {children && <p className="text-base text-muted">{children}</p>}
    </div>
  );
}
