'use client';
import { Plus, Webhook } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { RelativeTime } from '@/ui/relative-time';
import { webhookRegistrationModel } from '../schema';
import { ENDPOINT_TONES, type Endpoint } from './endpoint';
import { EndpointDialog } from './endpoint-dialog';
import { EndpointSheet } from './endpoint-sheet';
import { InboundAddresses } from './inbound/addresses';

/** Addresses that hear of events, live: whether they answer, and what was sent to each. */
export function WebhooksPage() {
  const t = useTranslations('integrations.webhooks');
  const { organization, permissions } = useSession();
  const allowed = permissions.includes('webhooks.manage');
  const endpoints = useLiveQuery(
    allowed
      ? {
          model: webhookRegistrationModel,
          where: [
            ['organizationId', '==', organization.id],
            ['direction', '==', 'out'],
          ],
          limit: 50,
        }
      : null,
  );
  const [creating, setCreating] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const columns = useColumns();
  const open = endpoints.items.find((one) => one.id === openId) ?? null;
  if (!allowed)
    return <EmptyState icon={<Webhook />} title={t('forbidden')} body={t('forbiddenBody')} outline="none" />;
  const create = (
    <Button variant="primary" icon={Plus} onClick={() => setCreating(true)}>
      {t('create')}
    </Button>
  );
  return (
    <>
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={endpoints.items}
        rowKey={(endpoint) => endpoint.id}
        onRowOpen={(endpoint) => setOpenId(endpoint.id)}
        loading={endpoints.status === 'loading'}
        error={endpoints.error}
        onRetry={endpoints.retry}
        storageKey="webhooks"
        defaultSort={{ id: 'url', desc: false }}
        toolbar={endpoints.items.length > 0 ? create : undefined}
        empty={<EmptyState icon={<Webhook />} title={t('empty')} body={t('emptyBody')} action={create} />}
      />
      {creating && <EndpointDialog endpoint={null} onClose={() => setCreating(false)} />}
      <InboundAddresses of="all" />
      <EndpointSheet endpoint={open} onClose={() => setOpenId(null)} />
    </>
  );
}

function useColumns(): DataColumn<Endpoint>[] {
  const t = useTranslations('integrations.webhooks');
  return useMemo(
    () => [
      {
        id: 'url',
        header: t('url'),
        hideable: false,
        className: 'max-w-100 truncate',
        sortValue: (endpoint) => endpoint.webhookUrl,
        cell: (endpoint) => (
          <>
            <code className="font-mono text-xs">{endpoint.webhookUrl}</code>
            {endpoint.description && <span className="ml-2 text-muted">{endpoint.description}</span>}
          </>
        ),
      },
      {
        id: 'status',
        header: t('status'),
        hideable: false,
        sortValue: (endpoint) => endpoint.status,
        cell: (endpoint) => (
          <Badge tone={ENDPOINT_TONES[endpoint.status]}>{t(`state.${endpoint.status}`)}</Badge>
        ),
      },
      {
        id: 'events',
        header: t('events'),
        className: 'max-w-60 truncate',
        cell: (endpoint) => <span title={endpoint.events.join(', ')}>{endpoint.events.join(', ')}</span>,
      },
      {
        id: 'delivered',
        header: t('lastDelivered'),
        sortValue: (endpoint) => endpoint.lastDeliveredAt,
        cell: (endpoint) =>
          endpoint.lastDeliveredAt ? <RelativeTime at={endpoint.lastDeliveredAt} /> : t('never'),
      },
    ],
    [t],
  );
}
