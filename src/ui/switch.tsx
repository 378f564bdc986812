'use client';

import type { ChangeEvent, ComponentProps, ReactNode } from 'react';
import { cn } from './cn';
import { useFieldControl } from './field-context';

export type SwitchProps = Omit<ComponentProps<'input'>, 'type' | 'size' | 'role' | 'children'> & {
  onCheckedChange?: ((checked: boolean) => void) | undefined;
  /** Text before the switch; without it give `aria-label` or put it in a `Field`. */
  label?: ReactNode;
  description?: ReactNode;
};

/** On or off, taking effect at once. Choices that wait for "Save" are checkboxes. */
export function Switch({ onCheckedChange, onChange, label, description, className, ...props }: SwitchProps) {
  const change = (event: ChangeEvent<HTMLInputElement>) => {
    onChange?.(event);
    onCheckedChange?.(event.target.checked);
  };
  const control = (
    <input
      {...props}
      {...useFieldControl(props)}
      type="checkbox"
      // A native checkbox tells its own state; aria-checked beside it could only contradict it.
      // biome-ignore lint/a11y/useAriaPropsForRole: see above
      role="switch"
      onChange={change}
      className="relative h-5 w-9 shrink-0 cursor-pointer appearance-none rounded-full border border-edge bg-sunken transition-colors before:absolute before:top-1/2 before:left-0.5 before:size-3.5 before:-translate-y-1/2 before:rounded-full before:bg-muted before:transition-[left,background-color] after:absolute after:-inset-y-1 after:inset-x-0 checked:border-iris checked:bg-iris checked:before:left-[calc(100%-1rem)] checked:before:bg-on-iris disabled:cursor-not-allowed disabled:opacity-50"
    />
  );
  if (!label) return <span className={cn('inline-flex', className)}>{control}</span>;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the switch inside
    <label className={cn('flex items-start justify-between gap-4 text-base text-ink', className)}>
      <span className="grid">
        <span>{label}</span>
        {description && <span className="text-xs text-muted">{description}</span>}
      </span>
      {control}
    </label>
  );
}
