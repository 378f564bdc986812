'use client';

import type { ComponentProps } from 'react';
import { cn } from './cn';
import { controlBox } from './control-styles';
import { useFieldControl } from './field-context';

/** Several lines of text; grows with its content where the browser can. */
export function Textarea({ className, rows = 4, ...props }: ComponentProps<'textarea'>) {
  return (
    <textarea
      {...props}
      {...useFieldControl(props)}
      rows={rows}
      className={cn(controlBox, 'field-sizing-content min-h-20 py-1.5', className)}
    />
  );
}
