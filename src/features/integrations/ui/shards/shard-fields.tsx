'use client';
import { Plus, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId } from 'react';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { standardFields } from '../../mapping/standard';
import { nextId, type ShardDraft } from './draft';

type Row = ShardDraft['fields'][number];

/** Which field of the record fills which of the shard. */
export function ShardFields({
  draft,
  available,
  fault,
  onChange,
}: {
  draft: ShardDraft;
  available: readonly string[];
  /** Of a field of the shard, or of all of them. */
  fault: (target: string | null) => string | undefined;
  onChange: (fields: Row[]) => void;
}) {
  const t = useTranslations('shards');
  const list = useId();
  const known = draft.kind === 'activity' ? ['kind', 'text', 'at'] : standardNames(draft.kind);
  const put = (id: number, patch: Partial<Row>) =>
    onChange(draft.fields.map((row) => (row.id === id ? { ...row, ...patch } : row)));
  return (
    <fieldset className="grid gap-2">
      <legend className="pb-1 text-sm font-medium">{t('fields')}</legend>
      <datalist id={list}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {draft.fields.map(({ id, target, source }) => (
        <div
          key={id}
          className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]"
        >
          <Field label={t('target')} className="max-sm:col-span-2">
            <Input
              list={list}
              spellCheck={false}
              autoCapitalize="off"
              className="font-mono text-sm pointer-coarse:text-lg"
              value={target}
              onChange={(event) => put(id, { target: event.target.value })}
            />
          </Field>
          <Field label={t('source')} error={target ? fault(target) : undefined}>
            <Select
              value={source}
              placeholder={t('choose')}
              options={[...new Set([...available, ...(source ? [source] : [])])].map((value) => ({
                ...{ value, label: value },
              }))}
              onValueChange={(value) => put(id, { source: value })}
            />
          </Field>
          <IconButton
            label={t('removeField', { field: target || t('choose') })}
            icon={<X />}
            onClick={() => onChange(draft.fields.filter((row) => row.id !== id))}
          />
        </div>
      ))}
      {fault(null) && (
        <p role="alert" className="text-sm text-danger">
          {fault(null)}
        </p>
      )}
      <Button
        size="sm"
        icon={<Plus />}
        className="justify-self-start"
        onClick={() => onChange([...draft.fields, { id: nextId(draft.fields), target: '', source: '' }])}
      >
        {t('addField')}
      </Button>
    </fieldset>
  );
}

function standardNames(kind: string): string[] {
  return standardFields(kind).map(({ field }) => field);
}
