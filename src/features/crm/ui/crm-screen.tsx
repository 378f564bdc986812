'use client';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Contact, Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useDeferredValue, useMemo } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { Input } from '@/ui/input';
import { LinkButton } from '@/ui/link-button';
import { LoadMore } from '@/ui/load-more';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { SegmentedControl } from '@/ui/segmented-control';
import { CRM_ENTITIES, isSandboxCrm, type RecordView } from '../schema';
import { NewRecord } from './new-record';

/** As JSON brings it: moments are text. */
type Row = Omit<RecordView, 'externalUpdatedAt'> & { externalUpdatedAt: string | null };
type Page = { items: Row[]; cursor: string | null };

const VIEW = {
  entity: parseAsStringLiteral(CRM_ENTITIES).withDefault('contact'),
  q: parseAsString.withDefault(''),
};

/** Contacts, companies and deals of every connected CRM, by name, with a search by the beginnings of words. */
export function CrmScreen() {
  const t = useTranslations('crm');
  const router = useRouter();
  const { organization } = useSession();
  const [view, setView] = useQueryStates(VIEW, { throttleMs: 300 });
  const q = useDeferredValue(view.q);
  const records = useInfiniteQuery({
    queryKey: ['crm-records', organization.id, view.entity, q],
    queryFn: ({ pageParam }) =>
      api<Page>('GET', '/api/crm/records', {
        query: { entity: view.entity, q, limit: 50, cursor: pageParam ?? undefined },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
  });
  const rows = records.data?.pages.flatMap(({ items }) => items) ?? [];
  const columns = useColumns();
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={<NewRecord key={view.entity} entity={view.entity} />}
      />
      <div className="grid gap-4">
        <div className="flex flex-wrap items-center gap-3">
          <SegmentedControl
            aria-label={t('show')}
            className="flex-wrap"
            value={view.entity}
            onValueChange={(entity) => void setView({ entity })}
            options={CRM_ENTITIES.map((entity) => ({ value: entity, label: t(`entities.${entity}`) }))}
          />
          <Input
            type="search"
            aria-label={t('search')}
            placeholder={t('search')}
            icon={<Search />}
            className="w-80 max-w-full"
            value={view.q}
            onChange={(event) => void setView({ q: event.target.value })}
          />
        </div>
        <DataTable
          caption={t(`entities.${view.entity}`)}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          onRowOpen={(row) => router.push(`/crm/${row.id}`)}
          loading={records.isPending}
          error={records.error}
          onRetry={() => void records.refetch()}
          storageKey="crm"
          empty={<Empty searching={q !== ''} />}
          footer={
            rows.length > 0 && (
              <LoadMore
                hasMore={records.hasNextPage}
                loading={records.isFetchingNextPage}
                onLoadMore={() => void records.fetchNextPage()}
                shown={rows.length}
              />
            )
          }
        />
      </div>
    </>
  );
}

function Empty({ searching }: { searching: boolean }) {
  const t = useTranslations('crm.empty');
  if (searching) return <EmptyState icon={<Search />} title={t('nothing')} body={t('nothingBody')} />;
  return (
    <EmptyState
      icon={<Contact />}
      title={t('title')}
      body={t('body')}
      action={
        <LinkButton href="/integrations" variant="primary">
          {t('action')}
        </LinkButton>
      }
    />
  );
}

function useColumns(): DataColumn<Row>[] {
  const t = useTranslations('crm');
  return useMemo(
    () => [
      {
        id: 'title',
        header: t('name'),
        hideable: false,
        className: 'max-w-80 truncate font-medium',
        cell: (row) => (
          <span className="flex items-center gap-2">
            <span className="truncate">{row.title}</span>
            {isSandboxCrm(row.platform) && <SandboxTag />}
          </span>
        ),
      },
      {
        id: 'subtitle',
        header: t('about'),
        className: 'max-w-80 truncate text-muted',
        cell: (row) => row.subtitle,
      },
      {
        id: 'changed',
        header: t('changed'),
        cell: (row) => (row.externalUpdatedAt ? <RelativeTime at={row.externalUpdatedAt} /> : '–'),
      },
    ],
    [t],
  );
}
