'use client';
import { Workflow } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useSession } from '@/client/session';
import { useLiveDoc, useLiveQuery } from '@/client/use-live-query';
import { isSandboxCrm } from '@/features/crm/schema';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { PageHeader } from '@/ui/page-header';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { integrationModel } from '../../connections/schema';
import { dataMappingModel } from '../../mapping/schema';
import { INTEGRATIONS } from '../../registry.data';
import type { Connection } from '../connection';
import { ShardsForm } from '../shards/shards-form';
import { nameOfKind } from './kinds';
import { Mapper } from './mapper';
import { useLeaveGuard } from './use-leave-guard';

const MAX_MAPPINGS = 200;

/** How a vendor's records become ours, one kind of record at a time. */
export function MappingScreen({ id, entity }: { id: string; entity: string | null }) {
  const t = useTranslations('mapping');
  const { organization } = useSession();
  const live = useLiveDoc(integrationModel, id);
  const connection = live.item?.organizationId === organization.id ? live.item : null;
  const crumbs = [{ label: t('crumb'), href: '/integrations' }];
  if (live.status === 'loading')
    return (
      <>
        <PageHeader title={t('title')} breadcrumb={crumbs} />
        <Waiting />
      </>
    );
  // Rules answer for a document that is not there as for one that is another's: refused.
  if (!connection)
    return (
      <>
        <PageHeader title={t('title')} breadcrumb={crumbs} />
        <EmptyState
          icon={<Workflow />}
          title={t('gone.title')}
          body={t('gone.body')}
          outline="none"
          action={<LinkButton href="/integrations">{t('gone.action')}</LinkButton>}
        />
      </>
    );
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description', { vendor: connection.name })}
        aside={isSandboxCrm(connection.platform) && <SandboxTag />}
        breadcrumb={[...crumbs, { label: connection.name, href: `/integrations/${id}` }]}
      />
      <Kinds connection={connection} entity={entity} />
    </>
  );
}

function Kinds({ connection, entity }: { connection: Connection; entity: string | null }) {
  const t = useTranslations('mapping');
  const router = useRouter();
  const { permissions } = useSession();
  const [mapping, setMapping] = useState(false);
  const [shards, setShards] = useState(false);
  const dirty = mapping || shards;
  // Where somebody wants to go, leaving a draft behind.
  const [wanted, setWanted] = useState<string | null>(null);
  useLeaveGuard(dirty, setWanted);
  const entry = INTEGRATIONS.find(({ type }) => type === connection.type);
  const entities = entry?.entities ?? [];
  const current = entities.find((one) => one === entity) ?? entities[0];
  if (current === undefined) return null;
  const pageOf = (kind: string) => `/integrations/${connection.id}/mapping?entity=${kind}`;
  return (
    <>
      <Tabs
        aria-label={t('kinds')}
        value={current}
        onValueChange={(to) => (dirty ? setWanted(pageOf(to)) : router.replace(pageOf(to)))}
        tabs={entities.map((value) => ({ value, label: nameOfKind(t, value) }))}
      >
        <div className="grid grid-cols-1 gap-4">
          <Kind key={current} connection={connection} entity={current} onDirty={setMapping} />
          {entry?.category === 'crm' && permissions.includes('integrations.manage') && (
            <ShardsForm
              key={`shards-${current}`}
              integrationId={connection.id}
              entity={current}
              onDirty={setShards}
            />
          )}
        </div>
      </Tabs>
      <ConfirmDialog
        open={wanted !== null}
        onOpenChange={() => setWanted(null)}
        danger
        title={t('leave.title')}
        body={t('leave.body')}
        confirmLabel={t('leave.confirm')}
        onConfirm={() => {
          setMapping(false);
          setShards(false);
          if (wanted) router.push(wanted);
        }}
      />
    </>
  );
}

function Kind(props: { connection: Connection; entity: string; onDirty: (dirty: boolean) => void }) {
  const { organization, permissions } = useSession();
  const live = useLiveQuery({
    model: dataMappingModel,
    where: [
      ['organizationId', '==', organization.id],
      ['integrationType', '==', props.connection.type],
      ['entityType', '==', props.entity],
    ],
    orderBy: [['createdAt', 'asc']],
    limit: MAX_MAPPINGS + 1,
  });
  const [seen, setSeen] = useState(false);
  if (!seen && (live.status === 'live' || live.status === 'offline')) setSeen(true);
  // What was drafted stays on the page when the listener breaks off.
  if (!seen && live.status === 'error') return <ErrorState error={live.error} onRetry={live.retry} />;
  if (!seen) return <Waiting />;
  return <Draft {...props} live={live} manage={permissions.includes('integrations.manage')} />;
}

function Draft({
  live,
  ...props
}: {
  connection: Connection;
  entity: string;
  onDirty: (dirty: boolean) => void;
  manage: boolean;
  live: Pick<
    ReturnType<typeof useLiveQuery<typeof dataMappingModel>>,
    'status' | 'items' | 'error' | 'retry'
  >;
}) {
  const t = useTranslations('mapping');
  const [known, setKnown] = useState(live.items);
  if (live.status !== 'error' && known !== live.items) setKnown(live.items);
  return (
    <div className="grid grid-cols-1 gap-3">
      {live.status === 'error' && (
        <ErrorState compact error={live.error} safe={t('stillHere')} onRetry={live.retry} />
      )}
      <Mapper {...props} live={known} />
    </div>
  );
}

/** In the shape of what comes. */
function Waiting() {
  return (
    <div
      aria-busy="true"
      className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(260px,320px)]"
    >
      <div className="grid gap-2">
        {['a', 'b', 'c', 'd', 'e', 'f'].map((name) => (
          <Skeleton key={name} className="h-14 rounded-lg" />
        ))}
      </div>
      <Skeleton className="h-64 rounded-lg max-lg:hidden" />
    </div>
  );
}
