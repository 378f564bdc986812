'use client';
import { Plus, UsersRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useCan, useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { memberModel, teamModel } from '../schema';
import { TeamDialog } from './team-dialog';

type Team = DocOf<typeof teamModel>;

/** Teams with their people and channels, live. */
export function TeamsPage() {
  const t = useTranslations('organization.teams');
  const { organization } = useSession();
  const manages = useCan('teams.manage');
  const params = { orgId: organization.id };
  const teams = useLiveQuery({ model: teamModel, params, orderBy: [['name', 'asc']], limit: 100 });
  const members = useLiveQuery({
    model: memberModel,
    params,
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  const [editing, setEditing] = useState<Team | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Team | null>(null);
  const create = manages && (
    <Button variant="primary" icon={Plus} onClick={() => setEditing('new')}>
      {t('create')}
    </Button>
  );
  const names = (team: Team) =>
    members.items.filter((one) => team.members[one.userId]).map((one) => one.displayName);
  return (
    <div className="grid gap-4">
      {teams.error && <ErrorState error={teams.error} onRetry={teams.retry} />}
      {teams.status === 'loading' && <Skeleton className="h-28" />}
      {teams.status === 'live' && teams.items.length === 0 && (
        <EmptyState icon={<UsersRound />} title={t('empty')} body={t('emptyBody')} action={create} />
      )}
      {teams.items.length > 0 && <div>{create}</div>}
      {teams.items.map((team) => (
        <Card
          key={team.id}
          title={team.name}
          description={team.description}
          actions={
            manages && (
              <>
                <Button size="sm" onClick={() => setEditing(team)}>
                  {t('edit')}
                </Button>
                <Button size="sm" variant="ghost" onClick={() => setDeleting(team)}>
                  {t('delete')}
                </Button>
              </>
            )
          }
        >
          <p className="text-sm text-muted">
            {t('people', { count: Object.keys(team.members).length })}
            {names(team).length > 0 && `: ${names(team).join(', ')}`}
          </p>
          <p className="text-sm text-muted">{t('channels', { count: team.settings.channelIds.length })}</p>
        </Card>
      ))}
      {editing && (
        <TeamDialog
          key={editing === 'new' ? 'new' : editing.id}
          team={editing === 'new' ? null : editing}
          members={members.items}
          onClose={() => setEditing(null)}
        />
      )}
      <ConfirmDialog
        open={deleting !== null}
        onOpenChange={() => setDeleting(null)}
        title={t('deleteTitle', { name: deleting?.name ?? '' })}
        body={t('deleteBody')}
        confirmLabel={t('delete')}
        danger
        onConfirm={() => api('DELETE', `/api/organizations/${organization.id}/teams/${deleting?.id ?? ''}`)}
      />
    </div>
  );
}
