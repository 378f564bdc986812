import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { singleton } from '@/core/singletons';
import { effectiveChannels } from './channels';
import { type OrganizationDeps, requireChannels } from './deps';
import { memberLeft, memberRoleChanged, ownershipTransferred } from './events';
import type { Role } from './permissions';
import type { Member, Team } from './repository';
import { present, requireAnotherOwner, requireGrantable, requirePerson, requireRankOver } from './rules';

type LeaveReason = 'left' | 'removed' | 'account_deleted';

/** Who belongs to an organisation, and in which role. Rules are decided on what the transaction reads, never on the request's memory. */
export class MemberService {
  static getInstance(): MemberService {
    return singleton<MemberService>('MemberService');
  }

  constructor(readonly deps: OrganizationDeps) {}

  /** In alphabetical order. */
  list(organizationId: string, page: PageQuery): Promise<Page<Member>> {
    return this.deps.repository.memberPage(organizationId, page);
  }

  /** What each of a person's memberships means to its organisation. */
  async standings(
    userId: string,
  ): Promise<{ organizationId: string; name: string; role: Role; members: number; owners: number }[]> {
    const { repository } = this.deps;
    const memberships = await repository.membershipsOf(userId);
    const organizations = await repository.organizations(memberships.map((one) => one.organizationId));
    return Promise.all(
      memberships.map(async ({ organizationId, role }, index) => ({
        organizationId,
        role,
        name: organizations[index]?.profile.name ?? organizationId,
        ...(await repository.headcount(organizationId)),
      })),
    );
  }

  /**
   * Changes a member's role or channels.
   * @throws ForbiddenError for somebody above the actor, or a role above the actor's own.
   * @throws ConflictError when the last owner would step down.
   */
  async change(
    actor: Actor,
    userId: string,
    change: { role?: Role | undefined; channelIds?: string[] | undefined },
  ): Promise<Member> {
    await requireChannels(this.deps.channels, actor, change.channelIds);
    return this.deps.repository.run(async (tx) => {
      const { self, target } = await this.#pair(tx, actor, userId);
      requireRankOver(self.role, target.role);
      const role = change.role ?? target.role;
      if (change.role) requireGrantable(self.role, change.role);
      if (target.role === 'owner' && role !== 'owner') {
        requireAnotherOwner(await this.deps.repository.owners(tx, actor.organizationId), userId);
      }
      const ownChannelIds = change.channelIds ?? target.ownChannelIds;
      const teams = await this.#teamsOf(tx, target);
      const patch = {
        role,
        ownChannelIds,
        channelIds: effectiveChannels(
          role,
          ownChannelIds,
          teams.map((team) => team.settings),
        ),
      };
      this.deps.repository.updateMember(tx, target, patch);
      this.#recordChange(tx, actor, target, role, change.channelIds);
      this.#forget(tx, actor.organizationId);
      return { ...target, ...patch };
    });
  }

  /** @throws ForbiddenError, ConflictError as {@link change}. */
  remove(actor: Actor, userId: string): Promise<void> {
    return this.deps.repository.run(async (tx) => {
      const { self, target } = await this.#pair(tx, actor, userId);
      requireRankOver(self.role, target.role);
      await this.#remove(tx, actor, target, userId === actor.userId ? 'left' : 'removed');
    });
  }

  /** @throws ConflictError for the last owner. */
  leave(actor: Actor): Promise<void> {
    requirePerson(actor);
    return this.leaveAs(actor, 'left');
  }

  /** Ends a membership on the person's own wish. One that is gone already is fine. */
  leaveAs(who: Pick<Actor, 'userId' | 'organizationId' | 'displayName'>, reason: LeaveReason): Promise<void> {
    return this.deps.repository.run(async (tx) => {
      const member = await tx.get(this.deps.repository.memberRef(who.organizationId, who.userId));
      if (member) await this.#remove(tx, who, member, reason);
    });
  }

  /** Makes a member the owner and the acting owner an admin, in one step. */
  transfer(actor: Actor, userId: string): Promise<void> {
    requirePerson(actor);
    return this.deps.repository.run(async (tx) => {
      const { self, target } = await this.#pair(tx, actor, userId);
      requireRankOver(self.role, 'owner');
      if (target.userId === self.userId) return;
      this.deps.repository.updateMember(tx, target, { role: 'owner', channelIds: [] });
      this.deps.repository.updateMember(tx, self, { role: 'admin' });
      this.deps.audit.append(tx, actor, {
        action: 'organization.ownership_transferred',
        target: memberTarget(target),
        facts: { from: self.email, to: target.email },
      });
      this.deps.outbox.append(tx, ownershipTransferred, {
        organizationId: actor.organizationId,
        fromUserId: self.userId,
        toUserId: target.userId,
      });
      this.#forget(tx, actor.organizationId);
    });
  }

  async #remove(
    tx: Tx,
    actor: Pick<Actor, 'userId' | 'organizationId' | 'displayName' | 'apiKeyId'>,
    target: Member,
    reason: LeaveReason,
  ): Promise<void> {
    const { repository, audit, outbox, clock } = this.deps;
    const { organizationId } = actor;
    if (target.role === 'owner')
      requireAnotherOwner(await repository.owners(tx, organizationId), target.userId);
    const teams = await this.#teamsOf(tx, target);
    const keys = (await repository.liveApiKeys(tx, organizationId)).filter(
      (key) => key.createdBy === target.userId,
    );
    for (const team of teams) {
      const { [target.userId]: _, ...members } = team.members;
      tx.update(repository.teamRef(organizationId, team.id), { members });
    }
    for (const key of keys) tx.update(repository.apiKeyRef(key.id), { revokedAt: clock.now() });
    tx.delete(repository.memberRef(organizationId, target.userId));
    audit.append(tx, actor, {
      action: reason === 'removed' ? 'member.removed' : 'member.left',
      target: memberTarget(target),
      facts: { role: target.role, reason, apiKeysRevoked: keys.length },
    });
    outbox.append(tx, memberLeft, { organizationId, userId: target.userId, reason, byUserId: actor.userId });
    this.#forget(tx, organizationId);
    if (keys.length > 0) tx.afterCommit(() => void this.deps.access.forgetApiKeys());
  }

  #recordChange(tx: Tx, actor: Actor, target: Member, role: Role, channelIds: string[] | undefined): void {
    if (channelIds) {
      this.deps.audit.append(tx, actor, {
        action: 'member.channels_changed',
        target: memberTarget(target),
        facts: { channels: channelIds },
      });
    }
    if (role === target.role) return;
    this.deps.audit.append(tx, actor, {
      action: 'member.role_changed',
      target: memberTarget(target),
      facts: { from: target.role, to: role },
    });
    this.deps.outbox.append(tx, memberRoleChanged, {
      organizationId: actor.organizationId,
      userId: target.userId,
      from: target.role,
      to: role,
      byUserId: actor.userId,
    });
  }

  async #pair(tx: Tx, actor: Actor, userId: string): Promise<{ self: Member; target: Member }> {
    const { repository } = this.deps;
    const [self, target] = await tx.getAll([
      repository.memberRef(actor.organizationId, actor.userId),
      repository.memberRef(actor.organizationId, userId),
    ]);
    return { self: present(self, 'This organisation'), target: present(target, 'This member') };
  }

  async #teamsOf(tx: Tx, member: Member): Promise<Team[]> {
    const refs = member.teamIds.map((id) => this.deps.repository.teamRef(member.organizationId, id));
    return (await tx.getAll(refs)).filter((team) => team !== null);
  }

  #forget(tx: Tx, organizationId: string): void {
    tx.afterCommit(() => void this.deps.access.forgetMembers(organizationId));
  }
}

export function memberTarget(member: { userId: string; email: string }) {
  return { type: 'member', id: member.userId, label: member.email };
}
