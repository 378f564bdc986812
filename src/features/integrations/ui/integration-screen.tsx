'use client';
import { Plug, ShieldCheck, Trash2, Unplug } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveDoc } from '@/client/use-live-query';
import { isSandboxCrm } from '@/features/crm/schema';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { NetworkMark } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { integrationModel, type TestAnswer } from '../connections/schema';
import { INTEGRATIONS } from '../registry.data';
import { ConnectIntegration } from './connect-integration';
import { type Connection, STATUS_TONES } from './connection';
import { DataCard } from './data-card';
import { MappingLinks } from './mapping/mapping-links';
import { ConnectionNav } from './operations/connection-nav';
import { SettingsCard } from './settings-card';
import { MissingRelations } from './shards/missing-relations';
import { SyncPanel } from './sync-panel';

/** One connection, live: how it is doing, whose account it is, and what can be done about it. */
export function IntegrationScreen({ id }: { id: string }) {
  const t = useTranslations('integrations.connections');
  const { organization, permissions } = useSession();
  const live = useLiveDoc(integrationModel, id);
  const connection = live.item?.organizationId === organization.id ? live.item : null;
  const crumbs = [{ label: t('title'), href: '/integrations' }];
  if (live.status === 'loading')
    return (
      <>
        <PageHeader title={t('title')} breadcrumb={crumbs} />
        <Skeleton className="h-40 rounded-lg" />
      </>
    );
  // Rules answer for a document that is not there as for one that is another's: refused.
  if (!connection)
    return (
      <>
        <PageHeader title={t('title')} breadcrumb={crumbs} />
        <EmptyState
          icon={<Plug />}
          title={t('missing.title')}
          body={t('missing.body')}
          outline="none"
          action={<LinkButton href="/integrations">{t('missing.action')}</LinkButton>}
        />
      </>
    );
  return (
    <>
      <PageHeader
        title={
          <span className="flex items-center gap-2.5">
            <NetworkMark platform={connection.platform} size={24} decorative />
            {connection.name}
          </span>
        }
        breadcrumb={crumbs}
        description={connection.accountName}
        aside={
          <>
            {isSandboxCrm(connection.platform) && <SandboxTag />}
            <StatusBadge tone={STATUS_TONES[connection.status]}>
              {t(`status.${connection.status}`)}
            </StatusBadge>
          </>
        }
      />
      <ConnectionNav id={id} />
      <Detail connection={connection} manage={permissions.includes('integrations.manage')} />
    </>
  );
}

function Detail({ connection, manage }: { connection: Connection; manage: boolean }) {
  const t = useTranslations('integrations.connections');
  const ended = connection.status === 'disconnected';
  const [connecting, setConnecting] = useState(false);
  const entry = INTEGRATIONS.find(({ type }) => type === connection.type);
  const writes = entry?.capabilities.includes('push') ?? false;
  const tells = entry?.capabilities.includes('live_changes') ?? false;
  const needsPerson = ended || connection.status === 'reauth_required';
  return (
    <div className="grid gap-4 pt-4">
      {connection.statusReason && (
        <p role="status" className="rounded-lg border border-line bg-sunken p-3">
          {connection.statusReason}
        </p>
      )}
      <Card
        title={t('health')}
        actions={
          manage && needsPerson ? (
            <Button variant="primary" onClick={() => setConnecting(true)}>
              {t('reconnect')}
            </Button>
          ) : null
        }
      >
        <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
          <Fact name={t('account')}>
            {connection.accountUrl ? (
              <a
                className="text-iris-text underline"
                href={connection.accountUrl}
                rel="noreferrer"
                target="_blank"
              >
                {connection.accountName}
              </a>
            ) : (
              connection.accountName
            )}
          </Fact>
          <Fact name={t('method')}>{t(`methods.${connection.method}`)}</Fact>
          <Fact name={t('checked')}>
            {connection.lastCheckedAt ? <RelativeTime at={connection.lastCheckedAt} /> : t('never')}
          </Fact>
          <Fact name={t('latency')}>
            {connection.latencyMs === null ? '–' : t('milliseconds', { value: connection.latencyMs })}
          </Fact>
        </dl>
        {manage && <Actions connection={connection} />}
      </Card>
      <MissingRelations id={connection.id} />
      <SettingsCard connection={connection} manage={manage && !ended} />
      <SyncPanel id={connection.id} manage={manage} ready={!needsPerson} {...{ writes, tells }} />
      <MappingLinks connection={connection} />
      {entry && entry.category !== 'crm' && <DataCard connection={connection} entities={entry.entities} />}
      {connecting && <Reconnect connection={connection} onDone={() => setConnecting(false)} />}
    </div>
  );
}

function Reconnect({ connection, onDone }: { connection: Connection; onDone: () => void }) {
  const entry = INTEGRATIONS.find(({ type }) => type === connection.type);
  if (!entry) return null;
  // Whether there is an app of our own is the server's to say: it answers with what to do where there is none.
  return (
    <ConnectIntegration entry={{ ...entry, oauthConfigured: true }} onClose={onDone} onConnected={onDone} />
  );
}

function Actions({ connection }: { connection: Connection }) {
  const t = useTranslations('integrations.connections');
  const router = useRouter();
  const path = `/api/integrations/${connection.id}` as const;
  const [dialog, setDialog] = useState<'disconnect' | 'delete' | null>(null);
  const { busy, error, attempt } = useAttempt();
  const ended = connection.status === 'disconnected';

  const test = () =>
    attempt(async () => {
      const answer = await api<TestAnswer>('POST', `${path}/test`);
      if (answer.success) toast.success(t('tested', { value: answer.latencyMs }));
      else toast.warning(answer.error ?? t('testFailed'));
    });
  return (
    <>
      <div className="mt-4 flex flex-wrap gap-2">
        {!ended && (
          <>
            <Button icon={<ShieldCheck />} loading={busy} onClick={() => void test()}>
              {t('test')}
            </Button>
            <Button icon={<Unplug />} onClick={() => setDialog('disconnect')}>
              {t('disconnect')}
            </Button>
          </>
        )}
        <Button variant="ghost" icon={<Trash2 />} onClick={() => setDialog('delete')}>
          {t('delete')}
        </Button>
      </div>
      {error !== null && <ErrorState compact error={error} />}
      <ConfirmDialog
        open={dialog === 'disconnect'}
        onOpenChange={() => setDialog(null)}
        danger
        title={t('disconnectTitle', { name: connection.name })}
        body={t('disconnectBody')}
        confirmLabel={t('disconnect')}
        onConfirm={() => api('POST', `${path}/disconnect`)}
      />
      <ConfirmDialog
        open={dialog === 'delete'}
        onOpenChange={() => setDialog(null)}
        danger
        title={t('deleteTitle', { name: connection.name })}
        body={t('deleteBody')}
        confirmLabel={t('delete')}
        onConfirm={async () => {
          await api('DELETE', path);
          router.push('/integrations');
        }}
      />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="truncate">{children}</dd>
    </div>
  );
}
