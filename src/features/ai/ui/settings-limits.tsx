'use client';

import { useTranslations } from 'next-intl';
import { Card } from '@/ui/card';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import type { SettingsPartProps } from './settings-screen';

const SCOPES = ['quota', 'memberQuota'] as const;
const KINDS = [
  { kind: 'tokens', path: 'tokens' },
  { kind: 'requests', path: 'requests' },
  { kind: 'cost', path: 'costMicros' },
] as const;

/** Ceilings for a month: for everybody together, and for each member. */
export function LimitsCard({ values, set, wrong }: SettingsPartProps) {
  const t = useTranslations('ai.settings.limits');
  return (
    <div id="quotas" className="scroll-mt-16">
      <Card title={t('title')} description={t('description')}>
        <div className="grid gap-5">
          {SCOPES.map((scope) => (
            <fieldset key={scope} className="grid gap-2">
              <legend className="mb-1.5 text-sm font-medium">{t(scope)}</legend>
              <div className="grid items-start gap-4 sm:grid-cols-3">
                {KINDS.map(({ kind, path }) => (
                  <Field
                    key={kind}
                    label={t(`kind.${kind}`)}
                    error={wrong(`${scope}.${path}`) ? t(`fault.${kind}`) : undefined}
                  >
                    <Input
                      inputMode={kind === 'cost' ? 'decimal' : 'numeric'}
                      placeholder={t('noLimit')}
                      value={values[scope][kind]}
                      onChange={(event) => set({ [scope]: { ...values[scope], [kind]: event.target.value } })}
                    />
                  </Field>
                ))}
              </div>
            </fieldset>
          ))}
        </div>
      </Card>
    </div>
  );
}
