import 'server-only';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Collection, Db, Doc, PatchOf, Ref, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { apiKeyModel, invitationModel, memberModel, organizationModel, teamModel } from './schema';

export type Organization = Doc<typeof organizationModel>;
export type Member = Doc<typeof memberModel>;
export type Team = Doc<typeof teamModel>;
export type Invitation = Doc<typeof invitationModel>;
export type ApiKey = Doc<typeof apiKeyModel>;

/** A person belongs to at most this many organisations; far above any agency's need, and it bounds every list. */
export const MAX_MEMBERSHIPS = 100;
export const MAX_TEAMS = 100;
export const MAX_API_KEYS = 50;
const MAX_PENDING = 200;

/** Organisations and what belongs to them. Membership truth is `organizations/{org}/members/{uid}`, nothing else. */
export class OrganizationRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  organizationRef(id: string): Ref<typeof organizationModel> {
    return this.db.doc(organizationModel, id);
  }

  memberRef(organizationId: string, userId: string): Ref<typeof memberModel> {
    return this.db.doc(memberModel, userId, { orgId: organizationId });
  }

  teamRef(organizationId: string, teamId: string): Ref<typeof teamModel> {
    return this.db.doc(teamModel, teamId, { orgId: organizationId });
  }

  invitationRef(organizationId: string, id: string): Ref<typeof invitationModel> {
    return this.db.doc(invitationModel, id, { orgId: organizationId });
  }

  apiKeyRef(id: string): Ref<typeof apiKeyModel> {
    return this.db.doc(apiKeyModel, id);
  }

  organization(id: string): Promise<Organization | null> {
    return this.db.get(this.organizationRef(id));
  }

  organizations(ids: readonly string[]): Promise<(Organization | null)[]> {
    return this.db.getAll(ids.map((id) => this.organizationRef(id)));
  }

  /** Those whose grace is over. */
  organizationsToPurge(now: Date, limit: number): Promise<Organization[]> {
    const due = this.db.collection(organizationModel).where('deletion.purgeAt', '<=', now);
    return this.db.find(due.orderBy('deletion.purgeAt').limit(limit));
  }

  /** Both documents in one round trip. A member document without its organisation counts for nothing. */
  async membership(
    organizationId: string,
    userId: string,
  ): Promise<{ organization: Organization; member: Member } | null> {
    const refs = [this.organizationRef(organizationId), this.memberRef(organizationId, userId)];
    const [organization, member] = await this.db.getAll<Organization | Member>(refs as Ref<never>[]);
    return organization && member
      ? { organization: organization as Organization, member: member as Member }
      : null;
  }

  membershipsOf(userId: string): Promise<Member[]> {
    return this.db.find(this.db.group(memberModel).where('userId', '==', userId).limit(MAX_MEMBERSHIPS));
  }

  members(organizationId: string): Collection<typeof memberModel> {
    return this.db.collection(memberModel, { orgId: organizationId });
  }

  memberPage(organizationId: string, page: PageQuery): Promise<Page<Member>> {
    return this.db.page(this.members(organizationId), page, { field: 'displayName', direction: 'asc' });
  }

  /** Read inside the transaction, so that two owners leaving at once cannot both succeed. */
  owners(tx: Tx, organizationId: string): Promise<Member[]> {
    return tx.find(this.members(organizationId).where('role', '==', 'owner').limit(50));
  }

  async headcount(organizationId: string): Promise<{ members: number; owners: number }> {
    const members = this.members(organizationId);
    const owners = members.where('role', '==', 'owner');
    const [all, owning] = await Promise.all([this.db.count(members), this.db.count(owners)]);
    return { members: all, owners: owning };
  }

  /** @returns at most `limit` members, to compare with a plan's limit. */
  someMembers(tx: Tx, organizationId: string, limit: number): Promise<Member[]> {
    return tx.find(this.members(organizationId).limit(limit));
  }

  memberByEmail(tx: Tx, organizationId: string, email: string): Promise<Member[]> {
    return tx.find(this.members(organizationId).where('email', '==', email).limit(1));
  }

  /** Copies of a person's name, address and picture, wherever they are a member. @returns the organisations. */
  async updatePerson(
    userId: string,
    person: { displayName: string; email: string; photoURL: string | null },
  ): Promise<string[]> {
    const memberships = await this.membershipsOf(userId);
    for (const { organizationId } of memberships) {
      await this.db.update(this.memberRef(organizationId, userId), person);
    }
    return memberships.map((member) => member.organizationId);
  }

  addOrganization(tx: Tx, id: string, data: NewDoc<typeof organizationModel>): void {
    tx.create(this.organizationRef(id), data);
  }

  addMember(tx: Tx, data: NewDoc<typeof memberModel>): void {
    tx.create(this.memberRef(data.organizationId, data.userId), data);
  }

  updateMember(tx: Tx, member: Member, patch: PatchOf<Member>): void {
    tx.update(this.memberRef(member.organizationId, member.userId), patch);
  }

  teams(organizationId: string): Promise<Team[]> {
    const teams = this.db.collection(teamModel, { orgId: organizationId });
    return this.db.find(teams.orderBy('name').limit(MAX_TEAMS));
  }

  teamsIn(tx: Tx, organizationId: string): Promise<Team[]> {
    return tx.find(this.db.collection(teamModel, { orgId: organizationId }).limit(MAX_TEAMS));
  }

  team(organizationId: string, id: string): Promise<Team | null> {
    return this.db.get(this.teamRef(organizationId, id));
  }

  invitation(organizationId: string, id: string): Promise<Invitation | null> {
    return this.db.get(this.invitationRef(organizationId, id));
  }

  invitationPage(organizationId: string, page: PageQuery): Promise<Page<Invitation>> {
    const invitations = this.db.collection(invitationModel, { orgId: organizationId });
    return this.db.page(invitations, page, { field: 'createdAt' });
  }

  pendingInvitations(tx: Tx, organizationId: string): Promise<Invitation[]> {
    const invitations = this.db.collection(invitationModel, { orgId: organizationId });
    return tx.find(invitations.where('status', '==', 'pending').limit(MAX_PENDING));
  }

  apiKey(id: string): Promise<ApiKey | null> {
    return this.db.get(this.apiKeyRef(id));
  }

  apiKeyUsed(id: string, at: Date): Promise<void> {
    return this.db.update(this.apiKeyRef(id), { lastUsedAt: at });
  }

  apiKeys(organizationId: string): Promise<ApiKey[]> {
    return this.db.find(
      this.#apiKeys(organizationId)
        .orderBy('createdAt', 'desc')
        .limit(MAX_API_KEYS * 4),
    );
  }

  /** Keys that are not revoked. */
  liveApiKeys(tx: Tx, organizationId: string): Promise<ApiKey[]> {
    return tx.find(
      this.#apiKeys(organizationId)
        .where('revokedAt', '==', null)
        .limit(MAX_API_KEYS + 1),
    );
  }

  #apiKeys(organizationId: string) {
    return this.db.collection(apiKeyModel).where('organizationId', '==', organizationId);
  }
}
