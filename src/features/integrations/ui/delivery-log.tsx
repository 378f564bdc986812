'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { type DeliveryView, webhookDeliveryModel } from '../schema';
import type { Endpoint } from './endpoint';

type Delivery = DocOf<typeof webhookDeliveryModel>;

const SHOWN = 50;
const TONES = { pending: 'warn', delivered: 'ok', failed: 'danger' } as const;

/** The latest messages to an endpoint, live, each with its tries and what came back. */
export function DeliveryLog({ endpoint }: { endpoint: Endpoint }) {
  const t = useTranslations('integrations.webhooks');
  const log = useLiveQuery({
    model: webhookDeliveryModel,
    where: [
      ['organizationId', '==', endpoint.organizationId],
      ['endpointId', '==', endpoint.id],
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
  if (log.items.length === 0) return <p className="text-sm text-muted">{t('noDeliveries')}</p>;
  return (
    <>
      <ul className="divide-y divide-line rounded-md border border-line">
        {log.items.map((delivery) => (
          <li key={delivery.id}>
            <DeliveryEntry delivery={delivery} canReplay={endpoint.status !== 'disabled'} />
          </li>
        ))}
      </ul>
      {log.items.length === SHOWN && <p className="text-xs text-muted">{t('older')}</p>}
    </>
  );
}

function DeliveryEntry({ delivery, canReplay }: { delivery: Delivery; canReplay: boolean }) {
  const t = useTranslations('integrations.webhooks');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const replay = async () => {
    setBusy(true);
    setError(null);
    const path = `/api/webhooks/endpoints/${delivery.endpointId}/deliveries/${delivery.id}/replay` as const;
    try {
      await api<DeliveryView>('POST', path, { idempotencyKey: crypto.randomUUID() });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <details>
      <summary className="flex min-h-9 cursor-pointer flex-wrap items-center gap-2 px-3 py-1.5 text-sm">
        <Badge tone={TONES[delivery.status]}>{t(`delivery.${delivery.status}`)}</Badge>
        <code className="font-mono text-xs">{delivery.event}</code>
        <span className="ml-auto text-xs text-muted">
          <RelativeTime at={delivery.createdAt} />
        </span>
      </summary>
      <div className="grid gap-3 border-t border-line px-3 py-3">
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
      </div>
    </details>
  );
}

function Attempts({ attempts }: { attempts: Delivery['attempts'] }) {
  const t = useTranslations('integrations.webhooks');
  return (
    <ol className="grid gap-2">
      {attempts.map((attempt) => (
        <li key={attempt.at.getTime()} className="grid gap-1 text-sm">
          <span className="flex flex-wrap gap-2">
            <RelativeTime at={attempt.at} />
            <span className="text-muted tabular-nums">
              {t('took', {
                status: attempt.responseStatus ?? t('noAnswer'),
                milliseconds: attempt.milliseconds,
              })}
            </span>
          </span>
          {attempt.error && <span className="text-danger">{attempt.error}</span>}
          {attempt.responseBody && <Code label={t('answer')} text={attempt.responseBody} />}
        </li>
      ))}
    </ol>
  );
}

function Code({ label, text }: { label: string; text: string }) {
  return (
    <figure className="grid gap-1">
      <figcaption className="text-xs text-muted">{label}</figcaption>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
        tabIndex={0}
        className="max-h-40 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs break-all whitespace-pre-wrap"
      >
        {text}
      </pre>
    </figure>
  );
}
