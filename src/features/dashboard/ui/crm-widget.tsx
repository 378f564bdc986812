'use client';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { type CrmCounters, crmConnectionModel, crmRecordModel, isSandboxCrm } from '@/features/crm/schema';
import { Sums } from '@/features/crm/ui/money';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import type { Tone } from '@/ui/badge';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { LiveValue } from '@/ui/live-value';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { StatusBadge } from '@/ui/status-badge';
import { ListSkeleton } from './results-widgets';

type CrmConnection = DocOf<typeof crmConnectionModel>;

const CONNECTIONS = 20;
/** Other vendors' syncs stand in the same place. */
const CRMS: ReadonlySet<string> = new Set(
  INTEGRATIONS.filter(({ category }) => category === 'crm').map(({ platform }) => platform),
);
/** More conflicts than these are "more than", not counted. */
const CONFLICTS = 20;
const STATES: Record<'success' | 'partial' | 'failed', Tone> = {
  success: 'ok',
  partial: 'warn',
  failed: 'danger',
};

/** What the CRM says, live, from counts that are kept with each connection: no record is read for it but those in conflict. */
export function CrmWidget({ organizationId }: { organizationId: string }) {
  const t = useTranslations('dashboard.crm');
  const connections = useLiveQuery({
    model: crmConnectionModel,
    where: [['organizationId', '==', organizationId]],
    limit: CONNECTIONS,
  });
  const conflicts = useLiveQuery({
    model: crmRecordModel,
    where: [
      ['organizationId', '==', organizationId],
      ['sync', '==', 'conflict'],
    ],
    limit: CONFLICTS + 1,
  });
  if (connections.status === 'loading') return <ListSkeleton />;
  if (connections.error) return <ErrorState error={connections.error} onRetry={connections.retry} compact />;
  const shown = connections.items.filter(
    ({ platform, status, counters }) => CRMS.has(platform) && (status === 'active' || counters !== null),
  );
  if (shown.length === 0)
    return (
      <EmptyState
        outline="none"
        title={t('empty')}
        body={t('emptyBody')}
        action={<LinkButton href="/integrations">{t('action')}</LinkButton>}
      />
    );
  return (
    <div className="grid gap-4">
      <Arrivals connections={shown} conflicts={conflicts.items} failed={conflicts.error !== null} />
      <ul className="grid grid-cols-1">
        {shown.map((connection) => (
          <li key={connection.id} className="grid gap-2 border-t border-line py-2.5">
            <LastSync connection={connection} />
            {connection.counters?.pipelines.map((pipeline) => (
              <Stages key={pipeline.entity} pipeline={pipeline} connectionId={connection.id} />
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

type ArrivalsProps = {
  connections: readonly CrmConnection[];
  conflicts: readonly DocOf<typeof crmRecordModel>[];
  failed: boolean;
};

function Arrivals({ connections, conflicts, failed }: ArrivalsProps) {
  const t = useTranslations('dashboard.crm');
  const contacts = newThisWeek(connections, 'contact');
  const leads = newThisWeek(connections, 'lead');
  const owners = [...new Set(conflicts.map(({ connectionId }) => connectionId))];
  const open = conflicts.length > CONFLICTS ? `${CONFLICTS}+` : String(conflicts.length);
  return (
    <dl className="flex flex-wrap gap-x-8 gap-y-3">
      <Figure name={t('newContacts')} value={contacts} href="/crm?entity=contact" />
      <Figure name={t('newLeads')} value={leads} href="/crm?entity=lead" />
      <Figure
        name={t('conflicts')}
        value={failed ? '–' : open}
        href={owners.length === 1 ? `/integrations/${owners[0]}` : '/integrations'}
      />
    </dl>
  );
}

function Figure({ name, value, href }: { name: string; value: number | string; href: string }) {
  return (
    <div className="grid">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="font-display text-2xl font-semibold tracking-tight tabular-nums">
        <Link href={href} className="hover:underline">
          <LiveValue value={value}>{value}</LiveValue>
        </Link>
      </dd>
    </div>
  );
}

function LastSync({ connection }: { connection: CrmConnection }) {
  const t = useTranslations('dashboard.crm');
  const { id, platform, lastSyncAt, lastStatus, taskId, status } = connection;
  return (
    <p className="flex flex-wrap items-center gap-2 text-sm">
      <NetworkMark platform={platform} decorative />
      <Link href={`/integrations/${id}`} className="font-medium hover:underline">
        {networkName(platform)}
      </Link>
      {isSandboxCrm(platform) && <SandboxTag />}
      <span className="ml-auto flex items-center gap-2 text-muted">
        {lastSyncAt ? <RelativeTime at={lastSyncAt} /> : t('never')}
        {status === 'disconnected' ? (
          <StatusBadge tone="neutral">{t('disconnected')}</StatusBadge>
        ) : taskId !== null ? (
          <StatusBadge tone="info">{t('running')}</StatusBadge>
        ) : (
          lastStatus && <StatusBadge tone={STATES[lastStatus]}>{t(`state.${lastStatus}`)}</StatusBadge>
        )}
      </span>
    </p>
  );
}

type StagesProps = { pipeline: CrmCounters['pipelines'][number]; connectionId: string };

function Stages({ pipeline, connectionId }: StagesProps) {
  const t = useTranslations('dashboard.crm');
  const { entity, complete, stages } = pipeline;
  if (stages.every(({ count }) => count === 0)) return null;
  return (
    <div className="grid gap-1 text-sm">
      <Link
        href={`/crm/pipeline?pipeline=${connectionId}.${entity}`}
        className="justify-self-start text-iris-text hover:underline"
      >
        {t(entity)}
      </Link>
      <ul className="grid gap-x-6 sm:grid-cols-2">
        {stages.map(({ stage, label, count, sums }) => (
          <li key={stage ?? ''} className="flex min-h-7 items-baseline justify-between gap-3">
            <span className="min-w-0 truncate">{stage === null ? t('noStage') : label}</span>
            <span className="text-right text-muted tabular-nums">
              {count} <Sums sums={sums} />
            </span>
          </li>
        ))}
      </ul>
      {!complete && <p className="text-muted">{t('partial')}</p>}
    </div>
  );
}

const DAY_MS = 86_400_000;

/** Of the last seven UTC days, whenever they were counted. */
function newThisWeek(connections: readonly CrmConnection[], entity: 'contact' | 'lead'): number {
  const first = new Date(Date.now() - 6 * DAY_MS).toISOString().slice(0, 10);
  return connections
    .flatMap(({ counters }) => Object.entries(counters?.arrivals ?? {}))
    .filter(([day]) => day >= first)
    .reduce((sum, [, counted]) => sum + counted[entity], 0);
}
