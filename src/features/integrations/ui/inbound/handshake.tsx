'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { DateTime } from '@/ui/date-time';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useAttempt } from '@/ui/use-attempt';
import { INBOUND_PROVIDERS } from '../../inbound/providers.data';
import type { InboundHealthView } from '../../inbound/schema';
import type { Address } from './address';
import { Copied } from './shown-once';

/** A vendor that sends its secret itself: waited for a quarter of an hour, shown until it has signed something. */
export function Handshake({ address, moment }: { address: Address; moment: string }) {
  const waits = INBOUND_PROVIDERS[address.providerId].secret === 'handshake' && !address.verified;
  if (!waits || address.status === 'disabled') return null;
  return address.secrets.length > 0 ? (
    <Token id={address.id} moment={moment} />
  ) : (
    <Waiting key={address.handshakeUntil.getTime()} address={address} />
  );
}

function Waiting({ address: { id, handshakeUntil } }: { address: Address }) {
  const t = useTranslations('inbound.handshake');
  const [over, setOver] = useState(() => handshakeUntil.getTime() <= Date.now());
  const { busy, error, attempt } = useAttempt();
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), Math.max(0, handshakeUntil.getTime() - Date.now()));
    return () => clearTimeout(timer);
  }, [handshakeUntil]);
  const again = () => attempt(() => api('POST', `/api/webhooks/${id}/rotate`, { body: {} }));
  return (
    <section className="grid gap-2 rounded-lg border border-line bg-sunken p-3 text-sm">
      <h3 className="font-medium">{t(over ? 'over' : 'waiting')}</h3>
      <p role="status" className="text-muted">
        {over ? (
          t('overBody')
        ) : (
          <>
            {t('until')} <DateTime at={handshakeUntil} show="time" />
          </>
        )}
      </p>
      {over && (
        <Button size="sm" className="justify-self-start" loading={busy} onClick={() => void again()}>
          {t('again')}
        </Button>
      )}
      {error !== null && <ErrorState compact error={error} />}
    </section>
  );
}

function Token({ id, moment }: { id: string; moment: string }) {
  const t = useTranslations('inbound.handshake');
  const path = `/api/webhooks/${id}/health` as const;
  const answer = useQuery({
    queryKey: [path, moment],
    queryFn: ({ signal }) => api<InboundHealthView>('GET', path, { signal }),
    placeholderData: keepPreviousData,
  });
  if (answer.error) return <ErrorState compact error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton className="h-24" />;
  if (answer.data.handshakeToken === null) return null;
  return (
    <section className="grid gap-2 rounded-lg border border-line bg-sunken p-3 text-sm">
      <h3 className="font-medium">{t('arrived')}</h3>
      <p role="status" className="text-muted">
        {t('arrivedBody')}
      </p>
      <Copied label={t('token')} value={answer.data.handshakeToken} copy={t('copy')} />
    </section>
  );
}
