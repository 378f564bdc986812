import 'server-only';
import type { Tx } from '@/core/db/db';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { permissionsOf, type Role } from './permissions';
import type { Member, Organization, OrganizationRepository } from './repository';
import type { MembershipView, OrganizationView, Tier } from './schema';

/** A person as organisations know them; copied into the member document so that lists need no second read. */
export interface PersonFacts {
  userId: string;
  displayName: string;
  email: string;
  photoURL: string | null;
}

export interface NewOrganization {
  name: string;
  timezone: string;
  locale: string;
  tier?: Tier;
}

/** Organisations and who belongs to them. */
export class OrganizationService {
  static getInstance(): OrganizationService {
    return singleton<OrganizationService>('OrganizationService');
  }

  constructor(
    readonly repository: OrganizationRepository,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  /** Creates an organisation with this person as its owner. @returns its id. */
  async create(owner: PersonFacts, input: NewOrganization): Promise<string> {
    const id = this.ids.next();
    await this.repository.run(async (tx) => this.#found(tx, id, owner, input, null));
    return id;
  }

  /**
   * The organisation that comes with an account. Repeating it is safe: the id was chosen beforehand and stands in the account.
   * @returns whether it was created now.
   */
  ensurePersonal(id: string, owner: PersonFacts, input: NewOrganization): Promise<boolean> {
    return this.repository.run(async (tx) => {
      if (await tx.get(this.repository.organizationRef(id))) return false;
      this.#found(tx, id, owner, input, owner.userId);
      return true;
    });
  }

  /** Every organisation of a person, in a stable order: own first, then by name. */
  async membershipsOf(userId: string): Promise<MembershipView[]> {
    const members = await this.repository.membershipsOf(userId);
    const organizations = await this.repository.organizations(members.map((one) => one.organizationId));
    return members
      .flatMap((member, index) => {
        const organization = organizations[index];
        return organization ? [toMembershipView(organization, member)] : [];
      })
      .sort((a, b) => Number(b.personal) - Number(a.personal) || a.name.localeCompare(b.name));
  }

  #found(tx: Tx, id: string, owner: PersonFacts, input: NewOrganization, personalOf: string | null): void {
    this.repository.addOrganization(tx, id, {
      profile: { name: input.name, website: null, timezone: input.timezone, locale: input.locale },
      billing: { tier: input.tier ?? 'free', status: 'active', seats: 1 },
      usageQuota: { aiTokens: { limit: 0, used: 0, purchased: 0 } },
      settings: { approvalRequired: false },
      personalOf,
      deletion: null,
    });
    this.repository.addMember(tx, newMember(id, owner, 'owner', this.clock.now()));
  }
}

export function newMember(
  organizationId: string,
  person: PersonFacts,
  role: Role,
  joinedAt: Date,
  more: { teamIds?: string[]; invitedBy?: string } = {},
) {
  return {
    organizationId,
    ...person,
    role,
    teamIds: more.teamIds ?? [],
    channelIds: [],
    joinedAt,
    invitedBy: more.invitedBy ?? null,
  };
}

export function toMembershipView(organization: Organization, member: Member): MembershipView {
  return {
    id: organization.id,
    name: organization.profile.name,
    role: member.role,
    tier: organization.billing.tier,
    personal: organization.personalOf === member.userId,
    deleting: organization.deletion !== null,
  };
}

export function toOrganizationView(organization: Organization, member: Member): OrganizationView {
  return {
    ...organization.profile,
    id: organization.id,
    tier: organization.billing.tier,
    approvalRequired: organization.settings.approvalRequired,
    personal: organization.personalOf === member.userId,
    role: member.role,
    permissions: [...permissionsOf(member.role)],
    deletion: organization.deletion,
    createdAt: organization.createdAt,
  };
}
