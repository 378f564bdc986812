'use client';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Plug, Plus } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { isSandboxCrm } from '@/features/crm/schema';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { NetworkMark } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { CATEGORIES, integrationModel, type RegistryView } from '../connections/schema';
import { ConnectIntegration } from './connect-integration';
import { ConnectResult } from './connect-result';
import { type Connection, STATUS_TONES } from './connection';
import { InboundAddresses } from './inbound/addresses';

const ALL = 'all';
type Category = (typeof CATEGORIES)[number] | typeof ALL;

/** What is connected, live, and what can be. */
export function IntegrationsScreen() {
  const t = useTranslations('integrations.connections');
  const router = useRouter();
  const { organization, permissions } = useSession();
  const manage = permissions.includes('integrations.manage');
  const [connecting, setConnecting] = useState<RegistryView | null>(null);
  const [category, setCategory] = useState<Category>(ALL);
  const live = useLiveQuery({
    model: integrationModel,
    where: [['organizationId', '==', organization.id]],
    limit: 100,
  });
  const directory = useQuery({
    queryKey: ['integration-registry', organization.id],
    queryFn: () => api<{ items: RegistryView[] }>('GET', '/api/integrations/registry'),
    staleTime: 60_000,
  });
  const shown = directory.data?.items.filter((one) => category === ALL || one.category === category) ?? [];
  const connections = live.items.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <ConnectResult />
      <div className="grid gap-6">
        <section aria-labelledby="connected" className="grid gap-3">
          <h2 id="connected" className="text-lg font-semibold">
            {t('connected')}
          </h2>
          {live.status === 'loading' && <Skeleton className="h-16 rounded-lg" />}
          {live.status === 'error' && <ErrorState error={live.error} onRetry={live.retry} />}
          {live.status !== 'loading' && live.status !== 'error' && connections.length === 0 && (
            <EmptyState
              icon={<Plug />}
              title={t('empty.title')}
              body={manage ? t('empty.body') : t('empty.readOnly')}
            />
          )}
          {connections.length > 0 && (
            <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
              {connections.map((connection) => (
                <ConnectionRow key={connection.id} connection={connection} />
              ))}
            </ul>
          )}
        </section>
        <section aria-labelledby="directory" className="grid gap-3">
          <h2 id="directory" className="text-lg font-semibold">
            {t('directory')}
          </h2>
          {directory.data && <Categories value={category} onChange={setCategory} />}
          {directory.isPending && <Skeleton className="h-24 rounded-lg" />}
          {directory.isError && (
            <ErrorState error={directory.error} onRetry={() => void directory.refetch()} />
          )}
          {shown.map((entry) => (
            <Card
              key={entry.type}
              level={3}
              title={
                <span className="flex items-center gap-2">
                  <NetworkMark platform={entry.platform} size={20} decorative />
                  {entry.name}
                  {entry.sandbox && <SandboxTag />}
                </span>
              }
              description={t(`about.${entry.type}`)}
              actions={
                manage ? (
                  <Button icon={<Plus />} onClick={() => setConnecting(entry)}>
                    {t('connect', { name: entry.name })}
                  </Button>
                ) : null
              }
            />
          ))}
        </section>
        {permissions.includes('webhooks.manage') && <InboundAddresses of="nobody" />}
      </div>
      {connecting && (
        <ConnectIntegration
          entry={connecting}
          onClose={() => setConnecting(null)}
          onConnected={(id) => router.push(`/integrations/${id}`)}
        />
      )}
    </>
  );
}

function Categories({ value, onChange }: { value: Category; onChange: (value: Category) => void }) {
  const t = useTranslations('integrations.vendors');
  return (
    <SegmentedControl
      aria-label={t('show')}
      className="flex-wrap justify-self-start"
      value={value}
      onValueChange={onChange}
      options={[ALL, ...CATEGORIES].map((one) => ({ value: one as Category, label: t(`category.${one}`) }))}
    />
  );
}

function ConnectionRow({ connection }: { connection: Connection }) {
  const t = useTranslations('integrations.connections');
  return (
    <li>
      <Link
        href={`/integrations/${connection.id}`}
        className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken"
      >
        <NetworkMark platform={connection.platform} size={20} decorative />
        <span className="min-w-0 flex-1 basis-48">
          <span className="block truncate font-semibold">{connection.name}</span>
          <span className="block truncate text-sm text-muted">{connection.accountName}</span>
        </span>
        {isSandboxCrm(connection.platform) && <SandboxTag />}
        <span className="text-sm text-muted">
          {connection.lastSync ? <RelativeTime at={connection.lastSync} /> : t('neverSynced')}
        </span>
        <StatusBadge tone={STATUS_TONES[connection.status]}>{t(`status.${connection.status}`)}</StatusBadge>
        <ChevronRight size={16} aria-hidden="true" className="text-muted" />
      </Link>
    </li>
  );
}
