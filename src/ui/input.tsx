'use client';

import type { ComponentProps } from 'react';
import { cn } from './cn';
import { controlBox } from './control-styles';
import { useFieldControl } from './field-context';
import { type IconProp, renderIcon } from './icon';

export type InputProps = ComponentProps<'input'> & {
  /** Drawn inside, before the text. */
  icon?: IconProp;
};

/** A single-line text input. Works with `register` of react-hook-form and in plain forms. */
export function Input({ className, icon, ...props }: InputProps) {
  const control = (
    <input
      {...props}
      {...useFieldControl(props)}
      className={cn(controlBox, 'h-8 pointer-coarse:h-10', icon && 'pl-8', className)}
    />
  );
  if (!icon) return control;
  return (
    <span className="relative block">
      <span
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-muted [&_svg]:size-4"
      >
        {renderIcon(icon)}
      </span>
      {control}
    </span>
  );
}
