'use client';
import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { CONFLICT_STRATEGIES, type ConflictSettings, type CrmEntity } from '@/features/crm/schema';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import type { MappingView } from '../mapping/schema';

const RULES = ['external', 'internal', 'newest', 'union', 'longest', 'max', 'min'] as const;
export type EntityPolicy = NonNullable<ConflictSettings['entities'][CrmEntity]>;
type FieldPolicy = EntityPolicy['fields'][string];

interface ConflictFieldsProps {
  type: string;
  entity: CrmEntity;
  policy: EntityPolicy;
  /** The message for what stands at a path of the body. */
  fault(path: string): string | undefined;
  onChange(policy: EntityPolicy): void;
}

/** Fields of one kind of record that are settled in a way of their own, and the kind's own rule where it asks for one. */
export function ConflictFields({ type, entity, policy, fault, onChange }: ConflictFieldsProps) {
  const t = useTranslations('integrations.fieldPolicy');
  const asked = useQuery({
    queryKey: ['mappings', type, entity],
    queryFn: () =>
      api<{ items: MappingView[] }>('GET', '/api/integrations/mappings', {
        query: { integrationType: type, entityType: entity, limit: 100 },
      }),
  });
  const at = `body.entities.${entity}`;
  const set = (field: string, own: FieldPolicy | null) => {
    const { [field]: _removed, ...others } = policy.fields;
    onChange({ ...policy, fields: own ? { ...others, [field]: own } : others });
  };
  const taken = Object.keys(policy.fields);
  const free = [...new Set(asked.data?.items.map(({ internalField }) => internalField))]
    .filter((field) => !taken.includes(field))
    .sort();
  if (asked.isError) return <ErrorState compact error={asked.error} onRetry={() => void asked.refetch()} />;
  return (
    <div className="grid gap-3">
      {policy.strategy === 'custom_rule' && (
        <RuleField
          label={t('kindRule')}
          value={policy.expression}
          error={fault(`${at}.expression`)}
          onChange={(expression) => onChange({ ...policy, expression })}
        />
      )}
      {taken.length > 0 && (
        <ul className="grid gap-3">
          {taken.map((field) => (
            <li key={field} className="grid gap-3 rounded-lg border border-line p-3">
              <FieldRow
                field={field}
                own={policy.fields[field]}
                fault={(name) => fault(name ? `${at}.fields.${field}.${name}` : `${at}.fields.${field}`)}
                onChange={(own) => set(field, own)}
              />
            </li>
          ))}
        </ul>
      )}
      <Select
        aria-label={t('add')}
        className="max-w-xs"
        placeholder={t('add')}
        value=""
        disabled={free.length === 0}
        options={free.map((field) => ({ value: field, label: field }))}
        onValueChange={(field) =>
          field && set(field, { strategy: 'external_wins', expression: null, mergeRule: null })
        }
      />
    </div>
  );
}

interface FieldRowProps {
  field: string;
  own: FieldPolicy | undefined;
  fault(name: string | null): string | undefined;
  onChange(own: FieldPolicy | null): void;
}

function FieldRow({ field, own, fault, onChange }: FieldRowProps) {
  const t = useTranslations('integrations.fieldPolicy');
  const words = useTranslations('integrations.conflicts');
  if (!own) return null;
  const choose = (value: string) => {
    const strategy = CONFLICT_STRATEGIES.find((one) => one === value) ?? own.strategy;
    onChange({
      ...own,
      strategy,
      mergeRule: strategy === 'field_merge' ? (own.mergeRule ?? 'newest') : null,
    });
  };
  return (
    <>
      <div className="flex items-start justify-between gap-2">
        <code className="min-w-0 font-mono text-sm break-all">{field}</code>
        <IconButton
          size="sm"
          label={t('remove', { field })}
          icon={<Trash2 />}
          onClick={() => onChange(null)}
        />
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t('strategy')} error={fault(null) ?? fault('strategy')}>
          <Select
            value={own.strategy}
            options={CONFLICT_STRATEGIES.map((value) => ({ value, label: words(`strategy.${value}`) }))}
            onValueChange={choose}
          />
        </Field>
        {own.strategy === 'field_merge' && (
          <Field label={t('mergeRule')} error={fault('mergeRule')}>
            <Select
              value={own.mergeRule ?? ''}
              options={RULES.map((value) => ({ value, label: t(`rules.${value}`) }))}
              onValueChange={(value) =>
                onChange({ ...own, mergeRule: RULES.find((one) => one === value) ?? null })
              }
            />
          </Field>
        )}
      </div>
      {own.strategy === 'custom_rule' && (
        <RuleField
          label={t('fieldRule')}
          value={own.expression}
          error={fault('expression')}
          onChange={(expression) => onChange({ ...own, expression })}
        />
      )}
    </>
  );
}

function RuleField(props: {
  label: string;
  value: string | null;
  error: string | undefined;
  onChange: (expression: string | null) => void;
}) {
  const t = useTranslations('integrations.conflicts');
  return (
    <Field label={props.label} hint={t('ruleHint')} error={props.error}>
      <Textarea
        rows={2}
        className="font-mono"
        spellCheck={false}
        value={props.value ?? ''}
        onChange={({ target }) => props.onChange(target.value || null)}
      />
    </Field>
  );
}

/** A kind of record that goes by what is said of all. */
export const NO_POLICY: EntityPolicy = { strategy: null, expression: null, fields: {} };
