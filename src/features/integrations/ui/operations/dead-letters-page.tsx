'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { MailX, RotateCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LoadMore } from '@/ui/load-more';
import { RelativeTime } from '@/ui/relative-time';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { DeadLetterView, ReplayAnswer } from '../../dead-letters/schema';
import { DeadLetterSheet } from './dead-letter-sheet';

interface LettersPage {
  items: DeadLetterView[];
  cursor: string | null;
}
/** As many as the API takes at once. */
const MOST = 50;
const PATH = '/api/dead-letters';

/** Syncs and webhooks that failed for good: why, and once more. */
export function DeadLettersPage() {
  const t = useTranslations('operations.deadLetters');
  const { permissions } = useSession();
  const allowed = permissions.includes('integrations.manage');
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [openId, setOpenId] = useState<string | null>(null);
  const log = useInfiniteQuery({
    queryKey: [PATH],
    enabled: allowed,
    queryFn: ({ pageParam, signal }) =>
      api<LettersPage>('GET', PATH, { query: { cursor: pageParam, limit: 50 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
  });
  const rows = useMemo(() => log.data?.pages.flatMap(({ items }) => items) ?? [], [log.data]);
  const { busy, error, replay } = useReplay(async () => {
    setSelected(new Set());
    setOpenId(null);
    await log.refetch();
  });
  const columns = useColumns();
  const chosen = rows.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  if (!allowed)
    return <EmptyState icon={<MailX />} title={t('forbidden')} body={t('forbiddenBody')} outline="none" />;
  return (
    <>
      {error !== null && <ErrorState compact error={error} />}
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        onRowOpen={(row) => setOpenId(row.id)}
        selection={{ selected, onSelectedChange: setSelected }}
        loading={log.isPending}
        error={log.error}
        onRetry={() => void log.refetch()}
        storageKey="dead-letters"
        empty={<EmptyState icon={<MailX />} title={t('empty')} body={t('emptyBody')} />}
        toolbar={
          rows.length > 0 ? (
            <Button
              icon={<RotateCw />}
              loading={busy}
              disabled={chosen.length === 0 || chosen.length > MOST}
              onClick={() => void replay(chosen)}
            >
              {t('replayMany', { count: chosen.length })}
            </Button>
          ) : undefined
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
      <DeadLetterSheet
        letter={rows.find(({ id }) => id === openId) ?? null}
        busy={busy}
        onReplay={(id) => void replay([id])}
        onClose={() => setOpenId(null)}
      />
    </>
  );
}

function useReplay(done: () => Promise<void>) {
  const t = useTranslations('operations.deadLetters');
  const { busy, error, attempt } = useAttempt();
  const replay = async (ids: string[]) => {
    await attempt(async () => {
      const answer = await api<ReplayAnswer>('POST', `${PATH}/replay`, {
        body: { ids },
        idempotencyKey: crypto.randomUUID(),
      });
      if (answer.skipped.length > 0) toast.warning(t('skipped', { count: answer.skipped.length }));
      else toast.success(t('replayed', { count: answer.replayed.length }));
      await done();
    });
  };
  return { busy, error, replay };
}

function useColumns(): DataColumn<DeadLetterView>[] {
  const t = useTranslations('operations.deadLetters');
  return useMemo(
    () => [
      {
        id: 'kind',
        header: t('kind'),
        hideable: false,
        sortValue: ({ kind }) => kind,
        cell: ({ kind }) => <Badge tone="danger">{t(`kinds.${kind}`)}</Badge>,
      },
      {
        id: 'reason',
        header: t('reason'),
        hideable: false,
        className: 'max-w-100 truncate',
        cell: ({ reason }) => <span title={reason}>{reason}</span>,
      },
      {
        id: 'attempts',
        header: t('attempts'),
        align: 'right',
        wide: true,
        sortValue: ({ attempts }) => attempts,
        cell: ({ attempts }) => attempts,
      },
      {
        id: 'diedAt',
        header: t('diedAt'),
        sortValue: ({ diedAt }) => diedAt,
        cell: ({ diedAt }) => <RelativeTime at={diedAt} />,
      },
    ],
    [t],
  );
}
