'use client';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useLatest } from '@/client/use-latest';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { LogAttempts, LogEntry, LogList, LogText } from '@/ui/log-list';
import { RelativeTime } from '@/ui/relative-time';
import { useAttempt } from '@/ui/use-attempt';
import { type DeliveryView, webhookDeliveryModel } from '../schema';
import type { Endpoint } from './endpoint';

type Delivery = DocOf<typeof webhookDeliveryModel>;

const TONES = { pending: 'warn', delivered: 'ok', failed: 'danger' } as const;

/** The latest messages to an endpoint, live, each with its tries and what came back. */
export function DeliveryLog({ endpoint }: { endpoint: Endpoint }) {
  const t = useTranslations('integrations.webhooks');
  const { full, ...log } = useLatest(webhookDeliveryModel, [
    ['organizationId', '==', endpoint.organizationId],
    ['endpointId', '==', endpoint.id],
  ]);
  return (
    <LogList
      {...log}
      empty={t('noDeliveries')}
      foot={full && <p className="text-xs text-muted">{t('older')}</p>}
    >
      {(delivery) => <DeliveryEntry delivery={delivery} canReplay={endpoint.status !== 'disabled'} />}
    </LogList>
  );
}

function DeliveryEntry({ delivery, canReplay }: { delivery: Delivery; canReplay: boolean }) {
  const t = useTranslations('integrations.webhooks');
  const { busy, error, attempt } = useAttempt();
  const path = `/api/webhooks/endpoints/${delivery.endpointId}/deliveries/${delivery.id}/replay` as const;
  const replay = () =>
    attempt(() => api<DeliveryView>('POST', path, { idempotencyKey: crypto.randomUUID() }));
  return (
    <LogEntry
      tone={TONES[delivery.status]}
      state={t(`delivery.${delivery.status}`)}
      name={<code className="font-mono text-xs">{delivery.event}</code>}
      at={delivery.createdAt}
    >
      <p className="text-xs text-muted">
        {t('messageId')} <code className="font-mono break-all">{delivery.messageId}</code>
      </p>
      {delivery.nextAttemptAt && delivery.attempts.length > 0 && (
        <p className="text-xs text-muted">
          {t('nextTry')} <RelativeTime at={delivery.nextAttemptAt} />
        </p>
      )}
      <Attempts attempts={delivery.attempts} />
      <Code label={t('payload')} text={delivery.body} />
      {error !== null && <ErrorState error={error} compact />}
      {delivery.status !== 'pending' && canReplay && (
        <div>
          <Button size="sm" loading={busy} onClick={() => void replay()}>
            {t('replay')}
          </Button>
        </div>
      )}
    </LogEntry>
  );
}

function Attempts({ attempts }: { attempts: Delivery['attempts'] }) {
  const t = useTranslations('integrations.webhooks');
  return (
    <LogAttempts
      attempts={attempts}
      took={({ responseStatus, milliseconds }) =>
        t('took', { status: responseStatus ?? t('noAnswer'), milliseconds })
      }
    >
      {({ responseBody }) => responseBody && <Code label={t('answer')} text={responseBody} />}
    </LogAttempts>
  );
}

function Code({ label, text }: { label: string; text: string }) {
  return (
    <figure className="grid gap-1">
      <figcaption className="text-xs text-muted">{label}</figcaption>
      <LogText>{text}</LogText>
    </figure>
  );
}
