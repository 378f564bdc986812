'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { memberModel } from '@/features/organizations/schema';
import type { Tone } from '@/ui/badge';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { LoadMore } from '@/ui/load-more';
import { Timeline } from '@/ui/timeline';
import type { CredentialAuditView } from '../../credentials/schema';

interface HistoryPage {
  items: CredentialAuditView[];
  cursor: string | null;
}

const TONES: Record<CredentialAuditView['action'], Tone> = {
  created: 'ok',
  replaced: 'ok',
  used: 'neutral',
  refreshed: 'info',
  refresh_failed: 'warn',
  refused: 'danger',
  revoked: 'danger',
};
const SYSTEM = 'system';

/** Uses, renewals, rotation and revocation of the last 90 days. */
export function CredentialHistory({ path }: { path: `/api/integrations/${string}` }) {
  const t = useTranslations('operations.credential');
  const { organization } = useSession();
  const members = useLiveQuery({ model: memberModel, params: { orgId: organization.id }, limit: 200 });
  const url = `${path}/audit` as const;
  const log = useInfiniteQuery({
    queryKey: [url],
    queryFn: ({ pageParam, signal }) =>
      api<HistoryPage>('GET', url, { query: { cursor: pageParam, limit: 25 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
  });
  const rows = log.data?.pages.flatMap(({ items }) => items) ?? [];
  const nameOf = (actor: string) =>
    actor === SYSTEM
      ? t('bySystem')
      : (members.items.find(({ id }) => id === actor)?.displayName ?? t('byFormer'));
  return (
    <Card title={t('history')} description={t('historyBody')}>
      {log.error ? (
        <ErrorState compact error={log.error} onRetry={() => void log.refetch()} />
      ) : (
        <Timeline
          loading={log.isPending}
          empty={t('historyEmpty')}
          events={rows.map(({ id, at, action, actor, count }) => ({
            ...{ id, at, tone: TONES[action] },
            title: t(`action.${action}`, { count }),
            body: nameOf(actor),
          }))}
        />
      )}
      {rows.length > 0 && (
        <LoadMore
          hasMore={log.hasNextPage}
          loading={log.isFetchingNextPage}
          onLoadMore={() => void log.fetchNextPage()}
          shown={rows.length}
        />
      )}
    </Card>
  );
}
