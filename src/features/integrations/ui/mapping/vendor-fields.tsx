'use client';
import { Lock, Plus, Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Skeleton } from '@/ui/skeleton';
import type { PropertyView } from '../../connections/schema';
import { pathOfProperty, type Suggestion } from '../../mapping/suggest';

const SHOWN = 100;

interface Props {
  vendor: string;
  fields: readonly PropertyView[];
  connected: boolean;
  loading: boolean;
  error: unknown;
  onRetry: () => void;
  /** Keys of rows by the vendor's path. */
  mapped: ReadonlyMap<string, string>;
  suggestions: readonly Suggestion[];
  onMap: (property: PropertyView) => void;
  onSuggested: (suggestions: readonly Suggestion[]) => void;
  onOpen: (key: string) => void;
}

/** What the vendor keeps of such a record. A field that is mapped leads to its mapping; any other begins one. */
export function VendorFields(props: Props) {
  const t = useTranslations('mapping.vendor');
  const { fields, loading, error } = props;
  return (
    <Card title={t('title', { vendor: props.vendor })} flush>
      <div className="grid grid-cols-1 gap-3 px-4 pb-4">
        {loading && (
          <div className="grid gap-2" aria-busy="true">
            {[80, 64, 72, 56, 68].map((width) => (
              <Skeleton key={width} className="h-8" />
            ))}
          </div>
        )}
        {!props.connected && <p className="text-sm text-muted">{t('disconnected')}</p>}
        {error !== null && error !== undefined && (
          <ErrorState compact error={error} safe={t('unreachable')} onRetry={props.onRetry} />
        )}
        {props.suggestions.length > 0 && <Suggested {...props} />}
        {fields.length > 0 && <FieldList {...props} />}
      </div>
    </Card>
  );
}

function Suggested({ suggestions, onSuggested }: Props) {
  const t = useTranslations('mapping.vendor');
  return (
    <section
      aria-labelledby="mapping-suggested"
      className="grid grid-cols-1 gap-2 rounded-md bg-iris-tint p-2.5"
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 id="mapping-suggested" className="text-sm font-medium">
          {t('suggested')}
        </h3>
        {suggestions.length > 1 && (
          <Button size="sm" onClick={() => onSuggested(suggestions)}>
            {t('all', { count: suggestions.length })}
          </Button>
        )}
      </div>
      <ul className="grid max-h-56 grid-cols-1 gap-1 overflow-y-auto">
        {suggestions.map((one) => (
          <li key={one.rule.externalField}>
            <button
              type="button"
              onClick={() => onSuggested([one])}
              className="flex w-full items-center gap-1.5 rounded-md px-1.5 py-1 text-left font-mono text-xs hover:bg-ink/6 pointer-coarse:min-h-10"
            >
              <Plus size={14} aria-hidden="true" className="shrink-0" />
              <span className="min-w-0 break-all">
                {one.rule.externalField} → {one.rule.internalField}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FieldList({ fields, mapped, onMap, onOpen }: Props) {
  const t = useTranslations('mapping.vendor');
  const [query, setQuery] = useState('');
  const found = useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return fields.filter(({ name, label }) =>
      words.every((word) => `${name} ${label}`.toLowerCase().includes(word)),
    );
  }, [fields, query]);
  return (
    <>
      <Field label={t('search')} hideLabel>
        <Input
          type="search"
          icon={<Search />}
          placeholder={t('search')}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </Field>
      <p role="status" className="text-xs text-muted">
        {found.length > SHOWN
          ? t('more', { shown: SHOWN, count: found.length })
          : t('count', { count: found.length })}
      </p>
      <ul className="grid max-h-[60dvh] grid-cols-1 overflow-y-auto">
        {found.slice(0, SHOWN).map((property) => {
          const key = mapped.get(pathOfProperty(property));
          return (
            <li key={property.name}>
              <button
                type="button"
                onClick={() => (key === undefined ? onMap(property) : onOpen(key))}
                className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 rounded-md px-1.5 py-1 text-left hover:bg-ink/6"
              >
                <span className="min-w-0">
                  <span className="block truncate text-sm">{property.label}</span>
                  <code className="block truncate font-mono text-xs text-muted">
                    {pathOfProperty(property)}
                  </code>
                </span>
                <span className="flex items-center gap-1">
                  {property.readOnly && <Lock size={14} role="img" aria-label={t('readOnly')} />}
                  <Badge tone={key === undefined ? 'neutral' : 'ok'}>
                    {key === undefined ? property.type : t('mapped')}
                  </Badge>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
