'use client';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useLatest } from '@/client/use-latest';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { LogAttempts, LogEntry, LogList } from '@/ui/log-list';
import { RelativeTime } from '@/ui/relative-time';
import { useAttempt } from '@/ui/use-attempt';
import { type MessageView, notificationMessageModel } from '../../channels/schema';
import { type Channel, MESSAGE_TONES, type Message } from './channel';

/** The latest messages to a channel, live, each with its tries and what the vendor said. */
export function MessageLog({ channel }: { channel: Channel }) {
  const t = useTranslations('notify');
  const { full, ...log } = useLatest(notificationMessageModel, [
    ['organizationId', '==', channel.organizationId],
    ['channelId', '==', channel.id],
  ]);
  return (
    <LogList
      {...log}
      empty={t('noMessages')}
      foot={full && <p className="text-xs text-muted">{t('older')}</p>}
    >
      {(message) => <MessageEntry message={message} canReplay={channel.status !== 'disabled'} />}
    </LogList>
  );
}

function MessageEntry({ message, canReplay }: { message: Message; canReplay: boolean }) {
  const t = useTranslations('notify');
  const { busy, error, attempt } = useAttempt();
  const lost = message.status === 'failed' || message.status === 'dropped';
  const path = `/api/notifications/channels/${message.channelId}/messages/${message.id}/replay` as const;
  const replay = () => attempt(() => api<MessageView>('POST', path, { idempotencyKey: crypto.randomUUID() }));
  return (
    <LogEntry
      tone={MESSAGE_TONES[message.status]}
      state={t(`delivery.${message.status}`)}
      name={<MessageName message={message} />}
      at={message.createdAt}
    >
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
    </LogEntry>
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
    <LogAttempts
      attempts={attempts}
      took={({ responseStatus, milliseconds }) =>
        t('took', { status: responseStatus ?? t('unknownAnswer'), milliseconds })
      }
    >
      {({ uncertain }) => uncertain && <span className="text-muted">{t('uncertain')}</span>}
    </LogAttempts>
  );
}
