'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import type { Tone } from '@/ui/badge';
import { Card } from '@/ui/card';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import type { CredentialView } from '../../credentials/schema';
import { ConnectionPage } from './connection-page';
import { CredentialHistory } from './credential-history';
import { PolicyForm } from './policy-form';

const TONES: Record<CredentialView['state'], Tone> = {
  good: 'ok',
  due: 'warn',
  overdue: 'warn',
  blocked: 'danger',
  refused: 'danger',
};

/** What a connection signs in with: how old it is, how long it lasts, what was done with it. Never the secret itself. */
export function CredentialPage({ id }: { id: string }) {
  const t = useTranslations('operations.credential');
  const { permissions } = useSession();
  return (
    <ConnectionPage id={id}>
      {() =>
        permissions.includes('integrations.manage') ? (
          <Credential id={id} />
        ) : (
          <EmptyState icon={<KeyRound />} title={t('forbidden')} body={t('forbiddenBody')} outline="none" />
        )
      }
    </ConnectionPage>
  );
}

function Credential({ id }: { id: string }) {
  const t = useTranslations('operations.credential');
  const client = useQueryClient();
  const path = `/api/integrations/${id}/credential` as const;
  const answer = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => api<CredentialView>('GET', path, { signal }),
  });
  if (answer.error instanceof ApiProblem && answer.error.status === 404)
    return <EmptyState icon={<KeyRound />} title={t('none')} body={t('noneBody')} outline="none" />;
  if (answer.error) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data)
    return (
      <div aria-busy="true" className="grid gap-4">
        <Skeleton className="h-32 rounded-lg" />
        <Skeleton className="h-56 rounded-lg" />
      </div>
    );
  const credential = answer.data;
  return (
    <>
      <Facts credential={credential} />
      <PolicyForm
        key={JSON.stringify(credential.rotationPolicy)}
        path={path}
        credential={credential}
        onSaved={(saved) => client.setQueryData([path], saved)}
      />
      <CredentialHistory path={path} />
    </>
  );
}

function Facts({ credential }: { credential: CredentialView }) {
  const t = useTranslations('operations.credential');
  const format = useFormatter();
  const { state, refreshable, nextRefreshAt, lastRefreshedAt, expiryTime } = credential;
  return (
    <Card
      title={t('title')}
      description={t('hidden')}
      actions={<StatusBadge tone={TONES[state]}>{t(`state.${state}`)}</StatusBadge>}
    >
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
        <Fact name={t('type')}>{t(`types.${credential.type}`)}</Fact>
        <Fact name={t('age')}>{t('days', { count: credential.ageDays })}</Fact>
        <Fact name={t('nextRenewal')}>
          {nextRefreshAt ? (
            <RelativeTime at={nextRefreshAt} />
          ) : refreshable ? (
            t('stopped')
          ) : credential.replaceBy ? (
            <DateTime at={credential.replaceBy} />
          ) : (
            '–'
          )}
        </Fact>
        <Fact name={t('renewed')}>
          {lastRefreshedAt ? <RelativeTime at={lastRefreshedAt} /> : t('never')}{' '}
          {credential.refreshCount > 0 && t('times', { count: format.number(credential.refreshCount) })}
        </Fact>
        {expiryTime && (
          <Fact name={t('ends')}>
            <RelativeTime at={expiryTime} />
          </Fact>
        )}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}
