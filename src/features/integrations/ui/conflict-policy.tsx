'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import {
  CONFLICT_STRATEGIES,
  type ConflictSettings,
  CRM_ENTITIES,
  type CrmEntity,
} from '@/features/crm/schema';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { ConflictFields, type EntityPolicy, NO_POLICY } from './conflict-fields';
import type { CrmConnection } from './connection';

const SAME = 'same';
type Fault = (path: string) => string | undefined;

/** How records that both sides changed are settled: for the connection, for kinds of record and fields that differ. */
export function ConflictPolicy({ connection }: { connection: CrmConnection }) {
  const t = useTranslations('integrations.conflicts');
  const [policy, setPolicy] = useState<ConflictSettings>(connection.conflictPolicy);
  const { busy, error, attempt } = useAttempt();
  const fault: Fault = (path) => (error instanceof ApiProblem ? error.fault(path) : undefined);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      await api('PUT', `/api/integrations/${connection.id}/conflict-policy`, { body: withRules(policy) });
      toast.success(t('policySaved'));
    });
  };
  return (
    <Card title={t('policy')} description={t('policyBody')}>
      <form onSubmit={save} className="grid gap-4">
        <Field label={t('forAll')} className="max-w-md">
          <Select
            value={policy.strategy}
            options={CONFLICT_STRATEGIES.map((value) => ({ value, label: t(`strategy.${value}`) }))}
            onValueChange={(value) =>
              setPolicy((known) => ({ ...known, strategy: strategyOf(value) ?? known.strategy }))
            }
          />
        </Field>
        {policy.strategy === 'custom_rule' && (
          <Field label={t('rule')} hint={t('ruleHint')} error={fault('body.expression')}>
            <Textarea
              rows={3}
              className="font-mono"
              spellCheck={false}
              value={policy.expression ?? ''}
              onChange={({ target }) =>
                setPolicy((known) => ({ ...known, expression: target.value || null }))
              }
            />
          </Field>
        )}
        {CRM_ENTITIES.filter((entity) => connection.syncConfig.entities.includes(entity)).map((entity) => (
          <Kind
            key={entity}
            type={connection.platform}
            entity={entity}
            policy={policy.entities[entity] ?? NO_POLICY}
            fault={fault}
            onChange={(own) =>
              setPolicy((known) => ({ ...known, entities: { ...known.entities, [entity]: own } }))
            }
          />
        ))}
        <Button type="submit" variant="primary" className="justify-self-start" loading={busy}>
          {t('savePolicy')}
        </Button>
        {error !== null && <ErrorState compact error={error} />}
      </form>
    </Card>
  );
}

interface KindProps {
  type: string;
  entity: CrmEntity;
  policy: EntityPolicy;
  fault: Fault;
  onChange(policy: EntityPolicy): void;
}

/** One kind of record: its own word, and its fields when somebody opens them. */
function Kind({ type, entity, policy, fault, onChange }: KindProps) {
  const t = useTranslations('integrations.conflicts');
  const own = useTranslations('integrations.fieldPolicy');
  const kinds = useTranslations('integrations.sync');
  const count = Object.keys(policy.fields).length;
  const [open, setOpen] = useState(count > 0 || policy.strategy === 'custom_rule');
  return (
    <fieldset className="grid gap-3 border-t border-line pt-4">
      <legend className="sr-only">{kinds(`entity.${entity}`)}</legend>
      <div className="flex flex-wrap items-end gap-3">
        <Field label={kinds(`entity.${entity}`)} className="w-full max-w-md">
          <Select
            value={policy.strategy ?? SAME}
            options={[
              { value: SAME, label: t('same') },
              ...CONFLICT_STRATEGIES.map((value) => ({ value, label: t(`strategy.${value}`) })),
            ]}
            onValueChange={(value) => {
              onChange({ ...policy, strategy: strategyOf(value) });
              if (value === 'custom_rule') setOpen(true);
            }}
          />
        </Field>
        <Button variant="ghost" aria-expanded={open} onClick={() => setOpen((known) => !known)}>
          {own('fields', { kind: kinds(`entity.${entity}`), count })}
        </Button>
      </div>
      {open && (
        <ConflictFields type={type} entity={entity} policy={policy} fault={fault} onChange={onChange} />
      )}
    </fieldset>
  );
}

function strategyOf(value: string) {
  return CONFLICT_STRATEGIES.find((one) => one === value) ?? null;
}

/** Rules go along only where they are asked for: what nobody sees must not be what fails. */
function withRules({ strategy, expression, entities }: ConflictSettings): ConflictSettings {
  return {
    strategy,
    expression: strategy === 'custom_rule' ? expression : null,
    entities: Object.fromEntries(
      Object.entries(entities).map(([entity, own]) => [
        entity,
        {
          ...own,
          expression: own.strategy === 'custom_rule' ? own.expression : null,
          fields: Object.fromEntries(
            Object.entries(own.fields).map(([field, rule]) => [
              field,
              { ...rule, expression: rule.strategy === 'custom_rule' ? rule.expression : null },
            ]),
          ),
        },
      ]),
    ),
  };
}
