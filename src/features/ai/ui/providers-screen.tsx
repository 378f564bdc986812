'use client';

import { useQuery } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { ErrorState } from '@/ui/error-state';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import type { ProviderStatus } from '../directory';
import { aiKey } from './ai-key';
import { ProviderPanel } from './provider-panel';
import { anyModel, inOrder } from './provider-state';
import { useQuota } from './use-usage';

const REFRESH_MS = 15_000;

export function useProviders(organizationId: string) {
  return useQuery({
    queryKey: aiKey(organizationId, 'providers'),
    queryFn: ({ signal }) => api<{ providers: ProviderStatus[] }>('GET', '/api/ai/providers', { signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** Who can answer right now, how they are doing, what their models can and cost. */
export function ProvidersScreen() {
  const t = useTranslations('ai.providers');
  const { organization } = useSession();
  const answer = useProviders(organization.id);
  const quota = useQuota(organization.id);
  if (answer.error && !answer.data)
    return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <ProvidersSkeleton label={t('loading')} />;
  const { providers } = answer.data;
  const allowed = quota.data ? new Set(quota.data.models) : null;
  return (
    <>
      {answer.error && <ErrorState error={answer.error} safe={t('stale')} compact />}
      {!anyModel(providers) && <SandboxNotice providers={providers} />}
      <ul className="grid min-w-0 divide-y divide-line rounded-lg border border-line bg-surface">
        {inOrder(providers).map((provider) => (
          <li key={provider.id} className="min-w-0">
            <ProviderPanel provider={provider} providers={providers} allowed={allowed} />
          </li>
        ))}
      </ul>
      <p className="max-w-[90ch] text-sm text-muted">{t('footnote')}</p>
    </>
  );
}

/** Nothing is set up: what happens instead, and who changes it. */
function SandboxNotice({ providers }: { providers: readonly ProviderStatus[] }) {
  const t = useTranslations('ai.providers');
  const stands = providers.some((one) => one.sandbox && one.configured);
  return (
    <div className="flex gap-3 rounded-lg border border-warn/50 bg-warn-tint p-4">
      <FlaskConical size={20} aria-hidden="true" className="mt-px shrink-0 text-warn" />
      <div className="grid justify-items-start gap-1">
        <p className="flex flex-wrap items-center gap-2 font-semibold">
          {t(stands ? 'noneTitle' : 'nothingTitle')}
          {stands && <SandboxTag />}
        </p>
        <p className="max-w-[90ch] text-sm">{t(stands ? 'noneBody' : 'nothingBody')}</p>
      </div>
    </div>
  );
}

function ProvidersSkeleton({ label }: { label: string }) {
  return (
    <div
      role="status"
      aria-label={label}
      aria-busy="true"
      className="grid gap-6 rounded-lg border border-line bg-surface p-4"
    >
      {['a', 'b', 'c', 'd', 'e'].map((key) => (
        <Skeleton key={key} className="h-18" />
      ))}
    </div>
  );
}
