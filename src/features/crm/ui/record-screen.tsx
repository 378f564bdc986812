'use client';
import { Contact, ExternalLink } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { useLiveDoc, useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { LinkButton } from '@/ui/link-button';
import { networkName } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { Timeline, type TimelineEvent } from '@/ui/timeline';
import { crmRecordModel, isSandboxCrm } from '../schema';
import { RecordFields } from './record-fields';
import { RelatedRecords } from './related-records';
import { shown } from './shown';

type Record = DocOf<typeof crmRecordModel>;

/** One record, live: every value with where it comes from, what it was before, and what happened. */
export function RecordScreen({ id }: { id: string }) {
  const t = useTranslations('crm');
  const { organization } = useSession();
  const live = useLiveDoc(crmRecordModel, id);
  const record = live.item?.organizationId === organization.id ? live.item : null;
  const crumbs = [{ label: t('title'), href: '/crm' }];
  if (live.status === 'loading')
    return (
      <>
        <PageHeader title={t('title')} breadcrumb={crumbs} />
        <Skeleton className="h-64 rounded-lg" />
      </>
    );
  if (!record)
    return (
      <>
        <PageHeader title={t('title')} breadcrumb={crumbs} />
        <EmptyState
          icon={<Contact />}
          title={t('missing.title')}
          body={t('missing.body')}
          outline="none"
          action={<LinkButton href="/crm">{t('missing.action')}</LinkButton>}
        />
      </>
    );
  return (
    <>
      <PageHeader
        title={record.title}
        description={record.subtitle}
        breadcrumb={crumbs}
        aside={
          <>
            {isSandboxCrm(record.platform) && <SandboxTag />}
            {record.status === 'merged' ? (
              <Badge tone="info">{t('mergedAway')}</Badge>
            ) : record.status === 'deleted' ? (
              <Badge tone="danger">{t('deleted')}</Badge>
            ) : record.sync === 'synced' ? null : (
              <Badge tone={record.sync === 'due' ? 'info' : 'warn'}>{t(`sync.${record.sync}`)}</Badge>
            )}
          </>
        }
        actions={
          record.externalUrl ? (
            <LinkButton href={record.externalUrl} icon={<ExternalLink />} target="_blank" rel="noreferrer">
              {t('open', { name: networkName(record.platform) })}
            </LinkButton>
          ) : null
        }
      />
      {record.mergedInto && (
        <p role="status" className="mb-4 flex flex-wrap items-center gap-3">
          {t('mergedInto')}
          <LinkButton size="sm" href={`/crm/${record.mergedInto}`}>
            {t('openMerged')}
          </LinkButton>
        </p>
      )}
      {record.syncMessage && (
        <p role="status" className="mb-4 rounded-lg border border-line bg-sunken p-3">
          {record.syncMessage}
        </p>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <RecordFields record={record} />
        <div className="grid gap-4">
          <RelatedRecords record={record} />
          <Past record={record} />
          <Activities record={record} />
        </div>
      </div>
    </>
  );
}

/** Earlier values, newest first. */
function Past({ record }: { record: Record }) {
  const t = useTranslations('crm');
  const events = Object.entries(record.provenance).flatMap(([field, known]): TimelineEvent[] =>
    known.history.map((earlier, index) => {
      const after = index === 0 ? record.fields[field] : known.history[index - 1]?.value;
      const at = index === 0 ? known.stamp : (known.history[index - 1]?.stamp ?? known.stamp);
      return {
        id: `${field}-${index}`,
        at: new Date(at),
        tone: 'neutral',
        title: field,
        body: t('became', { before: shown(earlier.value), after: shown(after) }),
      };
    }),
  );
  return (
    <Card title={t('past')}>
      <Timeline events={events} empty={<p className="text-muted">{t('noPast')}</p>} />
    </Card>
  );
}

function Activities({ record }: { record: Record }) {
  const t = useTranslations('crm');
  const live = useLiveQuery({
    model: crmRecordModel,
    where: [
      ['organizationId', '==', record.organizationId],
      // What happened with those that were merged into it belongs to it too.
      ['relatedTo', 'in', [record.id, ...record.mergedFrom]],
    ],
    orderBy: [['lastActivityAt', 'desc']],
    limit: 50,
  });
  return (
    <Card title={t('activities')}>
      <Timeline
        loading={live.status === 'loading'}
        empty={<p className="text-muted">{t('noActivities')}</p>}
        events={live.items.map((activity) => ({
          id: activity.id,
          at: activity.lastActivityAt ?? activity.createdAt,
          tone: 'iris',
          title: activity.title.replaceAll('_', ' '),
          body: shown(activity.fields.text),
        }))}
      />
    </Card>
  );
}
