'use client';

import { type ReactNode, useId } from 'react';
import { cn } from './cn';
import { type IconProp, renderIcon } from './icon';

export type SegmentedControlProps<T extends string = string> = {
  value: T;
  onValueChange: (value: T) => void;
  options: readonly {
    value: T;
    label: ReactNode;
    icon?: IconProp;
    /** Shows the icon alone; `label` stays its name. */
    iconOnly?: boolean | undefined;
    disabled?: boolean | undefined;
  }[];
  'aria-label': string;
  size?: 'sm' | 'md' | undefined;
  className?: string | undefined;
};

/** Two to five views of the same thing, e.g. day, week, month. Arrow keys move. */
export function SegmentedControl<T extends string>(props: SegmentedControlProps<T>) {
  const name = useId();
  return (
    <div
      role="radiogroup"
      aria-label={props['aria-label']}
      className={cn('inline-flex rounded-md border border-line bg-sunken p-0.5', props.className)}
    >
      {props.options.map((option) => (
        <label
          key={option.value}
          className={cn(
            'inline-flex items-center justify-center gap-1.5 rounded-[4px] px-2.5 text-sm whitespace-nowrap text-muted transition-colors has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-checked:ring-1 has-checked:ring-line has-disabled:opacity-50 has-focus-visible:outline-2 has-focus-visible:outline-iris hover:text-ink [&_svg]:size-4',
            props.size === 'sm' ? 'h-6 pointer-coarse:h-8' : 'h-7 pointer-coarse:h-9',
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === props.value}
            disabled={option.disabled}
            onChange={() => props.onValueChange(option.value)}
            className="sr-only"
          />
          {renderIcon(option.icon)}
          <span className={cn(option.iconOnly && 'sr-only')}>{option.label}</span>
        </label>
      ))}
    </div>
  );
}
