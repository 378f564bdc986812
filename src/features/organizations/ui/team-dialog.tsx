'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Textarea } from '@/ui/textarea';
import { useAttempt } from '@/ui/use-attempt';
import type { memberModel, TeamView, teamModel } from '../schema';
import { ChannelChoice } from './channel-choice';

type Team = DocOf<typeof teamModel>;
type Member = DocOf<typeof memberModel>;

interface TeamDialogProps {
  /** Null for a new team. */
  team: Team | null;
  members: readonly Member[];
  onClose: () => void;
}

/** Name, people and channels of a team. */
export function TeamDialog({ team, members, onClose }: TeamDialogProps) {
  const t = useTranslations('organization.teams');
  const { organization } = useSession();
  const [name, setName] = useState(team?.name ?? '');
  const [description, setDescription] = useState(team?.description ?? '');
  const [people, setPeople] = useState<Team['members']>(team?.members ?? {});
  const [channelIds, setChannelIds] = useState<readonly string[]>(team?.settings.channelIds ?? []);
  const { busy, error, attempt } = useAttempt();

  const save = (event: FormEvent) => {
    event.preventDefault();
    const base = `/api/organizations/${organization.id}/teams` as const;
    void attempt(async () => {
      const body = { name, description, channelIds };
      const id = team?.id ?? (await api<TeamView>('POST', base, { body })).id;
      await api('PATCH', `${base}/${id}`, { body: { ...body, members: people } });
      onClose();
    });
  };
  const choose = (userId: string, chosen: boolean) =>
    setPeople((before) => {
      const { [userId]: role, ...others } = before;
      return chosen ? { ...others, [userId]: role ?? 'member' } : others;
    });
  const nameFault = error instanceof ApiProblem ? error.fault('body.name') : undefined;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={team ? t('editTitle', { name: team.name }) : t('createTitle')}
      footer={
        <Button variant="primary" type="submit" form="team-form" loading={busy}>
          {t('save')}
        </Button>
      }
    >
      <form id="team-form" onSubmit={save} className="grid gap-4">
        <Field label={t('name')} required error={nameFault}>
          <Input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t('description')}>
          <Textarea
            value={description}
            rows={2}
            maxLength={300}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        <fieldset className="grid gap-2">
          <legend className="mb-1.5 text-sm font-medium">{t('who')}</legend>
          <div className="grid max-h-60 gap-2 overflow-y-auto">
            {members.map((member) => (
              <Checkbox
                key={member.userId}
                label={member.displayName}
                description={member.email}
                checked={people[member.userId] !== undefined}
                onCheckedChange={(chosen) => choose(member.userId, chosen)}
              />
            ))}
          </div>
        </fieldset>
        <ChannelChoice chosen={channelIds} onChange={setChannelIds} />
        {error !== null && !nameFault && <ErrorState error={error} compact />}
      </form>
    </Dialog>
  );
}
