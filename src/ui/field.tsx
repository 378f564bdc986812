'use client';

import { type ReactNode, useId } from 'react';
import { cn } from './cn';
import { FieldContext } from './field-context';
import { FormError } from './form-error';

export type FieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong and how to mend it; also marks the control invalid. */
  error?: string | undefined;
  required?: boolean | undefined;
  /** Beside the label, e.g. "Optional" or a link. */
  aside?: ReactNode;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean | undefined;
  className?: string | undefined;
  /** One control: `Input`, `Textarea`, `Select`, `Checkbox`, `Switch`. It finds its ids by itself. */
  children: ReactNode;
};

/** Label, control, hint and error, wired for assistive technology. */
export function Field({
  label,
  hint,
  error,
  required = false,
  aside,
  hideLabel,
  className,
  children,
}: FieldProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const described = [error ? errorId : null, hint ? hintId : null].filter(Boolean).join(' ');
  return (
    <FieldContext
      value={{
        controlId: `${id}-control`,
        labelId: `${id}-label`,
        describedBy: described || undefined,
        invalid: Boolean(error),
        required,
      }}
    >
      <div className={cn('grid gap-1.5', className)}>
        <div className={cn('flex items-baseline justify-between gap-3', hideLabel && 'sr-only')}>
          <label id={`${id}-label`} htmlFor={`${id}-control`} className="text-sm font-medium text-ink">
            {label}
            {required && (
              <span aria-hidden="true" className="text-danger">
                {' *'}
              </span>
            )}
          </label>
          {aside && <span className="text-xs text-muted">{aside}</span>}
        </div>
        {children}
        {error && <FormError id={errorId}>{error}</FormError>}
        {hint && (
          <p id={hintId} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </FieldContext>
  );
}
