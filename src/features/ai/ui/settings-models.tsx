'use client';

import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { MODEL_CLASSES } from '@/features/tokens/tiers.data';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { FormError } from '@/ui/form-error';
import { Skeleton } from '@/ui/skeleton';
import type { ProviderStatus } from '../directory';
import { PROVIDER_FACTS } from '../providers.data';
import { classesFor } from '../routing.data';
import { type ProviderId, TASK_TYPES } from '../schema';
import { useProviders } from './providers-screen';
import type { SettingsPartProps } from './settings-screen';

/** Which providers and models may be asked at all. The plan opens classes; the organisation narrows them. */
export function ModelsCard({ values, set, wrong }: SettingsPartProps) {
  const t = useTranslations('ai.settings.models');
  const models = useTranslations('ai.models');
  const { organization } = useSession();
  const answer = useProviders(organization.id);
  const open = new Set(TASK_TYPES.flatMap((task) => [...classesFor(organization.tier, task)]));
  const providers = answer.data?.providers.filter((one) => !one.sandbox) ?? [];
  const ids = providers.map(({ id }) => id);
  const allowed = values.allowedProviders ?? ids;
  const allow = (id: ProviderId, on: boolean) => {
    const next = ids.filter((one) => (one === id ? on : allowed.includes(one)));
    // All of them is no restriction: a provider added later is then allowed too.
    set({ allowedProviders: next.length === ids.length ? null : next });
  };
  return (
    <Card
      title={t('title')}
      description={t('plan', {
        classes: MODEL_CLASSES.filter((one) => open.has(one))
          .map((one) => models(`classes.${one}`))
          .join(', '),
      })}
    >
      {answer.error && !answer.data ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} compact />
      ) : !answer.data ? (
        <Skeleton className="h-48" />
      ) : (
        <div className="grid gap-1">
          {wrong('allowedProviders') && <FormError>{t('noneAllowed')}</FormError>}
          <ul className="grid divide-y divide-line">
            {providers.map((provider) => (
              <li key={provider.id} className="grid gap-2 py-3 first:pt-0 last:pb-0">
                <span className="flex flex-wrap items-center gap-2">
                  <Checkbox
                    checked={allowed.includes(provider.id)}
                    onCheckedChange={(on) => allow(provider.id, on)}
                  >
                    <span className="font-medium">{PROVIDER_FACTS[provider.id].name}</span>
                  </Checkbox>
                  {!provider.configured && <Badge>{t('notSetUp')}</Badge>}
                </span>
                {allowed.includes(provider.id) && (
                  <Models
                    provider={provider}
                    open={open}
                    blocked={values.blockedModels}
                    onChange={(blockedModels) => set({ blockedModels })}
                  />
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

type ModelsProps = {
  provider: ProviderStatus;
  /** Classes the plan opens. */
  open: ReadonlySet<string>;
  blocked: readonly string[];
  onChange: (blocked: string[]) => void;
};

function Models({ provider, open, blocked, onChange }: ModelsProps) {
  const t = useTranslations('ai.settings.models');
  const models = useTranslations('ai.models');
  return (
    <div className="flex flex-wrap gap-x-5 gap-y-1.5 pl-6">
      {provider.models
        .filter((model) => model.routable)
        .map((model) => (
          <Checkbox
            key={model.id}
            checked={open.has(model.class) && !blocked.includes(model.id)}
            disabled={!open.has(model.class)}
            onCheckedChange={(on) =>
              onChange(on ? blocked.filter((id) => id !== model.id) : [...blocked, model.id])
            }
            label={<code className="font-mono text-xs">{model.id}</code>}
            description={
              open.has(model.class)
                ? models(`classes.${model.class}`)
                : t('higherPlan', { class: models(`classes.${model.class}`) })
            }
          />
        ))}
    </div>
  );
}
