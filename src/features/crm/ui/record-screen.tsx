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
import { NetworkMark, networkName } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { Timeline, type TimelineEvent } from '@/ui/timeline';
import { crmRecordModel } from '../schema';

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
        aside={record.status === 'deleted' ? <Badge tone="danger">{t('deleted')}</Badge> : null}
        actions={
          record.externalUrl ? (
            <LinkButton href={record.externalUrl} icon={<ExternalLink />} target="_blank" rel="noreferrer">
              {t('open', { name: networkName(record.platform) })}
            </LinkButton>
          ) : null
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Fields record={record} />
        <div className="grid gap-4">
          <Past record={record} />
          <Activities record={record} />
        </div>
      </div>
    </>
  );
}

function Fields({ record }: { record: Record }) {
  const t = useTranslations('crm');
  const names = Object.keys(record.fields).sort();
  return (
    <Card title={t('fields')} flush>
      {names.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{t('erased')}</p>
      ) : (
        <dl className="divide-y divide-line">
          {names.map((name) => (
            <div
              key={name}
              className="grid gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[12rem_minmax(0,1fr)_auto]"
            >
              <dt className="font-mono text-xs leading-6 text-muted">{name}</dt>
              <dd className="break-words">{shown(record.fields[name])}</dd>
              <dd className="flex items-center gap-2 text-sm text-muted">
                <Source record={record} field={name} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {record.issues.length > 0 && (
        <div className="border-t border-line px-4 py-3">
          <h3 className="text-sm font-medium">{t('issues')}</h3>
          <ul className="grid gap-1 pt-1 text-sm">
            {record.issues.map(({ field, message }) => (
              <li key={field}>
                <code className="font-mono text-xs">{field}</code> {message}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

function Source({ record, field }: { record: Record; field: string }) {
  const t = useTranslations('crm');
  const known = record.provenance[field];
  if (!known) return null;
  return (
    <>
      {known.source === 'external' ? (
        <>
          <NetworkMark platform={record.platform} decorative />
          {networkName(record.platform)}
        </>
      ) : (
        t(`source.${known.source}`)
      )}
      <RelativeTime at={new Date(known.stamp)} />
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
      ['relatedTo', '==', record.id],
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

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
