'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ExternalLink, FileStack } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LoadMore } from '@/ui/load-more';
import { RelativeTime } from '@/ui/relative-time';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import type { IntegrationDataView } from '../data/schema';
import type { Connection } from './connection';

/** As JSON brings it: moments are text. */
type Row = Pick<IntegrationDataView, 'id' | 'title' | 'externalId' | 'externalUrl' | 'issues'> & {
  externalUpdatedAt: string | null;
};
type Page = { items: Row[]; cursor: string | null };

/** What a connection brought, newest at the vendor first; read anew after each sync. */
export function DataCard({ connection, entities }: { connection: Connection; entities: readonly string[] }) {
  const t = useTranslations('integrations.data');
  const names = useTranslations('integrations.sync');
  const [chosen, setChosen] = useState<string | null>(null);
  const entity = chosen ?? entities[0] ?? '';
  const records = useInfiniteQuery({
    queryKey: ['integration-data', connection.id, entity, connection.lastSync?.getTime() ?? 0],
    queryFn: ({ pageParam }) =>
      api<Page>('GET', `/api/integrations/${connection.id}/data`, {
        query: { entity, limit: 25, cursor: pageParam ?? undefined },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
  });
  const rows = records.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card
      title={t('title')}
      description={t('description')}
      actions={
        entities.length > 1 && (
          <SegmentedControl
            aria-label={t('show')}
            value={entity}
            onValueChange={setChosen}
            options={entities.map((value) => ({ value, label: names(`entity.${value}`) }))}
          />
        )
      }
    >
      {records.isPending && <Skeleton className="h-32 rounded-lg" />}
      {records.isError && <ErrorState compact error={records.error} onRetry={() => void records.refetch()} />}
      {records.isSuccess && rows.length === 0 && (
        <EmptyState icon={<FileStack />} title={t('empty.title')} body={t('empty.body')} outline="none" />
      )}
      {rows.length > 0 && (
        <>
          <ul className="divide-y divide-line">
            {rows.map((row) => (
              <DataRow key={row.id} row={row} />
            ))}
          </ul>
          <LoadMore
            hasMore={records.hasNextPage}
            loading={records.isFetchingNextPage}
            onLoadMore={() => void records.fetchNextPage()}
            shown={rows.length}
          />
        </>
      )}
    </Card>
  );
}

function DataRow({ row }: { row: Row }) {
  const t = useTranslations('integrations.data');
  return (
    <li className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-1 py-2">
      <span className="min-w-0 flex-1 basis-48 truncate">
        {row.externalUrl ? (
          <a
            className="inline-flex max-w-full items-center gap-1.5 text-iris-text underline"
            href={row.externalUrl}
            rel="noreferrer"
            target="_blank"
          >
            <span className="truncate">{row.title}</span>
            <ExternalLink size={16} aria-hidden="true" className="shrink-0" />
          </a>
        ) : (
          row.title
        )}
      </span>
      {row.issues.length > 0 && (
        <span className="text-sm text-warn">{t('issues', { count: row.issues.length })}</span>
      )}
      <span className="text-sm text-muted">
        {row.externalUpdatedAt ? <RelativeTime at={row.externalUpdatedAt} /> : '–'}
      </span>
    </li>
  );
}
