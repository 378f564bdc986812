'use client';
import { Check, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { cn } from '@/ui/cn';
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
  if (fields.length === 0) return null;
  return (
    <Card title={t('title')} description={t('body')} flush>
      <ul className="grid grid-cols-1 px-2.5 pb-3">
        {fields.map((one) => {
          const key = filled.get(one.field);
          return (
            <li key={one.field}>
              {readOnly ? (
                <div className={LINE}>
                  <Line field={one} filled={key !== undefined} />
                </div>
              ) : (
                <button
                  type="button"
                  onClick={() => (key === undefined ? onFill(one) : onOpen(key))}
                  className={cn(LINE, 'hover:bg-ink/6 pointer-coarse:min-h-10')}
                >
                  <Line field={one} filled={key !== undefined} />
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

const LINE = 'flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left';

function Line({ field, filled }: { field: StandardField; filled: boolean }) {
  const t = useTranslations('mapping.own');
  const Mark = filled ? Check : Plus;
  return (
    <>
      <Mark size={14} aria-hidden="true" className={cn('shrink-0', filled ? 'text-ok' : 'text-muted')} />
      <code className="min-w-0 flex-1 truncate font-mono text-xs">{field.field}</code>
      <span className="sr-only">{t(filled ? 'filled' : 'empty')}</span>
      {field.required && <Badge tone={filled ? 'neutral' : 'warn'}>{t('required')}</Badge>}
    </>
  );
}
