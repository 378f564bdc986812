'use client';
import { Check, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import type { StandardField } from '../../mapping/standard';

interface Props {
  fields: readonly StandardField[];
  /** Keys of rows by our path. */
  filled: ReadonlyMap<string, string>;
  readOnly: boolean;
  onFill: (field: StandardField) => void;
  onOpen: (key: string) => void;
}

/** What such records usually have here, and which of it nothing fills yet. */
export function OwnFields({ fields, filled, readOnly, onFill, onOpen }: Props) {
  const t = useTranslations('mapping.own');
  return (
    <Card title={t('title')} description={t('body')} flush>
      <ul className="grid px-2.5 pb-3">
        {fields.map((one) => {
          const key = filled.get(one.field);
          return (
            <li key={one.field}>
              <button
                type="button"
                disabled={readOnly}
                onClick={() => (key === undefined ? onFill(one) : onOpen(key))}
                className="flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left enabled:hover:bg-ink/6 pointer-coarse:min-h-10"
              >
                {key === undefined ? (
                  <Plus size={14} aria-hidden="true" className="shrink-0 text-muted" />
                ) : (
                  <Check size={14} aria-hidden="true" className="shrink-0 text-ok" />
                )}
                <code className="min-w-0 flex-1 truncate font-mono text-xs">{one.field}</code>
                <span className="sr-only">{t(key === undefined ? 'empty' : 'filled')}</span>
                {one.required && <Badge tone={key === undefined ? 'warn' : 'neutral'}>{t('required')}</Badge>}
              </button>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
