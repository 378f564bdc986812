'use client';

import { Check, Minus } from 'lucide-react';
import type { ChangeEvent, ComponentProps, ReactNode } from 'react';
import { cn } from './cn';
import { useFieldControl } from './field-context';

export type CheckboxProps = Omit<ComponentProps<'input'>, 'type' | 'size' | 'children'> & {
  onCheckedChange?: ((checked: boolean) => void) | undefined;
  /** Some, but not all, of what it stands for. */
  indeterminate?: boolean | undefined;
  /** Text beside the box; without it give `aria-label` or put it in a `Field`. */
  label?: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
};

/** A native checkbox in our dress: works with `register`, in plain forms and with labels around it. */
export function Checkbox({
  onCheckedChange,
  onChange,
  indeterminate = false,
  label,
  description,
  children,
  className,
  ref,
  ...props
}: CheckboxProps) {
  const text = label ?? children;
  const change = (event: ChangeEvent<HTMLInputElement>) => {
    onChange?.(event);
    onCheckedChange?.(event.target.checked);
  };
  const box = (
    <span className="relative inline-flex size-4 shrink-0">
      <input
        {...props}
        {...useFieldControl(props)}
        type="checkbox"
        ref={(element) => {
          // The mixed state exists only as a property; browsers and screen readers read it from there.
          if (element) element.indeterminate = indeterminate;
          if (typeof ref === 'function') return ref(element);
          if (ref) ref.current = element;
        }}
        onChange={change}
        className="peer size-4 cursor-pointer appearance-none rounded-[4px] border border-edge bg-surface transition-colors before:absolute before:-inset-1 checked:border-iris checked:bg-iris disabled:cursor-not-allowed disabled:opacity-50 aria-invalid:border-danger indeterminate:border-iris indeterminate:bg-iris"
      />
      {indeterminate ? (
        <Minus
          aria-hidden="true"
          className="pointer-events-none absolute inset-0 m-auto size-3 stroke-[2.5] text-on-iris"
        />
      ) : (
        <Check
          aria-hidden="true"
          className="pointer-events-none absolute inset-0 m-auto size-3 text-on-iris opacity-0 peer-checked:opacity-100"
          strokeWidth={2.5}
        />
      )}
    </span>
  );
  if (!text) return <span className={cn('inline-flex', className)}>{box}</span>;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the box inside
    <label className={cn('inline-flex items-start gap-2 text-base text-ink', className)}>
      <span className="flex h-5 items-center">{box}</span>
      <span className="grid">
        <span>{text}</span>
        {description && <span className="text-xs text-muted">{description}</span>}
      </span>
    </label>
  );
}
