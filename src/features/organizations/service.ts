import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { singleton } from '@/core/singletons';
import type { Tier } from '@/features/organizations/schema';
import type { OrganizationDeps } from './deps';
import { allowedPermissions, type Role } from './permissions';
import type { Member, Organization } from './repository';
import { present } from './rules';
import type { MembershipView, OrganizationView } from './schema';

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

/** The accounts of people, as organisations need them. */
export interface People {
  facts(userId: string): Promise<PersonFacts & { timezone: string; locale: string }>;
  setDefaultOrganization(userId: string, organizationId: string): Promise<void>;
}

export interface OrganizationChange {
  name?: string | undefined;
  website?: string | null | undefined;
  timezone?: string | undefined;
  approvalRequired?: boolean | undefined;
}

/** Organisations and who belongs to them. */
export class OrganizationService {
  static getInstance(): OrganizationService {
    return singleton<OrganizationService>('OrganizationService');
  }

  constructor(
    readonly deps: OrganizationDeps,
    /** Opens the balance of a new organisation; one that a crash left without is opened at its first use. */
    readonly tokens: {
      openAccount(owner: { userId: string; organizationId: string }, tier: Tier): Promise<unknown>;
    },
    readonly people: People,
  ) {}

  /** Creates an organisation of this person, which becomes their default. */
  async createFor(
    userId: string,
    input: { name: string; timezone?: string | undefined },
  ): Promise<OrganizationView> {
    const { timezone, locale, ...person } = await this.people.facts(userId);
    const id = await this.create(person, {
      name: input.name,
      timezone: input.timezone ?? timezone,
      locale,
    });
    await this.people.setDefaultOrganization(userId, id);
    return this.view({ userId, organizationId: id });
  }

  /** Creates an organisation with this person as its owner. @returns its id. */
  async create(owner: PersonFacts, input: NewOrganization): Promise<string> {
    const id = this.deps.ids.next();
    await this.deps.repository.run(async (tx) => this.#found(tx, id, owner, input, null));
    await this.tokens.openAccount({ userId: owner.userId, organizationId: id }, input.tier ?? 'free');
    return id;
  }

  /**
   * The organisation that comes with an account. Repeating it is safe: the id was chosen beforehand and stands in the account.
   * @returns whether it was created now.
   */
  ensurePersonal(id: string, owner: PersonFacts, input: NewOrganization): Promise<boolean> {
    return this.deps.repository.run(async (tx) => {
      if (await tx.get(this.deps.repository.organizationRef(id))) return false;
      this.#found(tx, id, owner, input, owner.userId);
      return true;
    });
  }

  /** Every organisation of a person, in a stable order: own first, then by name. */
  async membershipsOf(userId: string): Promise<MembershipView[]> {
    const members = await this.deps.repository.membershipsOf(userId);
    const organizations = await this.deps.repository.organizations(members.map((one) => one.organizationId));
    return members
      .flatMap((member, index) => {
        const organization = organizations[index];
        return organization ? [toMembershipView(organization, member)] : [];
      })
      .sort((a, b) => Number(b.personal) - Number(a.personal) || a.name.localeCompare(b.name));
  }

  async view(actor: Pick<Actor, 'userId' | 'organizationId'>): Promise<OrganizationView> {
    const found = await this.deps.repository.membership(actor.organizationId, actor.userId);
    const { organization, member } = present(found, 'This organisation');
    return toOrganizationView(organization, member);
  }

  async update(actor: Actor, change: OrganizationChange): Promise<OrganizationView> {
    const { repository, audit } = this.deps;
    await repository.run(async (tx) => {
      const ref = repository.organizationRef(actor.organizationId);
      const { profile, settings } = present(await tx.get(ref), 'This organisation');
      const { approvalRequired = settings.approvalRequired, ...rest } = change;
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      tx.update(ref, { profile: { ...profile, ...given }, settings: { ...settings, approvalRequired } });
      audit.append(tx, actor, {
        action: 'organization.changed',
        target: { type: 'organization', id: actor.organizationId, label: profile.name },
        facts: Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
      });
    });
    return this.view(actor);
  }

  #found(tx: Tx, id: string, owner: PersonFacts, input: NewOrganization, personalOf: string | null): void {
    this.deps.repository.addOrganization(tx, id, {
      profile: { name: input.name, website: null, timezone: input.timezone, locale: input.locale },
      billing: { tier: input.tier ?? 'free', status: 'active', seats: 1 },
      usageQuota: { aiTokens: { limit: 0, used: 0, purchased: 0 } },
      settings: { approvalRequired: false },
      personalOf,
      deletion: null,
    });
    this.deps.repository.addMember(tx, newMember(id, owner, 'owner', this.deps.clock.now()));
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
    ownChannelIds: [],
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
    permissions: [...allowedPermissions(member.role, organization.deletion !== null)],
    deletion: organization.deletion,
    createdAt: organization.createdAt,
  };
}
