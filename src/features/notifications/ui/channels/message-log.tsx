'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useLiveQuery } from '@/client/use-live-query';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { type MessageView, notificationMessageModel } from '../../channels/schema';
import { type Channel, MESSAGE_TONES, type Message } from './channel';

const SHOWN = 50;

/** The latest messages to a channel, live, each with its tries and what the vendor said. */
export function MessageLog({ channel }: { channel: Channel }) {
  const t = useTranslations('notify');
  const log = useLiveQuery({
    model: notificationMessageModel,
    where: [
      ['organizationId', '==', channel.organizationId],
      ['channelId', '==', channel.id],
    ],
    orderBy: [['createdAt', 'desc']],
    limit: SHOWN,
  });
  if (log.status === 'loading') {
    return (
      <div aria-busy="true" className="grid gap-2">
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} className="h-9" />
        ))}
      </div>
    );
  }
  if (log.error) return <ErrorState error={log.error} onRetry={log.retry} compact />;
  if (log.items.length === 0) return <p className="text-sm text-muted">{t('noMessages')}</p>;
  return (
    <>
      <ul className="divide-y divide-line rounded-md border border-line">
        {log.items.map((message) => (
          <li key={message.id}>
            <MessageEntry message={message} canReplay={channel.status !== 'disabled'} />
          </li>
        ))}
      </ul>
      {log.items.length === SHOWN && <p className="text-xs text-muted">{t('older')}</p>}
    </>
  );
}

function MessageEntry({ message, canReplay }: { message: Message; canReplay: boolean }) {
  const t = useTranslations('notify');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const lost = message.status === 'failed' || message.status === 'dropped';
  const replay = async () => {
    setBusy(true);
    setError(null);
    const path = `/api/notifications/channels/${message.channelId}/messages/${message.id}/replay` as const;
    try {
      await api<MessageView>('POST', path, { idempotencyKey: crypto.randomUUID() });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <details>
      <summary className="flex min-h-9 cursor-pointer flex-wrap items-center gap-2 px-3 py-1.5 text-sm">
        <Badge tone={MESSAGE_TONES[message.status]}>{t(`delivery.${message.status}`)}</Badge>
        <MessageName message={message} />
        <span className="ml-auto text-xs text-muted">
          <RelativeTime at={message.createdAt} />
        </span>
      </summary>
      <div className="grid gap-3 border-t border-line px-3 py-3">
        {message.nextAttemptAt && (
          <p className="text-xs text-muted">
            {message.attempts.length > 0 ? t('nextTry') : t('planned')}{' '}
            <RelativeTime at={message.nextAttemptAt} />
          </p>
        )}
        {message.items.length > 0 && <Items message={message} />}
        {message.attempts.length > 0 && <Attempts attempts={message.attempts} />}
        {error !== null && <ErrorState error={error} compact />}
        {lost && canReplay && message.kind !== 'test' && (
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

function MessageName({ message: { kind, items, omitted } }: { message: Message }) {
  const t = useTranslations('notify');
  const [first] = items;
  if (kind === 'test' || !first) return <span>{t('testMessage')}</span>;
  if (kind === 'digest') return <span>{t('items', { count: items.length + omitted })}</span>;
  return <span>{t(`labels.${first.event}`)}</span>;
}

function Items({ message: { items } }: { message: Message }) {
  const t = useTranslations('notify');
  return (
    <ul className="grid gap-1 text-sm">
      {items.map((item) => (
        <li key={`${item.incidentId} ${item.state} ${item.at.getTime()}`} className="flex flex-wrap gap-x-2">
          <span className="text-muted">{t(`itemState.${item.state}`)}</span>
          <span>{t(`labels.${item.event}`)}</span>
          <RelativeTime at={item.at} />
        </li>
      ))}
    </ul>
  );
}

function Attempts({ attempts }: { attempts: Message['attempts'] }) {
  const t = useTranslations('notify');
  return (
    <ol className="grid gap-2">
      {attempts.map((attempt) => (
        <li key={attempt.at.getTime()} className="grid gap-1 text-sm">
          <span className="flex flex-wrap gap-2">
            <RelativeTime at={attempt.at} />
            <span className="text-muted tabular-nums">
              {t('took', {
                status: attempt.responseStatus ?? t('unknownAnswer'),
                milliseconds: attempt.milliseconds,
              })}
            </span>
          </span>
          {attempt.error && <span className="break-words text-danger">{attempt.error}</span>}
          {attempt.uncertain && <span className="text-muted">{t('uncertain')}</span>}
        </li>
      ))}
    </ol>
  );
}
