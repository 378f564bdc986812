'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Tone } from '@/ui/badge';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { StatusBadge } from '@/ui/status-badge';
import type { ProviderStatus } from '../directory';
import { PROVIDER_FACTS } from '../providers.data';
import { durationText } from './amounts';
import { ModelTable } from './model-table';
import { anyModel, type ProviderState, providerState } from './provider-state';

const TONES: Record<ProviderState, Tone> = {
  off: 'neutral',
  open: 'danger',
  half_open: 'warn',
  cooling: 'warn',
  ready: 'ok',
  inUse: 'warn',
  standby: 'neutral',
};

type ProviderPanelProps = {
  provider: ProviderStatus;
  providers: readonly ProviderStatus[];
  /** Models the plan and the settings allow, as `provider/model`; null while unknown. */
  allowed: ReadonlySet<string> | null;
};

/** One provider: whether it can answer, how it has been doing, its models. */
export function ProviderPanel({ provider, providers, allowed }: ProviderPanelProps) {
  const t = useTranslations('ai.providers');
  const state = providerState(provider, providers);
  const facts = PROVIDER_FACTS[provider.id];
  return (
    <section className="grid min-w-0 gap-3 p-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 className="flex flex-wrap items-center gap-2 text-base font-semibold">
          {facts.name}
          {provider.sandbox && <SandboxTag />}
        </h2>
        <StatusBadge tone={TONES[state]}>{t(`state.${state}`)}</StatusBadge>
      </div>
      <div className="-mt-2 grid gap-0.5 text-sm text-muted">
        <p className="max-w-[90ch]">
          <Explanation provider={provider} state={state} others={anyModel(providers)} />
        </p>
        <p>{provider.capabilities.map((one) => t(`capability.${one}`)).join(' · ')}</p>
      </div>
      {provider.configured && <Metrics metrics={provider.metrics} />}
      {!provider.sandbox && <ModelTable provider={provider} name={facts.name} allowed={allowed} />}
    </section>
  );
}

type ExplanationProps = { provider: ProviderStatus; state: ProviderState; others: boolean };

/** What the state means for the person, in a sentence; for a missing key also its name. */
function Explanation({ provider, state, others }: ExplanationProps) {
  const t = useTranslations('ai.providers');
  const { setting } = PROVIDER_FACTS[provider.id];
  if (state === 'off')
    return (
      <>
        {t.rich(provider.sandbox ? 'offSandbox' : 'off', {
          setting: () => (
            <code className="rounded-[4px] bg-sunken px-1 font-mono text-xs text-ink">{setting}</code>
          ),
        })}{' '}
        {!provider.sandbox && t(others ? 'meanwhileOthers' : 'meanwhileSandbox')}
      </>
    );
  if ((state === 'open' || state === 'cooling') && provider.cooldownUntil)
    return t.rich(`explain.${state}`, { when: () => <RelativeTime at={provider.cooldownUntil ?? ''} /> });
  return t(state === 'open' || state === 'cooling' ? `explain.${state}Soon` : `explain.${state}`);
}

function Metrics({ metrics }: { metrics: ProviderStatus['metrics'] }) {
  const t = useTranslations('ai.providers');
  const format = useFormatter();
  if (metrics.requests === 0) return <p className="text-sm text-muted">{t('noCalls')}</p>;
  const time = (ms: number | null) => (ms === null ? '–' : durationText(format, ms));
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-4">
      <Figure label={t('calls')}>{format.number(metrics.requests)}</Figure>
      <Figure label={t('answered')}>
        {format.number(metrics.successRate, { style: 'percent', maximumFractionDigits: 1 })}
      </Figure>
      <Figure label={t('firstWord')}>{time(metrics.ttftP50Ms)}</Figure>
      <Figure label={t('wholeAnswer')}>{`${time(metrics.p50Ms)} · ${time(metrics.p95Ms)}`}</Figure>
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{label}</dt>
      <dd className="text-base font-medium tabular-nums">{children}</dd>
    </div>
  );
}
