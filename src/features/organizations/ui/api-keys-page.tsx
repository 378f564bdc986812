'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { RelativeTime } from '@/ui/relative-time';
import type { ApiKeyView } from '../schema';
import { ApiKeyDialog } from './api-key-dialog';

const TONES = { active: 'ok', expired: 'warn', revoked: 'neutral' } as const;

/** Keys of programs: what each may do, until when, and when it was last used. */
export function ApiKeysPage() {
  const t = useTranslations('organization.apiKeys');
  const { organization } = useSession();
  const queries = useQueryClient();
  const path = `/api/organizations/${organization.id}/api-keys` as const;
  const keys = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => api<{ items: ApiKeyView[] }>('GET', path, { signal }),
  });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKeyView | null>(null);
  const columns = useColumns(setRevoking);
  const again = () => queries.invalidateQueries({ queryKey: [path] });
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
        rows={keys.data?.items ?? []}
        rowKey={(key) => key.id}
        loading={keys.isPending}
        error={keys.error}
        onRetry={() => void keys.refetch()}
        storageKey="api-keys"
        toolbar={keys.data && keys.data.items.length > 0 ? create : undefined}
        empty={<EmptyState icon={<KeyRound />} title={t('empty')} body={t('emptyBody')} action={create} />}
      />
      <ApiKeyDialog path={path} open={creating} onOpenChange={setCreating} onCreated={again} />
      <ConfirmDialog
        open={revoking !== null}
        onOpenChange={() => setRevoking(null)}
        title={t('revokeTitle', { name: revoking?.name ?? '' })}
        body={t('revokeBody')}
        confirmLabel={t('revoke')}
        danger
        onConfirm={async () => {
          await api('DELETE', `${path}/${revoking?.id ?? ''}`);
          await again();
        }}
      />
    </>
  );
}

function useColumns(onRevoke: (key: ApiKeyView) => void): DataColumn<ApiKeyView>[] {
  const t = useTranslations('organization.apiKeys');
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        hideable: false,
        sortValue: (key) => key.name,
        cell: (key) => (
          <>
            <span className="font-medium">{key.name}</span>{' '}
            <code className="font-mono text-xs text-muted">irs_…{key.hint}</code>
          </>
        ),
      },
      {
        id: 'status',
        header: t('status'),
        sortValue: (key) => key.status,
        cell: (key) => <Badge tone={TONES[key.status]}>{t(`state.${key.status}`)}</Badge>,
      },
      {
        id: 'scopes',
        header: t('scopes'),
        className: 'max-w-80 truncate',
        cell: (key) => <span title={key.scopes.join(', ')}>{key.scopes.join(', ')}</span>,
      },
      {
        id: 'used',
        header: t('lastUsed'),
        sortValue: (key) => key.lastUsedAt && new Date(key.lastUsedAt),
        cell: (key) => (key.lastUsedAt ? <RelativeTime at={key.lastUsedAt} /> : t('never')),
      },
      {
        id: 'expires',
        header: t('expires'),
        sortValue: (key) => key.expiresAt && new Date(key.expiresAt),
        cell: (key) => (key.expiresAt ? <DateTime at={key.expiresAt} show="date" /> : t('noEnd')),
      },
      {
        id: 'actions',
        header: t('actions'),
        hideable: false,
        align: 'right',
        cell: (key) =>
          key.status === 'active' && (
            <Button size="sm" variant="ghost" onClick={() => onRevoke(key)}>
              {t('revoke')}
            </Button>
          ),
      },
    ],
    [t, onRevoke],
  );
}
