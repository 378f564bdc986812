'use client';
import { MoreHorizontal, UserPlus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { api } from '@/client/api';
import { useCan, useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Avatar } from '@/ui/avatar';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import { IconButton } from '@/ui/icon-button';
import { Menu } from '@/ui/menu';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { outranks, type Role } from '../permissions';
import { memberModel } from '../schema';
import { InvitationList } from './invitation-list';
import { InviteDialog } from './invite-dialog';
import { useRoleOptions } from './role-options';

type Member = DocOf<typeof memberModel>;

/** Everybody here, live: somebody who joins appears, a role that changes shows. */
export function MembersPage() {
  const t = useTranslations('organization.members');
  const { organization, user } = useSession();
  const manages = useCan('members.manage');
  const members = useLiveQuery({
    model: memberModel,
    params: { orgId: organization.id },
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const columns = useColumns({ manages, own: organization.role, ownId: user.uid, onRemove: setRemoving });
  return (
    <div className="grid gap-6">
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={members.items}
        rowKey={(member) => member.userId}
        loading={members.status === 'loading'}
        error={members.error}
        onRetry={members.retry}
        storageKey="members"
        toolbar={
          manages && (
            <Button variant="primary" icon={UserPlus} onClick={() => setInviting(true)}>
              {t('invite')}
            </Button>
          )
        }
      />
      {manages && <InvitationList />}
      {manages && <InviteDialog open={inviting} onOpenChange={setInviting} />}
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t('removeTitle', { name: removing?.displayName ?? '' })}
        body={t('removeBody')}
        confirmLabel={t('remove')}
        danger
        onConfirm={() =>
          api('DELETE', `/api/organizations/${organization.id}/members/${removing?.userId ?? ''}`)
        }
      />
    </div>
  );
}

function useColumns(facts: {
  manages: boolean;
  own: Role;
  ownId: string;
  onRemove: (member: Member) => void;
}): DataColumn<Member>[] {
  const t = useTranslations('organization.members');
  const roles = useTranslations('organization.role');
  const { manages, own, ownId, onRemove } = facts;
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        hideable: false,
        sortValue: (member) => member.displayName,
        cell: (member) => (
          <span className="flex items-center gap-2">
            <Avatar name={member.displayName} src={member.photoURL} size="sm" />
            <span className="grid min-w-24">
              <span className="truncate font-medium">{member.displayName}</span>
              <span className="truncate text-xs text-muted @2xl:hidden">{member.email}</span>
            </span>
            {member.userId === ownId && <Badge>{t('you')}</Badge>}
          </span>
        ),
      },
      {
        id: 'email',
        header: t('email'),
        wide: true,
        sortValue: (member) => member.email,
        className: 'max-w-60 truncate',
        cell: (member) => member.email,
      },
      {
        id: 'role',
        header: t('role'),
        sortValue: (member) => member.role,
        cell: (member) =>
          manages && outranks(own, member.role) ? (
            <RoleChoice member={member} own={own} />
          ) : (
            roles(member.role)
          ),
      },
      {
        id: 'joined',
        header: t('joined'),
        wide: true,
        sortValue: (member) => member.joinedAt,
        cell: (member) => <DateTime at={member.joinedAt} show="date" />,
      },
      ...(manages ? [actionColumn(t('actions'), t('remove'), own, onRemove)] : []),
    ],
    [t, roles, manages, own, ownId, onRemove],
  );
}

function actionColumn(
  header: string,
  remove: string,
  own: Role,
  onRemove: (member: Member) => void,
): DataColumn<Member> {
  return {
    id: 'actions',
    header,
    hideable: false,
    align: 'right',
    cell: (member) =>
      outranks(own, member.role) && (
        <Menu
          align="end"
          trigger={
            <IconButton size="sm" label={`${header}: ${member.displayName}`} icon={<MoreHorizontal />} />
          }
          items={[{ label: remove, danger: true, onSelect: () => onRemove(member) }]}
        />
      ),
  };
}

function RoleChoice({ member, own }: { member: Member; own: Role }) {
  const t = useTranslations('organization.members');
  const { organization } = useSession();
  const [pending, setPending] = useState<Role | null>(null);
  const options = useRoleOptions(own);
  const change = async (role: string) => {
    setPending(role as Role);
    try {
      await api('PATCH', `/api/organizations/${organization.id}/members/${member.userId}`, {
        body: { role },
      });
    } catch (error) {
      toast.error(t('roleFailed'), { description: error instanceof Error ? error.message : '' });
    } finally {
      setPending(null);
    }
  };
  return (
    <Select
      aria-label={t('roleOf', { name: member.displayName })}
      className="w-32"
      value={pending ?? member.role}
      disabled={pending !== null}
      options={options}
      onValueChange={change}
    />
  );
}
