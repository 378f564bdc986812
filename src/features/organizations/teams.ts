import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { ConflictError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { effectiveChannels } from './channels';
import { type OrganizationDeps, requireChannels } from './deps';
import { MAX_TEAMS, type Member, type Team } from './repository';
import { present } from './rules';
import type { TeamView } from './schema';
import { toTeamView } from './views';

type TeamMembers = Team['members'];

export interface TeamChange {
  name?: string | undefined;
  description?: string | undefined;
  channelIds?: string[] | undefined;
  members?: TeamMembers | undefined;
}

/** Teams with their own channels. Who is in a team, and what follows for the channels of each member, changes in one transaction. */
export class TeamService {
  static getInstance(): TeamService {
    return singleton<TeamService>('TeamService');
  }

  constructor(readonly deps: OrganizationDeps) {}

  /** By name. */
  async list(organizationId: string): Promise<TeamView[]> {
    return (await this.deps.repository.teams(organizationId)).map(toTeamView);
  }

  /** @throws ConflictError when the name is taken, or there are too many teams. */
  async create(
    actor: Actor,
    input: { name: string; description: string; channelIds: string[] },
  ): Promise<TeamView> {
    const { repository, ids, channels } = this.deps;
    await requireChannels(channels, actor, input.channelIds);
    const id = ids.next();
    await repository.run(async (tx) => {
      const teams = await repository.teamsIn(tx, actor.organizationId);
      requireFreeName(teams, input.name);
      if (teams.length >= MAX_TEAMS)
        throw new ConflictError(`An organisation has at most ${MAX_TEAMS} teams.`);
      tx.create(repository.teamRef(actor.organizationId, id), {
        organizationId: actor.organizationId,
        name: input.name,
        description: input.description,
        members: {},
        settings: { channelIds: input.channelIds },
      });
      this.#record(tx, actor, 'team.created', { id, name: input.name }, { channels: input.channelIds });
    });
    return toTeamView(present(await repository.team(actor.organizationId, id), 'This team'));
  }

  /** @throws ValidationError at `body.members.<id>` for somebody who is no member of the organisation. */
  async change(actor: Actor, teamId: string, change: TeamChange): Promise<TeamView> {
    await requireChannels(this.deps.channels, actor, change.channelIds);
    return this.deps.repository.run(async (tx) => {
      const { repository } = this.deps;
      const teams = await repository.teamsIn(tx, actor.organizationId);
      const team = present(
        teams.find((one) => one.id === teamId),
        'This team',
      );
      if (change.name) requireFreeName(teams, change.name, teamId);
      const next: Team = {
        ...team,
        name: change.name ?? team.name,
        description: change.description ?? team.description,
        members: change.members ?? team.members,
        settings: { channelIds: change.channelIds ?? team.settings.channelIds },
      };
      await this.#realign(tx, teams, team, next);
      const { name, description, members, settings } = next;
      tx.update(repository.teamRef(actor.organizationId, teamId), { name, description, members, settings });
      this.#record(tx, actor, 'team.changed', next, {
        ...(change.name ? { nameBefore: team.name } : {}),
        ...(change.channelIds ? { channels: change.channelIds } : {}),
        ...(change.members ? { members: Object.keys(change.members) } : {}),
      });
      return toTeamView(next);
    });
  }

  remove(actor: Actor, teamId: string): Promise<void> {
    return this.deps.repository.run(async (tx) => {
      const { repository } = this.deps;
      const teams = await repository.teamsIn(tx, actor.organizationId);
      const team = present(
        teams.find((one) => one.id === teamId),
        'This team',
      );
      await this.#realign(tx, teams, team, null);
      tx.delete(repository.teamRef(actor.organizationId, teamId));
      this.#record(tx, actor, 'team.deleted', team, { members: Object.keys(team.members) });
    });
  }

  /** Brings team lists and channels of everybody who was or will be in the team up to date. */
  async #realign(tx: Tx, teams: readonly Team[], before: Team, after: Team | null): Promise<void> {
    const { repository, access } = this.deps;
    const userIds = [...new Set([...Object.keys(before.members), ...Object.keys(after?.members ?? {})])];
    const members = await tx.getAll(userIds.map((id) => repository.memberRef(before.organizationId, id)));
    const now = teams.flatMap((team) => (team.id === before.id ? (after ? [after] : []) : [team]));
    const stranger = userIds.find((userId, index) => !members[index] && after?.members[userId]);
    if (stranger !== undefined) {
      throw ValidationError.at(`body.members.${stranger}`, 'This person is no member of the organisation.');
    }
    for (const member of members) {
      if (member) repository.updateMember(tx, member, standingIn(member, now));
    }
    tx.afterCommit(() => void access.forgetMembers(before.organizationId));
  }

  #record(
    tx: Tx,
    actor: Actor,
    action: string,
    team: { id: string; name: string },
    facts: Record<string, string | string[]>,
  ): void {
    const target = { type: 'team', id: team.id, label: team.name };
    this.deps.audit.append(tx, actor, { action, target, facts });
  }
}

/** What a member's document says of their teams. */
function standingIn(member: Member, teams: readonly Team[]): Pick<Member, 'teamIds' | 'channelIds'> {
  const own = teams.filter((team) => team.members[member.userId]);
  const settings = own.map((team) => team.settings);
  return {
    teamIds: own.map((team) => team.id),
    channelIds: effectiveChannels(member.role, member.ownChannelIds, settings),
  };
}

function requireFreeName(teams: readonly Team[], name: string, except?: string): void {
  const taken = teams.some(
    (team) => team.id !== except && team.name.toLocaleLowerCase() === name.toLocaleLowerCase(),
  );
  if (taken) throw new ConflictError(`There is already a team called ${name}.`);
}
