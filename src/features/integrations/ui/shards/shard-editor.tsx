'use client';
import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { SHARD_KINDS } from '../../shards/schema';
import type { ShardDraft } from './draft';
import { ShardFields } from './shard-fields';

/** One shard: what it becomes, when, and of which fields. */
export function ShardEditor({
  draft,
  available,
  first,
  last,
  fault,
  onChange,
  onMove,
  onRemove,
}: {
  draft: ShardDraft;
  available: readonly string[];
  first: boolean;
  last: boolean;
  /** By path within the shard. */
  fault: (path: string) => string | undefined;
  onChange: (patch: Partial<ShardDraft>) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}) {
  const t = useTranslations('shards');
  const key = draft.key || t('unnamed');
  const targets = draft.fields.flatMap(({ target }) => target.trim() || []);
  const shared = draft.identity !== null ? [draft.identity] : [];
  return (
    <li className="grid gap-3 border-b border-line pb-4 last:border-b-0">
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]">
        <Field label={t('key')} hint={t('keyHint')} error={fault('key')} required>
          <Input
            spellCheck={false}
            autoCapitalize="off"
            className="font-mono text-sm pointer-coarse:text-lg"
            value={draft.key}
            onChange={(event) => onChange({ key: event.target.value })}
          />
        </Field>
        <Field label={t('kind')} error={fault('kind')}>
          <Select
            value={draft.kind}
            options={SHARD_KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))}
            onValueChange={(value) => {
              const kind = SHARD_KINDS.find((one) => one === value);
              if (kind) onChange({ kind, ...(kind === 'activity' ? { identity: null } : {}) });
            }}
          />
        </Field>
        <div className="flex gap-1 sm:pt-6">
          <IconButton
            label={t('up', { key })}
            icon={<ArrowUp />}
            disabled={first}
            onClick={() => onMove(-1)}
          />
          <IconButton
            label={t('down', { key })}
            icon={<ArrowDown />}
            disabled={last}
            onClick={() => onMove(1)}
          />
          <IconButton label={t('remove', { key })} icon={<Trash2 />} onClick={onRemove} />
        </div>
      </div>
      <Field label={t('condition')} hint={t('conditionHint')} error={fault('condition')}>
        <Textarea
          rows={2}
          spellCheck={false}
          className="font-mono"
          value={draft.condition ?? ''}
          onChange={(event) => onChange({ condition: event.target.value || null })}
        />
      </Field>
      <ShardFields
        draft={draft}
        available={available}
        fault={(target) => fault(target === null ? 'fields' : `fields.${target}`)}
        onChange={(fields) => onChange({ fields })}
      />
      {draft.kind !== 'activity' && (
        <Field label={t('identity')} hint={t('identityHint')} error={fault('identity')} className="max-w-md">
          <Select
            value={draft.identity ?? ''}
            options={[
              { value: '', label: t('own') },
              ...[...new Set([...targets, ...shared])].map((value) => ({ value, label: value })),
            ]}
            onValueChange={(value) => onChange({ identity: value || null })}
          />
        </Field>
      )}
    </li>
  );
}
