'use client';
import { useNow, useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Dialog } from '@/ui/dialog';
import { RelativeTime } from '@/ui/relative-time';
import { toast } from '@/ui/toast';
import { type CreatedInvitationView, invitationModel } from '../schema';
import { OneTimeSecret } from './one-time-secret';

type Invitation = DocOf<typeof invitationModel>;

/** Invitations nobody has answered yet, live. */
export function InvitationList() {
  const t = useTranslations('organization.invitations');
  const { organization } = useSession();
  const open = useLiveQuery({
    model: invitationModel,
    params: { orgId: organization.id },
    where: [['status', '==', 'pending']],
    limit: 100,
  });
  const [link, setLink] = useState<CreatedInvitationView | null>(null);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  if (open.items.length === 0) return null;
  const base = `/api/organizations/${organization.id}/invitations` as const;
  const renew = async (invitation: Invitation) => {
    try {
      setLink(await api<CreatedInvitationView>('POST', `${base}/${invitation.id}/renew`));
    } catch (error) {
      toast.error(t('renewFailed'), { description: error instanceof Error ? error.message : '' });
    }
  };
  return (
    <Card title={t('title')} flush>
      <ul>
        {open.items.map((invitation) => (
          <InvitationRow
            key={invitation.id}
            invitation={invitation}
            onRenew={() => renew(invitation)}
            onRevoke={() => setRevoking(invitation)}
          />
        ))}
      </ul>
      <Dialog open={link !== null} onOpenChange={() => setLink(null)} title={t('newLink')} size="sm">
        {link && (
          <OneTimeSecret value={link.link} label={t('link')}>
            {t(link.mailed ? 'newMailedBody' : 'newLinkBody', { email: link.email })}
          </OneTimeSecret>
        )}
      </Dialog>
      <ConfirmDialog
        open={revoking !== null}
        onOpenChange={() => setRevoking(null)}
        title={t('revokeTitle', { email: revoking?.email ?? '' })}
        body={t('revokeBody')}
        confirmLabel={t('revoke')}
        danger
        onConfirm={() => api('DELETE', `${base}/${revoking?.id ?? ''}`)}
      />
    </Card>
  );
}

function InvitationRow(props: { invitation: Invitation; onRenew: () => void; onRevoke: () => void }) {
  const t = useTranslations('organization.invitations');
  const roles = useTranslations('organization.role');
  const now = useNow({ updateInterval: 60_000 });
  const { invitation, onRenew, onRevoke } = props;
  const expired = invitation.expiresAt <= now;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-sm">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{invitation.email}</span>
        <span className="text-muted">
          {roles(invitation.role)} ·{' '}
          {expired ? (
            t('expired')
          ) : (
            <>
              {t('expires')} <RelativeTime at={invitation.expiresAt} />
            </>
          )}
        </span>
      </span>
      <Button size="sm" onClick={onRenew}>
        {t('renew')}
      </Button>
      <Button size="sm" variant="ghost" onClick={onRevoke}>
        {t('revoke')}
      </Button>
    </li>
  );
}
