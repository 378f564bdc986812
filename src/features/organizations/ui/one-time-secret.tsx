'use client';
import type { ReactNode } from 'react';
import { CopyButton } from '@/ui/copy-button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';

/** Something that is shown once: a link, a key. */
export function OneTimeSecret({
  value,
  label,
  children,
}: {
  value: string;
  label: string;
  children: ReactNode;
}) {
  return (
    <div className="grid gap-3">
      <p className="text-base text-muted">{children}</p>
      <Field label={label}>
        <Input
          readOnly
          value={value}
          className="font-mono text-xs"
          onFocus={(event) => event.target.select()}
        />
      </Field>
      <CopyButton value={value} />
    </div>
  );
}
