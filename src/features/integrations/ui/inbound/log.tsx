'use client';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { LoadMore } from '@/ui/load-more';
import { LogEntry, LogList, LogText } from '@/ui/log-list';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { InboundEventView } from '../../inbound/schema';

interface EventsPage {
  items: InboundEventView[];
  cursor: string | null;
}

const STATUSES = ['received', 'processed', 'failed', 'unparseable'] as const;
const TONES = { received: 'info', processed: 'ok', failed: 'danger', unparseable: 'warn' } as const;
const ALL = 'all';

/**
 * What came in, newest first; what could not be processed is processed again on request.
 * @param moment changes whenever something came; the log follows.
 */
export function InboundLog({ id, moment }: { id: string; moment: string }) {
  const t = useTranslations('inbound');
  const [status, setStatus] = useState<string>(ALL);
  const path = `/api/webhooks/${id}/received` as const;
  const log = useInfiniteQuery({
    queryKey: [path, status, moment],
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api<EventsPage>('GET', path, {
        query: { cursor: pageParam, limit: 25, status: status === ALL ? undefined : status },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
  });
  const rows = log.data?.pages.flatMap(({ items }) => items) ?? [];
  const options = [ALL, ...STATUSES].map((value) => ({
    value,
    label: value === ALL ? t('all') : t(`event.${value as (typeof STATUSES)[number]}`),
  }));
  return (
    <section className="grid gap-3">
      <h3 className="font-semibold">{t('log')}</h3>
      <Field label={t('show')} className="max-w-60">
        <Select value={status} options={options} onValueChange={(value) => setStatus(value ?? ALL)} />
      </Field>
      <LogList
        items={rows}
        loading={log.isPending}
        error={log.error}
        onRetry={() => void log.refetch()}
        empty={t('nothing')}
        foot={
          <LoadMore
            hasMore={log.hasNextPage}
            loading={log.isFetchingNextPage}
            onLoadMore={() => void log.fetchNextPage()}
            shown={rows.length}
          />
        }
      >
        {(event) => <Entry event={event} path={path} onReplayed={() => void log.refetch()} />}
      </LogList>
    </section>
  );
}

function Entry({
  event,
  path,
  onReplayed,
}: {
  event: InboundEventView;
  path: `/api/webhooks/${string}/received`;
  onReplayed: () => void;
}) {
  const t = useTranslations('inbound');
  const { busy, error, attempt } = useAttempt();
  const replay = () =>
    attempt(async () => {
      await api('POST', `${path}/${event.id}/replay`);
      toast.success(t('replayed'));
      onReplayed();
    });
  return (
    <LogEntry
      tone={TONES[event.status]}
      state={t(`event.${event.status}`)}
      name={
        <>
          {event.test && <Badge tone="iris">{t('testLabel')}</Badge>}
          <code className="font-mono text-xs break-all">{event.topic || t('noTopic')}</code>
        </>
      }
      at={event.receivedAt}
    >
      <p className="text-xs text-muted">
        {t('delivery')} <code className="font-mono break-all">{event.deliveryId}</code>
      </p>
      {event.error && <p className="text-sm text-danger">{event.error}</p>}
      {event.preview && <LogText>{event.preview}</LogText>}
      {error !== null && <ErrorState compact error={error} />}
      {event.status === 'failed' && (
        <div>
          <Button size="sm" loading={busy} onClick={() => void replay()}>
            {t('replay')}
          </Button>
        </div>
      )}
    </LogEntry>
  );
}
