'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSaveFile } from '@/client/save-file';
import type { Tone } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { LoadMore } from '@/ui/load-more';
import { Timeline } from '@/ui/timeline';
import type { HistoryItem, TransactionType } from '../schema';
import { filterQuery, HistoryFilterBar, useHistoryFilters } from './history-filters';
import { tokenKey } from './use-token-balance';

type Row = Omit<HistoryItem, 'timestamp'> & { timestamp: string };
interface Rows {
  items: Row[];
  cursor: string | null;
}

const TONES: Record<TransactionType, Tone> = {
  purchase: 'ok',
  grant: 'ok',
  refresh: 'ok',
  adjustment: 'info',
  usage: 'iris',
  hold: 'neutral',
  release: 'neutral',
  refund: 'warn',
  expiry: 'warn',
  debt: 'danger',
};

type HistorySectionProps = {
  organizationId: string;
  /** Null for members who see only their own rows. */
  members: readonly { id: string; name: string }[] | null;
  memberName: (userId: string) => string;
};

/** The ledger, newest first: every entry with what it was for, opening to its recorded facts. */
export function HistorySection({ organizationId, members, memberName }: HistorySectionProps) {
  const t = useTranslations('tokens');
  const [filters, setFilters] = useHistoryFilters();
  const query = filterQuery(filters);
  const pages = useInfiniteQuery({
    queryKey: tokenKey(organizationId, 'history', query),
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      api<Rows>('GET', '/api/tokens/history', { query: { ...query, cursor: pageParam } }),
    getNextPageParam: (page) => page.cursor,
  });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.values(query).some((value) => value !== undefined);
  return (
    <Card
      title={t('history.title')}
      description={t(members ? 'history.everybody' : 'history.own')}
      actions={<ExportButton query={query} />}
    >
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <HistoryFilterBar
          filters={filters}
          onChange={(change) => void setFilters(change)}
          members={members}
        />
      </div>
      {pages.error && rows.length === 0 ? (
        <ErrorState error={pages.error} onRetry={() => void pages.refetch()} compact />
      ) : (
        <>
          <Entries
            rows={rows}
            loading={pages.isPending}
            memberName={memberName}
            filtered={filtered}
            onClear={() => void setFilters(null)}
          />
          {rows.length > 0 && (
            <LoadMore
              hasMore={pages.hasNextPage}
              loading={pages.isFetchingNextPage}
              onLoadMore={() => void pages.fetchNextPage()}
              shown={rows.length}
            />
          )}
        </>
      )}
    </Card>
  );
}

type EntriesProps = {
  rows: readonly Row[];
  loading: boolean;
  memberName: (userId: string) => string;
  filtered: boolean;
  onClear: () => void;
};

function Entries({ rows, loading, memberName, filtered, onClear }: EntriesProps) {
  const t = useTranslations('tokens');
  const format = useFormatter();
  const title = (row: Row) => {
    const what = row.taskType ? t(`task.${row.taskType}`) : null;
    return (
      <span className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span>
          {t(`type.${row.type}`)}
          {what && <span className="text-muted"> · {what}</span>}
        </span>
        <span className="font-medium tabular-nums">{amountText(row, t, format)}</span>
      </span>
    );
  };
  const body = (row: Row) =>
    [
      row.userId && memberName(row.userId),
      row.metadata.model && `${row.metadata.provider ?? ''} ${row.metadata.model}`.trim(),
      row.metadata.reason && t.has(`reason.${row.metadata.reason}`) && t(`reason.${row.metadata.reason}`),
      t('history.after', { count: row.balanceAfter }),
    ]
      .filter(Boolean)
      .join(' · ');
  return (
    <Timeline
      loading={loading}
      events={rows.map((row) => ({
        id: row.id,
        at: row.timestamp,
        tone: TONES[row.type],
        title: title(row),
        body: body(row),
        raw: row,
      }))}
      empty={
        filtered ? (
          <EmptyState
            title={t('history.noMatch')}
            body={t('history.noMatchBody')}
            action={<Button onClick={onClear}>{t('history.clear')}</Button>}
          />
        ) : (
          <EmptyState
            title={t('history.empty')}
            body={t('history.emptyBody')}
            action={<LinkButton href="/create">{t('usage.emptyAction')}</LinkButton>}
          />
        )
      }
    />
  );
}

/** Reservations move nothing; they say what they set aside. */
function amountText(
  row: Row,
  t: ReturnType<typeof useTranslations<'tokens'>>,
  format: ReturnType<typeof useFormatter>,
): string {
  if (row.change === 0) return t('history.reserved', { count: row.amount });
  return format.number(row.change, { signDisplay: 'always' });
}

function ExportButton({ query }: { query: Record<string, string | undefined> }) {
  const t = useTranslations('tokens.history');
  const { saving, save } = useSaveFile('/api/tokens/history', t('exportFailed'));
  return (
    <Button
      size="sm"
      icon={<Download aria-hidden="true" />}
      loading={saving}
      onClick={() => void save({ ...query, format: 'csv' })}
    >
      {t('export')}
    </Button>
  );
}
