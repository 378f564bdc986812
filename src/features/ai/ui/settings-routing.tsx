'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { Card } from '@/ui/card';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Input } from '@/ui/input';
import { RadioGroup } from '@/ui/radio-group';
import { PROVIDER_FACTS } from '../providers.data';
import { TIER_PREFERENCE } from '../routing.data';
import { POLICIES, type ProviderId } from '../schema';
import type { SettingsPartProps } from './settings-screen';
import { moved } from './settings-values';

const WEIGHTED = ['openai', 'anthropic', 'google', 'glm', 'mistral'] as const;

/** How the next provider is chosen; when one fails, the next in line answers at no extra charge. */
export function RoutingCard({ values, set, wrong }: SettingsPartProps) {
  const t = useTranslations('ai.settings.routing');
  const { organization } = useSession();
  const chosen = organization.tier === 'enterprise';
  const order = (chosen && values.preference) || TIER_PREFERENCE[organization.tier];
  return (
    <Card title={t('title')} description={t('description')}>
      <div className="grid gap-5">
        <RadioGroup
          label={t('policy')}
          hideLabel
          value={values.policy}
          onValueChange={(policy) => set({ policy })}
          options={POLICIES.map((value) => ({
            value,
            label: t(`policies.${value}`),
            description: t(`policyHint.${value}`),
          }))}
        />
        {values.policy === 'preferred' && (
          <Preference order={order} fixed={!chosen} onChange={(preference) => set({ preference })} />
        )}
        {values.policy === 'weighted' && (
          <fieldset className="grid gap-2">
            <legend className="mb-1.5 text-sm font-medium">{t('weights')}</legend>
            <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
              {WEIGHTED.map((id) => (
                <Field
                  key={id}
                  label={PROVIDER_FACTS[id].name}
                  error={wrong(`weights.${id}`) ? t('weightFault') : undefined}
                >
                  <Input
                    type="number"
                    min={0}
                    max={100}
                    placeholder="0"
                    value={values.weights[id] ?? ''}
                    onChange={(event) => set({ weights: { ...values.weights, [id]: event.target.value } })}
                  />
                </Field>
              ))}
            </div>
            <p className="text-xs text-muted">{t('weightsHint')}</p>
          </fieldset>
        )}
      </div>
    </Card>
  );
}

type PreferenceProps = {
  order: readonly ProviderId[];
  /** The plan decides. */
  fixed: boolean;
  onChange: (order: ProviderId[]) => void;
};

function Preference({ order, fixed, onChange }: PreferenceProps) {
  const t = useTranslations('ai.settings.routing');
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{t('order')}</h3>
      <ol className="grid max-w-100 divide-y divide-line rounded-md border border-line">
        {order.map((id, index) => (
          <li key={id} className="flex min-h-9 items-center gap-2 px-3 text-sm">
            <span className="w-5 text-muted tabular-nums">{index + 1}</span>
            <span className="flex-1">{PROVIDER_FACTS[id].name}</span>
            {!fixed && (
              <>
                <IconButton
                  size="sm"
                  icon={ArrowUp}
                  label={t('up', { name: PROVIDER_FACTS[id].name })}
                  disabled={index === 0}
                  onClick={() => onChange(moved(order, index, -1))}
                />
                <IconButton
                  size="sm"
                  icon={ArrowDown}
                  label={t('down', { name: PROVIDER_FACTS[id].name })}
                  disabled={index === order.length - 1}
                  onClick={() => onChange(moved(order, index, 1))}
                />
              </>
            )}
          </li>
        ))}
      </ol>
      {fixed && <p className="text-xs text-muted">{t('orderFixed')}</p>}
    </section>
  );
}
