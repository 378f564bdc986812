import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';

/** An error beside what caused it. Renders nothing when there is none, and is announced when one appears. */
export function FormError({
  id,
  children,
  className,
}: {
  id?: string | undefined;
  children?: ReactNode;
  className?: string | undefined;
}) {
  return (
    <p id={id} role="alert" className={cn('flex items-start gap-1.5 text-sm text-danger', className)}>
      {children && (
        <>
          <CircleAlert size={16} aria-hidden="true" className="mt-0.5" />
          <span>{children}</span>
        </>
      )}
    </p>
  );
}
