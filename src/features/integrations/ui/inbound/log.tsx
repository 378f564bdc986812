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
import { RelativeTime } from '@/ui/relative-time';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
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
      {log.error ? (
        <ErrorState compact error={log.error} onRetry={() => void log.refetch()} />
      ) : log.isPending ? (
        <div aria-busy="true" className="grid gap-2">
          <Skeleton className="h-9" />
          <Skeleton className="h-9" />
        </div>
      ) : rows.length === 0 ? (
        <p className="text-sm text-muted">{t('nothing')}</p>
      ) : (
        <>
          <ul className="divide-y divide-line rounded-md border border-line">
            {rows.map((event) => (
              <li key={event.id}>
                <Entry event={event} path={path} onReplayed={() => void log.refetch()} />
              </li>
            ))}
          </ul>
          <LoadMore
            hasMore={log.hasNextPage}
            loading={log.isFetchingNextPage}
            onLoadMore={() => void log.fetchNextPage()}
            shown={rows.length}
          />
        </>
      )}
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
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const replay = async () => {
    setBusy(true);
    setError(null);
    try {
      await api('POST', `${path}/${event.id}/replay`);
      toast.success(t('replayed'));
      onReplayed();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <details>
      <summary className="flex min-h-9 cursor-pointer flex-wrap items-center gap-2 px-3 py-1.5 text-sm">
        <Badge tone={TONES[event.status]}>{t(`event.${event.status}`)}</Badge>
        {event.test && <Badge tone="iris">{t('testLabel')}</Badge>}
        <code className="font-mono text-xs break-all">{event.topic || t('noTopic')}</code>
        <span className="ml-auto text-xs text-muted">
          <RelativeTime at={event.receivedAt} />
        </span>
      </summary>
      <div className="grid gap-3 border-t border-line px-3 py-3">
        <p className="text-xs text-muted">
          {t('delivery')} <code className="font-mono break-all">{event.deliveryId}</code>
        </p>
        {event.error && <p className="text-sm text-danger">{event.error}</p>}
        {event.preview && (
          <pre
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
            tabIndex={0}
            className="max-h-40 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs break-all whitespace-pre-wrap"
          >
            {event.preview}
          </pre>
        )}
        {error !== null && <ErrorState compact error={error} />}
        {event.status === 'failed' && (
          <div>
            <Button size="sm" loading={busy} onClick={() => void replay()}>
              {t('replay')}
            </Button>
          </div>
        )}
      </div>
    </details>
  );
}
