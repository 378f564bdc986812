'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from './icon-button';

const CONFIRM_MS = 1600;

export type CopyButtonProps = {
  value: string;
  /** What is copied, e.g. "Copy request id"; plain "Copy" by default. */
  label?: string | undefined;
  className?: string | undefined;
};

/** Copies a value and says so, also to screen readers; says how to copy by hand where the browser refuses. */
export function CopyButton({ value, label, className }: CopyButtonProps) {
  const t = useTranslations('common');
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const copy = async () => {
    clearTimeout(timer.current);
    try {
      await navigator.clipboard.writeText(value);
      setState('copied');
    } catch {
      setState('refused');
    }
    timer.current = setTimeout(() => setState('idle'), CONFIRM_MS);
  };
  const spoken = { idle: '', copied: t('copied'), refused: t('copyRefused') }[state];
  return (
    <span className="inline-flex items-center">
      <IconButton
        size="sm"
        label={label ?? t('copy')}
        icon={
          state === 'copied' ? <Check className="text-ok" aria-hidden="true" /> : <Copy aria-hidden="true" />
        }
        onClick={copy}
        className={className}
      />
      <span role="status" className={state === 'refused' ? 'text-xs text-danger' : 'sr-only'}>
        {spoken}
      </span>
    </span>
  );
}
