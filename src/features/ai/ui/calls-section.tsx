'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { LoadMore } from '@/ui/load-more';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { StatusBadge } from '@/ui/status-badge';
import type { UsageCall } from '../insight-schema';
import { providerName } from '../providers.data';
import { aiKey } from './ai-key';
import { costText, durationText } from './amounts';

type CallsSectionProps = {
  organizationId: string;
  /** Sees everybody and the cost. */
  manages: boolean;
  names: ReadonlyMap<string, string>;
};

/** Every call to a provider, newest first: what it was for, who answered, how fast, and why it failed. */
export function CallsSection({ organizationId, manages, names }: CallsSectionProps) {
  const t = useTranslations('ai.calls');
  const pages = useInfiniteQuery({
    queryKey: aiKey(organizationId, 'calls'),
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api<{ items: UsageCall[]; cursor: string | null }>('GET', `/api/ai/usage/${organizationId}/calls`, {
        query: { cursor: pageParam, limit: 25 },
        signal,
      }),
    getNextPageParam: (page) => page.cursor,
  });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const columns = useColumns(manages, names);
  return (
    <section className="grid min-w-0 gap-1">
      <h2 className="text-base font-semibold">{t('title')}</h2>
      <p className="max-w-[68ch] text-sm text-muted">{t('description')}</p>
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={rows}
        rowKey={(call) => call.id}
        loading={pages.isPending}
        error={pages.error}
        onRetry={() => void pages.refetch()}
        storageKey="ai-calls"
        empty={<EmptyState title={t('empty')} body={t('emptyBody')} />}
        footer={
          rows.length > 0 && (
            <LoadMore
              hasMore={pages.hasNextPage}
              loading={pages.isFetchingNextPage}
              onLoadMore={() => void pages.fetchNextPage()}
              shown={rows.length}
            />
          )
        }
      />
    </section>
  );
}

function Outcome({ call }: { call: UsageCall }) {
  const t = useTranslations('ai.calls');
  if (!call.success) {
    const reason = call.errorClass ?? 'unknown';
    return (
      <StatusBadge tone="danger">{t.has(`fault.${reason}`) ? t(`fault.${reason}`) : reason}</StatusBadge>
    );
  }
  if (call.cached) return <StatusBadge tone="info">{t('cached')}</StatusBadge>;
  return (
    <StatusBadge tone="ok">
      {call.attempt > 1 ? t('later', { attempt: call.attempt }) : t('answered')}
    </StatusBadge>
  );
}

function useColumns(manages: boolean, names: ReadonlyMap<string, string>): DataColumn<UsageCall>[] {
  const t = useTranslations('ai');
  const tokens = useTranslations('tokens');
  const { user } = useSession();
  const amounts = useAmountColumns(manages);
  return useMemo(
    () => [
      { id: 'at', header: t('calls.at'), hideable: false, cell: (call) => <RelativeTime at={call.at} /> },
      { id: 'task', header: t('calls.task'), cell: (call) => tokens(`task.${call.taskType}`) },
      { id: 'model', header: t('calls.model'), cell: (call) => <Answerer call={call} /> },
      { id: 'outcome', header: t('calls.outcome'), cell: (call) => <Outcome call={call} /> },
      ...(manages
        ? [
            {
              id: 'member',
              header: t('calls.member'),
              className: 'max-w-40 truncate',
              cell: (call: UsageCall) =>
                names.get(call.userId) ?? (call.userId === user.uid ? tokens('you') : tokens('formerMember')),
            },
          ]
        : []),
      ...amounts,
      {
        id: 'request',
        header: t('calls.request'),
        hidden: true,
        cell: (call) => <code className="font-mono text-xs">{`${call.requestId} · ${call.attempt}`}</code>,
      },
    ],
    [manages, names, t, tokens, amounts, user.uid],
  );
}

function useAmountColumns(manages: boolean): DataColumn<UsageCall>[] {
  const t = useTranslations('ai');
  const format = useFormatter();
  return useMemo(() => {
    const column = (
      id: string,
      header: string,
      cell: (call: UsageCall) => string,
    ): DataColumn<UsageCall> => ({
      id,
      header,
      align: 'right',
      className: 'whitespace-nowrap',
      cell,
    });
    const size = (call: UsageCall) =>
      call.images > 0
        ? t('calls.images', { count: call.images })
        : `${call.estimated ? '≈ ' : ''}${format.number(call.inputTokens)} / ${format.number(call.outputTokens)}`;
    return [
      column('tokens', t('calls.tokens'), size),
      column('time', t('calls.time'), (call) => durationText(format, call.latencyMs)),
      ...(manages ? [column('cost', t('usage.cost'), (call) => costText(format, call.costMicros ?? 0))] : []),
    ];
  }, [manages, t, format]);
}

function Answerer({ call }: { call: UsageCall }) {
  if (call.provider === 'sandbox') return <SandboxTag />;
  return (
    <span className="flex items-center gap-2 whitespace-nowrap">
      {providerName(call.provider)}
      <code className="font-mono text-xs text-muted">{call.model}</code>
    </span>
  );
}
