'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { buttonStyles } from '@/ui/button-styles';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { LoadMore } from '@/ui/load-more';
import { Select } from '@/ui/select';
import { AUDIT_ACTIONS } from '../audit-actions.data';
import { type AuditView, memberModel } from '../schema';
import { AuditTarget } from './audit-target';

const FILTERS = {
  action: parseAsString.withDefault(''),
  actorId: parseAsString.withDefault(''),
  from: parseAsString.withDefault(''),
  to: parseAsString.withDefault(''),
};

interface AuditPageData {
  items: AuditView[];
  cursor: string | null;
}

/** Every privileged action; the filters stand in the address, so a view can be shared. */
export function AuditPage() {
  const t = useTranslations('organization.audit');
  const { organization } = useSession();
  const [filters, setFilters] = useQueryStates(FILTERS);
  const base = `/api/organizations/${organization.id}/audit` as const;
  const query = asQuery(filters);
  const log = useInfiniteQuery({
    queryKey: [base, query],
    queryFn: ({ pageParam, signal }) =>
      api<AuditPageData>('GET', base, { query: { ...query, cursor: pageParam, limit: 50 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
  });
  const rows = useMemo(() => log.data?.pages.flatMap((page) => page.items) ?? [], [log.data]);
  const columns = useColumns();
  const exportUrl = `${base}/export?${new URLSearchParams(query)}`;
  return (
    <DataTable
      caption={t('title')}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      loading={log.isPending}
      error={log.error}
      onRetry={() => void log.refetch()}
      storageKey="audit"
      empty={
        Object.values(filters).some(Boolean) ? (
          <EmptyState title={t('noneFound')} body={t('noneFoundBody')} />
        ) : (
          <EmptyState title={t('empty')} body={t('emptyBody')} />
        )
      }
      toolbar={
        <>
          <AuditFilters value={filters} onChange={(change) => void setFilters(change)} />
          <a href={exportUrl} download className={buttonStyles({ size: 'md' })}>
            <Download size={16} aria-hidden="true" />
            {t('export')}
          </a>
        </>
      }
      footer={
        rows.length > 0 && (
          <LoadMore
            hasMore={log.hasNextPage}
            loading={log.isFetchingNextPage}
            onLoadMore={() => void log.fetchNextPage()}
            shown={rows.length}
          />
        )
      }
    />
  );
}

type Filters = { action: string; actorId: string; from: string; to: string };

/** Days as people choose them: the last one counts until its end. */
function asQuery({ action, actorId, from, to }: Filters): Record<string, string> {
  return {
    ...(action ? { action } : {}),
    ...(actorId ? { actorId } : {}),
    ...(from ? { from: new Date(`${from}T00:00:00`).toISOString() } : {}),
    ...(to ? { to: new Date(`${to}T23:59:59.999`).toISOString() } : {}),
  };
}

function AuditFilters({ value, onChange }: { value: Filters; onChange: (change: Partial<Filters>) => void }) {
  const t = useTranslations('organization.audit');
  const { organization } = useSession();
  const members = useLiveQuery({
    model: memberModel,
    params: { orgId: organization.id },
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  return (
    <>
      <Field label={t('action')} hideLabel>
        <Select
          className="w-52"
          value={value.action}
          placeholder={t('anyAction')}
          options={AUDIT_ACTIONS.map((action) => ({ value: action, label: action }))}
          onValueChange={(action) => onChange({ action })}
        />
      </Field>
      <Field label={t('who')} hideLabel>
        <Select
          className="w-44"
          value={value.actorId}
          placeholder={t('anybody')}
          options={members.items.map((one) => ({ value: one.userId, label: one.displayName }))}
          onValueChange={(actorId) => onChange({ actorId })}
        />
      </Field>
      <Field label={t('from')} hideLabel>
        <Input type="date" value={value.from} onChange={(event) => onChange({ from: event.target.value })} />
      </Field>
      <Field label={t('to')} hideLabel>
        <Input type="date" value={value.to} onChange={(event) => onChange({ to: event.target.value })} />
      </Field>
    </>
  );
}

function useColumns(): DataColumn<AuditView>[] {
  const t = useTranslations('organization.audit');
  return useMemo(
    () => [
      { id: 'at', header: t('when'), hideable: false, cell: (row) => <DateTime at={row.at} /> },
      {
        id: 'who',
        header: t('who'),
        cell: (row) => (row.apiKeyId ? `${row.actorName} (API)` : row.actorName),
      },
      {
        id: 'action',
        header: t('action'),
        hideable: false,
        cell: (row) => <code className="font-mono text-xs">{row.action}</code>,
      },
      {
        id: 'target',
        header: t('target'),
        className: 'max-w-60 truncate',
        cell: (row) => <AuditTarget {...row} />,
      },
      {
        id: 'facts',
        header: t('facts'),
        className: 'max-w-80 truncate',
        cell: (row) => factsText(row.facts),
      },
      { id: 'ip', header: t('ip'), hidden: true, cell: (row) => row.ip },
      {
        id: 'request',
        header: t('request'),
        hidden: true,
        cell: (row) => <code className="font-mono text-xs">{row.requestId}</code>,
      },
    ],
    [t],
  );
}

function factsText(facts: AuditView['facts']): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ');
}
