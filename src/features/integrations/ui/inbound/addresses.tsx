'use client';
import { Inbox, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { Button } from '@/ui/button';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { NetworkMark } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { Sheet } from '@/ui/sheet';
import { StatusBadge } from '@/ui/status-badge';
import { inboundRegistrationModel } from '../../inbound/schema';
import type { Connection } from '../connection';
import { type Address, MARKS, STATE_TONES, stateOf } from './address';
import { AddressDetail } from './address-detail';
import { OpenAddress } from './open-address';

interface InboundAddressesProps {
  /** Those of one connection, those of senders without one, or all of the organisation. */
  of: Connection | 'nobody' | 'all';
}

/** Addresses that other companies send to, live: how each does, what came, and a new one. */
export function InboundAddresses({ of }: InboundAddressesProps) {
  const t = useTranslations('inbound');
  const { organization } = useSession();
  const live = useLiveQuery({
    model: inboundRegistrationModel,
    where: [
      ['organizationId', '==', organization.id],
      ['direction', '==', 'in'],
    ],
    limit: 51,
  });
  const [opening, setOpening] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const columns = useColumns();
  const connection = typeof of === 'object' ? of : null;
  const rows = live.items.filter(
    ({ integrationId }) => of === 'all' || integrationId === (connection?.id ?? null),
  );
  const shown = rows.find(({ id }) => id === openId) ?? null;
  // Whoever ended the connection gets no new way in for its records.
  const mayOpen = connection?.status !== 'disconnected';
  const open = mayOpen ? (
    <Button variant={connection ? 'primary' : 'secondary'} icon={Plus} onClick={() => setOpening(true)}>
      {t('open')}
    </Button>
  ) : undefined;
  const words = connection ? 'ofConnection' : of === 'nobody' ? 'ofNobody' : 'ofAll';
  return (
    <section className="grid gap-3">
      <div>
        <h2 className="text-lg font-semibold">{t(`${words}.title`)}</h2>
        <p className="text-sm text-muted">{t(`${words}.body`)}</p>
      </div>
      <DataTable
        caption={t(`${words}.title`)}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        onRowOpen={(row) => setOpenId(row.id)}
        loading={live.status === 'loading'}
        error={live.error}
        onRetry={live.retry}
        storageKey="inbound-webhooks"
        defaultSort={{ id: 'created', desc: true }}
        toolbar={rows.length > 0 ? open : undefined}
        empty={
          <EmptyState
            icon={<Inbox />}
            title={t('empty')}
            body={t(mayOpen ? 'emptyBody' : 'emptyEnded')}
            action={open}
          />
        }
      />
      {opening && <OpenAddress connection={connection} onClose={() => setOpening(false)} />}
      <Sheet
        open={shown !== null}
        onOpenChange={(on) => !on && setOpenId(null)}
        title={shown ? t('from', { provider: t(`providers.${shown.providerId}`) }) : t('ofAll.title')}
      >
        {shown && <AddressDetail key={shown.id} address={shown} onDeleted={() => setOpenId(null)} />}
      </Sheet>
    </section>
  );
}

function useColumns(): DataColumn<Address>[] {
  const t = useTranslations('inbound');
  return useMemo(
    () => [
      {
        id: 'provider',
        header: t('sender'),
        hideable: false,
        sortValue: ({ providerId }) => providerId,
        cell: ({ providerId, description, vendorResource }) => (
          <span className="flex min-w-0 items-center gap-2">
            <NetworkMark platform={MARKS[providerId]} decorative />
            <span>{t(`providers.${providerId}`)}</span>
            {(description || vendorResource) && (
              <span className="truncate text-muted">{description || vendorResource}</span>
            )}
          </span>
        ),
      },
      {
        id: 'status',
        header: t('status'),
        hideable: false,
        sortValue: stateOf,
        cell: (address) => (
          <StatusBadge tone={STATE_TONES[stateOf(address)]}>{t(`states.${stateOf(address)}`)}</StatusBadge>
        ),
      },
      {
        id: 'created',
        header: t('created'),
        wide: true,
        sortValue: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
      },
    ],
    [t],
  );
}
