'use client';

import { type ReactNode, useId } from 'react';
import { cn } from './cn';

export type RadioOption<T extends string = string> = {
  value: T;
  label: ReactNode;
  description?: ReactNode;
  disabled?: boolean | undefined;
};

export type RadioGroupProps<T extends string = string> = {
  value?: T | undefined;
  defaultValue?: T | undefined;
  onValueChange?: ((value: T) => void) | undefined;
  options: readonly RadioOption<T>[];
  /** The question the options answer. */
  label: ReactNode;
  hideLabel?: boolean | undefined;
  name?: string | undefined;
  disabled?: boolean | undefined;
  className?: string | undefined;
};

/** One of a few that deserve a sentence each. */
export function RadioGroup<T extends string>(props: RadioGroupProps<T>) {
  const generated = useId();
  return (
    <fieldset disabled={props.disabled} className={cn('grid gap-2', props.className)}>
      <legend className={cn('mb-1.5 text-sm font-medium', props.hideLabel && 'sr-only')}>
        {props.label}
      </legend>
      {props.options.map((option) => (
        <label key={option.value} className="flex items-start gap-2 has-disabled:opacity-60">
          <input
            type="radio"
            name={props.name ?? generated}
            value={option.value}
            disabled={option.disabled}
            {...(props.value === undefined
              ? { defaultChecked: props.defaultValue === option.value }
              : { checked: props.value === option.value })}
            onChange={() => props.onValueChange?.(option.value)}
            className="mt-0.5 size-4 shrink-0 appearance-none rounded-full border border-edge bg-surface checked:border-[5px] checked:border-iris"
          />
          <span className="grid">
            <span>{option.label}</span>
            {option.description && <span className="text-xs text-muted">{option.description}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
