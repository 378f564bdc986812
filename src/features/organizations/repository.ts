import 'server-only';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { memberModel, organizationModel } from './schema';

export type Organization = Doc<typeof organizationModel>;
export type Member = Doc<typeof memberModel>;

/** A person belongs to at most this many organisations; far above any agency's need, and it bounds every list. */
export const MAX_MEMBERSHIPS = 100;

/** Organisations and their members. Membership truth is `organizations/{org}/members/{uid}`, nothing else. */
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

  organization(id: string): Promise<Organization | null> {
    return this.db.get(this.organizationRef(id));
  }

  organizations(ids: readonly string[]): Promise<(Organization | null)[]> {
    return this.db.getAll(ids.map((id) => this.organizationRef(id)));
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

  /** Read inside the transaction, so that two owners leaving at once cannot both succeed. */
  owners(tx: Tx, organizationId: string): Promise<Member[]> {
    const members = this.db.collection(memberModel, { orgId: organizationId });
    return tx.find(members.where('role', '==', 'owner').limit(50));
  }

  addOrganization(tx: Tx, id: string, data: NewDoc<typeof organizationModel>): void {
    tx.create(this.organizationRef(id), data);
  }

  addMember(tx: Tx, data: NewDoc<typeof memberModel>): void {
    tx.create(this.memberRef(data.organizationId, data.userId), data);
  }
}
