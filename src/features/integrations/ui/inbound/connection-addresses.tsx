'use client';
import { Inbox } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { EmptyState } from '@/ui/empty-state';
import { ConnectionPage } from '../operations/connection-page';
import { InboundAddresses } from './addresses';

/** A connection's page of addresses for incoming events. */
export function ConnectionAddresses({ id }: { id: string }) {
  const t = useTranslations('inbound');
  const { permissions } = useSession();
  return (
    <ConnectionPage id={id}>
      {(connection) =>
        permissions.includes('webhooks.manage') ? (
          <InboundAddresses of={connection} />
        ) : (
          <EmptyState icon={<Inbox />} title={t('forbidden')} body={t('forbiddenBody')} outline="none" />
        )
      }
    </ConnectionPage>
  );
}
