'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Contact, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo, useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { LoadMore } from '@/ui/load-more';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { SANDBOX_ENTITIES, SANDBOX_FIELDS, type SandboxEntity } from '../sandbox/entities.data';
import type { SandboxCrmAccounts, SandboxCrmRecordView } from '../sandbox/schema';
import { SandboxRecordSheet } from './sandbox-record-sheet';

/** Fields that stand in the table; the sheet shows all. */
const COLUMNS: Record<SandboxEntity, readonly string[]> = {
  contact: ['given_name', 'family_name', 'email', 'company', 'lifecycle'],
  company: ['name', 'domain', 'industry', 'city'],
  deal: ['title', 'stage', 'amount', 'currency', 'close_date'],
};
const VIEW = {
  account: parseAsString,
  entity: parseAsStringLiteral(SANDBOX_ENTITIES).withDefault('contact'),
  deleted: parseAsBoolean.withDefault(false),
  /** A record to open: links from IriSync name it. */
  record: parseAsString,
};

/** The sandbox CRM as its own users see it: the other side of a sync, to be changed by hand. */
export function SandboxCrmScreen() {
  const t = useTranslations('sandboxcrm');
  const [{ account }, setView] = useQueryStates(VIEW);
  const accounts = useQuery({
    queryKey: ['sandbox-crm', 'accounts'],
    queryFn: () => api<SandboxCrmAccounts>('GET', '/api/sandbox-crm/accounts'),
  });
  const mine = accounts.data?.items ?? [];
  const shown = mine.find(({ handle }) => handle === account) ?? (account ? undefined : mine[0]);
  return (
    <>
      <PageHeader
        title={shown ? t('of', { name: shown.displayName }) : t('title')}
        aside={<SandboxTag />}
        description={t('description')}
        actions={<LinkButton href="/integrations">{t('toIntegrations')}</LinkButton>}
      />
      {accounts.isPending && <Skeleton className="h-64 rounded-lg" />}
      {accounts.isError && <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} />}
      {accounts.data && !shown && (
        <EmptyState
          icon={<Contact />}
          title={t('empty.title')}
          body={mine.length > 0 ? t('empty.foreign') : t('empty.body')}
          action={
            mine[0] ? (
              <Button onClick={() => void setView({ account: mine[0]?.handle ?? null })}>
                {t('of', { name: mine[0].displayName })}
              </Button>
            ) : (
              <LinkButton href="/integrations" variant="primary">
                {t('empty.action')}
              </LinkButton>
            )
          }
        />
      )}
      {shown && <Records key={shown.handle} account={shown.handle} />}
    </>
  );
}

type Page = { items: SandboxCrmRecordView[]; cursor: string | null };

function Records({ account }: { account: string }) {
  const t = useTranslations('sandboxcrm');
  const [{ entity, deleted, record: named }, setView] = useQueryStates(VIEW);
  const [chosen, setOpen] = useState<SandboxCrmRecordView | 'new' | null>(null);
  const linked = useQuery({
    queryKey: ['sandbox-crm', 'record', named],
    queryFn: () => api<SandboxCrmRecordView>('GET', `/api/sandbox-crm/records/${named}`),
    enabled: named !== null,
  });
  const open = chosen ?? (named && linked.data && !linked.data.deleted ? linked.data : null);
  const close = () => {
    setOpen(null);
    void setView({ record: null });
  };
  const records = useInfiniteQuery({
    queryKey: ['sandbox-crm', 'records', account, entity, deleted],
    queryFn: ({ pageParam }) =>
      api<Page>('GET', '/api/sandbox-crm/records', {
        query: { account, entity, deleted, limit: 50, cursor: pageParam ?? undefined },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
  });
  const rows = records.data?.pages.flatMap(({ items }) => items) ?? [];
  const columns = useColumns(entity);
  const done = () => {
    close();
    void records.refetch();
  };
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <SegmentedControl
          aria-label={t('show')}
          value={entity}
          onValueChange={(next) => void setView({ entity: next })}
          options={SANDBOX_ENTITIES.map((one) => ({ value: one, label: t(`entities.${one}`) }))}
        />
        <Checkbox
          label={t('deleted')}
          checked={deleted}
          onCheckedChange={(on) => void setView({ deleted: on })}
        />
        <Button className="ml-auto" icon={<Plus />} onClick={() => setOpen('new')}>
          {t(`add.${entity}`)}
        </Button>
      </div>
      {linked.isError && <ErrorState compact error={linked.error} onRetry={() => void linked.refetch()} />}
      <DataTable
        caption={t(`entities.${entity}`)}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        onRowOpen={deleted ? undefined : setOpen}
        loading={records.isPending}
        error={records.error}
        onRetry={() => void records.refetch()}
        empty={<EmptyState title={t(deleted ? 'noneDeleted' : 'none')} body={t('noneBody')} />}
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
      <SandboxRecordSheet
        account={account}
        entity={open && open !== 'new' ? open.entity : entity}
        record={open}
        onClose={close}
        onDone={done}
      />
    </div>
  );
}

function useColumns(entity: SandboxEntity): DataColumn<SandboxCrmRecordView>[] {
  const t = useTranslations('sandboxcrm');
  return useMemo(
    () => [
      ...SANDBOX_FIELDS[entity]
        .filter(({ name }) => COLUMNS[entity].includes(name))
        .map(
          ({ name, options }, index): DataColumn<SandboxCrmRecordView> => ({
            id: name,
            header: t(`field.${name}`),
            wide: index > 2,
            className: 'max-w-60 truncate',
            cell: ({ values }) => {
              const value = values[name] ?? null;
              return options?.find((one) => one.value === value)?.label ?? value ?? '–';
            },
          }),
        ),
      { id: 'changed', header: t('changed'), cell: (row) => <RelativeTime at={row.changedAt} /> },
    ],
    [t, entity],
  );
}
