'use client';
import { Plug } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useSession } from '@/client/session';
import { useLiveDoc } from '@/client/use-live-query';
import { EmptyState } from '@/ui/empty-state';
import { LinkButton } from '@/ui/link-button';
import { NetworkMark } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { integrationModel } from '../../connections/schema';
import { type Connection, STATUS_TONES } from '../connection';
import { ConnectionNav } from './connection-nav';

/** The frame of a connection's pages: whose it is, how it does, and the way to the other pages. */
export function ConnectionPage({
  id,
  children,
}: {
  id: string;
  children: (connection: Connection) => ReactNode;
}) {
  const t = useTranslations('integrations.connections');
  const { organization } = useSession();
  const live = useLiveDoc(integrationModel, id);
  const connection = live.item?.organizationId === organization.id ? live.item : null;
  const crumbs = [{ label: t('title'), href: '/integrations' }];
  if (connection)
    return (
      <>
        <PageHeader
          title={
            <span className="flex items-center gap-2.5">
              <NetworkMark platform={connection.platform} size={24} decorative />
              {connection.name}
            </span>
          }
          breadcrumb={crumbs}
          description={connection.accountName}
          aside={
            <StatusBadge tone={STATUS_TONES[connection.status]}>
              {t(`status.${connection.status}`)}
            </StatusBadge>
          }
        />
        <ConnectionNav id={id} />
        <div className="grid gap-4 pt-4">{children(connection)}</div>
      </>
    );
  return (
    <>
      <PageHeader title={t('title')} breadcrumb={crumbs} />
      {live.status === 'loading' ? (
        <Skeleton className="h-40 rounded-lg" />
      ) : (
        // Rules answer for a document that is not there as for one that is another's: refused.
        <EmptyState
          icon={<Plug />}
          title={t('missing.title')}
          body={t('missing.body')}
          outline="none"
          action={<LinkButton href="/integrations">{t('missing.action')}</LinkButton>}
        />
      )}
    </>
  );
}
