'use client';

import { ChevronDown } from 'lucide-react';
import type { ChangeEvent, ComponentProps } from 'react';
import { cn } from './cn';
import { controlBox } from './control-styles';
import { useFieldControl } from './field-context';

export type SelectOption = { value: string; label: string; disabled?: boolean | undefined };

export type SelectProps = Omit<ComponentProps<'select'>, 'children' | 'multiple' | 'size'> & {
  options: readonly SelectOption[];
  onValueChange?: ((value: string) => void) | undefined;
  /** Shown while nothing is chosen (value ''). */
  placeholder?: string | undefined;
};

/**
 * One of a few. The browser's own list on purpose: it works in forms without JavaScript, with every
 * screen reader and as the wheel phones show; searching long lists is the command palette's work.
 */
export function Select({
  options,
  onValueChange,
  onChange,
  placeholder,
  className,
  value,
  ...props
}: SelectProps) {
  const change = (event: ChangeEvent<HTMLSelectElement>) => {
    onChange?.(event);
    onValueChange?.(event.target.value);
  };
  return (
    <span className={cn('relative block', className)}>
      <select
        {...props}
        {...useFieldControl(props)}
        {...(value === undefined ? {} : { value })}
        onChange={change}
        className={cn(controlBox, 'h-8 appearance-none truncate pr-8 pointer-coarse:h-10')}
      >
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        size={16}
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
