'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { CONFLICT_STRATEGIES, type ConflictSettings } from '@/features/crm/schema';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import type { CrmConnection } from './connection';

const SAME = 'same';

/** How records that both sides changed are settled: for the connection, and for kinds of record that differ. */
export function ConflictPolicy({ connection }: { connection: CrmConnection }) {
  const t = useTranslations('integrations.conflicts');
  const kinds = useTranslations('integrations.sync');
  const [policy, setPolicy] = useState<ConflictSettings>(connection.conflictPolicy);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fault = error instanceof ApiProblem ? error.fault('body.expression') : undefined;
  const strategies = CONFLICT_STRATEGIES.map((value) => ({ value, label: t(`strategy.${value}`) }));
  const writes =
    policy.strategy === 'custom_rule' ||
    Object.values(policy.entities).some((own) => own?.strategy === 'custom_rule');
  const strategyOf = (value: string) => CONFLICT_STRATEGIES.find((one) => one === value) ?? null;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      // A kind of record that asks for the rule uses the same one.
      const entities = Object.fromEntries(
        Object.entries(policy.entities).map(([entity, own]) => [
          entity,
          own.strategy === 'custom_rule' ? { ...own, expression: own.expression ?? policy.expression } : own,
        ]),
      );
      const body = { ...policy, entities };
      await api('PUT', `/api/integrations/${connection.id}/conflict-policy`, { body });
      toast.success(t('policySaved'));
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t('policy')} description={t('policyBody')}>
      <form onSubmit={save} className="grid gap-4">
        <Field label={t('forAll')} className="max-w-md">
          <Select
            value={policy.strategy}
            options={strategies}
            onValueChange={(value) =>
              setPolicy((known) => ({ ...known, strategy: strategyOf(value) ?? known.strategy }))
            }
          />
        </Field>
        <div className="grid gap-4 sm:grid-cols-3">
          {connection.syncConfig.entities.map((entity) => (
            <Field key={entity} label={kinds(`entity.${entity}`)}>
              <Select
                value={policy.entities[entity]?.strategy ?? SAME}
                options={[{ value: SAME, label: t('same') }, ...strategies]}
                onValueChange={(value) =>
                  setPolicy((known) => ({
                    ...known,
                    entities: {
                      ...known.entities,
                      [entity]: {
                        ...(known.entities[entity] ?? { fields: {} }),
                        strategy: strategyOf(value),
                        expression: null,
                      },
                    },
                  }))
                }
              />
            </Field>
          ))}
        </div>
        {writes && (
          <Field label={t('rule')} hint={t('ruleHint')} error={fault}>
            <Textarea
              rows={3}
              className="font-mono"
              value={policy.expression ?? ''}
              onChange={({ target }) =>
                setPolicy((known) => ({ ...known, expression: target.value || null }))
              }
            />
          </Field>
        )}
        <Button type="submit" variant="primary" className="justify-self-start" loading={busy}>
          {t('savePolicy')}
        </Button>
        {error !== null && !fault && <ErrorState compact error={error} />}
      </form>
    </Card>
  );
}
