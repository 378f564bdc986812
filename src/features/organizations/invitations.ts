import 'server-only';
import type { Actor, UserPrincipal } from '@/core/auth/principal';
import { hashSecret, safeEqual } from '@/core/crypto/secrets';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, ForbiddenError, NotFoundError, SystemError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { effectiveChannels } from './channels';
import type { OrganizationDeps } from './deps';
import { memberJoined } from './events';
import { outranks, type Role } from './permissions';
import type { Invitation, Member, Organization } from './repository';
import { present, requireGrantable } from './rules';
import type { CreatedInvitationView, InvitationPreview, InvitationView } from './schema';
import { newMember, type People, type PersonFacts } from './service';
import { toInvitationView } from './views';

const VALID_MS = 7 * 24 * 3600_000;

/** Mails an invitation's link. `S` is what it makes of the mail outside the transaction. */
export interface InvitationMails<S = unknown> {
  /** Null when this installation sends no mail: the link is handed over by hand. */
  prepare(invitation: {
    organizationId: string;
    id: string;
    email: string;
    inviter: string;
    organization: string;
    locale: string;
    timezone: string;
    expiresAt: Date;
    link: string;
  }): Promise<S | null>;
  /** Before the transaction's first write. */
  queueIn(tx: Tx, mail: S): Promise<unknown>;
}

/** Invitations by link: for one address, for seven days, for one use. */
export class InvitationService {
  static getInstance(): InvitationService {
    return singleton<InvitationService>('InvitationService');
  }

  constructor(
    readonly deps: OrganizationDeps,
    readonly appUrl: string,
    readonly people: Pick<People, 'facts'>,
    readonly mails: InvitationMails,
  ) {}

  /** Newest first. */
  async list(organizationId: string, page: PageQuery): Promise<Page<InvitationView>> {
    const { items, cursor } = await this.deps.repository.invitationPage(organizationId, page);
    const now = this.deps.clock.now();
    return { items: items.map((one) => toInvitationView(one, now)), cursor };
  }

  /**
   * Invites an address; an open invitation to it is replaced.
   * @throws ForbiddenError for a role above the actor's own, or when the plan has no room (`tier_limit`).
   * @throws ConflictError when the address belongs to a member.
   */
  async create(
    actor: Actor,
    input: { email: string; role: Role; teamIds: string[] },
  ): Promise<CreatedInvitationView> {
    const { repository, clock, ids } = this.deps;
    const id = ids.next();
    const secret = ids.secret();
    const expiresAt = new Date(clock.now().getTime() + VALID_MS);
    const mail = await this.#mail(actor, { id, secret, email: input.email, expiresAt });
    await repository.run(async (tx) => {
      const { organization, self } = await this.#standing(tx, actor);
      requireGrantable(self.role, input.role);
      const [already] = await repository.memberByEmail(tx, actor.organizationId, input.email);
      if (already) throw new ConflictError(`${input.email} is already a member.`);
      const pending = await repository.pendingInvitations(tx, actor.organizationId);
      const others = pending.filter((one) => one.email !== input.email && one.expiresAt > clock.now());
      await this.#requireRoom(tx, organization, others.length + 1);
      await this.#requireTeams(tx, actor.organizationId, input.teamIds);
      if (mail) await this.mails.queueIn(tx, mail);
      for (const old of pending.filter((one) => one.email === input.email)) {
        tx.update(repository.invitationRef(actor.organizationId, old.id), { status: 'revoked' });
      }
      tx.create(repository.invitationRef(actor.organizationId, id), {
        organizationId: actor.organizationId,
        ...input,
        tokenHash: hashSecret(secret),
        status: 'pending',
        invitedBy: actor.userId,
        invitedByName: self.displayName,
        acceptedBy: null,
        acceptedAt: null,
        expiresAt,
      });
      this.#record(tx, actor, 'invitation.created', { id, ...input });
    });
    return this.#issued(actor.organizationId, id, secret, mail !== null);
  }

  /** A new link with a new week; the old link stops working. */
  async renew(actor: Actor, id: string): Promise<CreatedInvitationView> {
    const { repository, clock, ids } = this.deps;
    const secret = ids.secret();
    const expiresAt = new Date(clock.now().getTime() + VALID_MS);
    const invited = present(await repository.invitation(actor.organizationId, id), 'This invitation');
    const mail = await this.#mail(actor, { id, secret, email: invited.email, expiresAt });
    await repository.run(async (tx) => {
      const { self } = await this.#standing(tx, actor);
      const known = await this.#pending(tx, actor.organizationId, id);
      requireGrantable(self.role, known.role);
      if (mail) await this.mails.queueIn(tx, mail);
      tx.update(repository.invitationRef(actor.organizationId, id), {
        tokenHash: hashSecret(secret),
        expiresAt,
        invitedBy: actor.userId,
        invitedByName: self.displayName,
      });
      this.#record(tx, actor, 'invitation.renewed', known);
    });
    return this.#issued(actor.organizationId, id, secret, mail !== null);
  }

  revoke(actor: Actor, id: string): Promise<void> {
    return this.deps.repository.run(async (tx) => {
      const known = await this.#pending(tx, actor.organizationId, id);
      tx.update(this.deps.repository.invitationRef(actor.organizationId, id), { status: 'revoked' });
      this.#record(tx, actor, 'invitation.revoked', known);
    });
  }

  /** What somebody with the link may know before they sign in. @throws NotFoundError for a link that never was. */
  async preview(token: string): Promise<InvitationPreview> {
    const invitation = await this.#byToken(token);
    const organization = await this.deps.repository.organization(invitation.organizationId);
    const { email, role, invitedByName, status, expiresAt } = toInvitationView(
      invitation,
      this.deps.clock.now(),
    );
    const organizationName = present(organization, 'This invitation').profile.name;
    return { organizationName, email, role, invitedByName, status, expiresAt };
  }

  /**
   * Joins the organisation. Repeating it as the same member changes nothing.
   * @throws ForbiddenError for anybody but the invited address, which must be confirmed.
   * @throws SystemError `gone` when the invitation was used, revoked, has expired, or its author may no longer give that role.
   */
  async accept(principal: UserPrincipal, token: string): Promise<{ organizationId: string; role: Role }> {
    const { id, organizationId } = await this.#byToken(token);
    const { userId, displayName, photoURL } = await this.people.facts(principal.userId);
    return this.deps.repository.run(async (tx) => {
      const { repository, clock } = this.deps;
      const [organization, invitation, member] = await Promise.all([
        tx.get(repository.organizationRef(organizationId)),
        tx.get(repository.invitationRef(organizationId, id)),
        tx.get(repository.memberRef(organizationId, principal.userId)),
      ]);
      const known = present(invitation, 'This invitation');
      // The link may have been renewed between the first look and this one.
      if (!matches(known, token)) throw new NotFoundError('This invitation');
      requireInvitedAddress(principal, known.email);
      if (member) return { organizationId, role: member.role };
      requireOpen(known, clock.now());
      const home = present(organization, 'This organisation');
      if (home.deletion) throw gone('This organisation is being deleted.');
      await this.#requireAuthor(tx, known);
      await this.#requireRoom(tx, home, 1);
      await this.#admit(tx, known, { userId, displayName, photoURL, email: known.email });
      return { organizationId, role: known.role };
    });
  }

  async #admit(tx: Tx, invitation: Invitation, person: PersonFacts): Promise<void> {
    const { repository, outbox, audit, clock } = this.deps;
    const { organizationId, role } = invitation;
    const teams = (
      await tx.getAll(invitation.teamIds.map((teamId) => repository.teamRef(organizationId, teamId)))
    ).filter((team) => team !== null);
    for (const team of teams) {
      const members = { ...team.members, [person.userId]: 'member' as const };
      tx.update(repository.teamRef(organizationId, team.id), { members });
    }
    const joined = newMember(organizationId, person, role, clock.now(), {
      teamIds: teams.map((team) => team.id),
      invitedBy: invitation.invitedBy,
    });
    repository.addMember(tx, {
      ...joined,
      channelIds: effectiveChannels(
        role,
        [],
        teams.map((team) => team.settings),
      ),
    });
    tx.update(repository.invitationRef(organizationId, invitation.id), {
      status: 'accepted',
      acceptedBy: person.userId,
      acceptedAt: clock.now(),
    });
    const actor = { userId: person.userId, organizationId, displayName: person.displayName };
    const target = { type: 'member', id: person.userId, label: person.email };
    audit.append(tx, actor, { action: 'member.joined', target, facts: { role } });
    outbox.append(tx, memberJoined, {
      organizationId,
      userId: person.userId,
      role,
      byUserId: invitation.invitedBy,
    });
    tx.afterCommit(() => void this.deps.access.forgetMembers(organizationId));
  }

  /** Who lost the right to give a role cannot have it given by a link from before. */
  async #requireAuthor(tx: Tx, invitation: Invitation): Promise<void> {
    const ref = this.deps.repository.memberRef(invitation.organizationId, invitation.invitedBy);
    const author = await tx.get(ref);
    if (!author || !outranks(author.role, invitation.role)) {
      throw gone('The person who invited you may no longer do so. Ask for a new invitation.');
    }
  }

  /** @param more people about to be added. */
  async #requireRoom(tx: Tx, organization: Organization, more: number): Promise<void> {
    const { name, limits } = TIER_DEFINITIONS[organization.billing.tier];
    if (limits.members === null) return;
    const members = await this.deps.repository.someMembers(tx, organization.id, limits.members + 1);
    if (members.length + more <= limits.members) return;
    throw new ForbiddenError(
      `The ${name} plan has room for ${limits.members} ${limits.members === 1 ? 'member' : 'members'}, open invitations included. Upgrade to add more.`,
      'tier_limit',
      { details: { limit: limits.members, used: members.length } },
    );
  }

  async #requireTeams(tx: Tx, organizationId: string, teamIds: readonly string[]): Promise<void> {
    const teams = await tx.getAll(teamIds.map((id) => this.deps.repository.teamRef(organizationId, id)));
    const missing = teams.indexOf(null);
    if (missing >= 0) throw ValidationError.at(`body.teamIds.${missing}`, 'There is no such team here.');
  }

  async #standing(tx: Tx, actor: Actor): Promise<{ organization: Organization; self: Member }> {
    const { repository } = this.deps;
    const [organization, self] = await Promise.all([
      tx.get(repository.organizationRef(actor.organizationId)),
      tx.get(repository.memberRef(actor.organizationId, actor.userId)),
    ]);
    return {
      organization: present(organization, 'This organisation'),
      self: present(self, 'This organisation'),
    };
  }

  async #pending(tx: Tx, organizationId: string, id: string): Promise<Invitation> {
    const known = present(
      await tx.get(this.deps.repository.invitationRef(organizationId, id)),
      'This invitation',
    );
    if (known.status !== 'pending') throw new ConflictError(`This invitation is already ${known.status}.`);
    return known;
  }

  async #byToken(token: string): Promise<Invitation> {
    const parts = parseToken(token);
    const known = parts ? await this.deps.repository.invitation(parts.organizationId, parts.id) : null;
    if (!known || !matches(known, token)) throw new NotFoundError('This invitation');
    return known;
  }

  /** The link is in this answer and in the mail, and nowhere ever again. */
  async #issued(
    organizationId: string,
    id: string,
    secret: string,
    mailed: boolean,
  ): Promise<CreatedInvitationView> {
    const { repository, clock } = this.deps;
    const invitation = present(await repository.invitation(organizationId, id), 'This invitation');
    const link = this.#link(organizationId, id, secret);
    return { ...toInvitationView(invitation, clock.now()), link, mailed };
  }

  #link(organizationId: string, id: string, secret: string): string {
    return new URL(`/invitation/${organizationId}.${id}.${secret}`, this.appUrl).href;
  }

  async #mail(
    { organizationId, userId }: Actor,
    one: { id: string; secret: string; email: string; expiresAt: Date },
  ): Promise<unknown> {
    const { id, secret, email, expiresAt } = one;
    const { profile } = present(await this.deps.repository.organization(organizationId), 'This organisation');
    const { displayName, locale, timezone } = await this.people.facts(userId);
    return this.mails.prepare({
      ...{ organizationId, id, email, expiresAt, locale, timezone },
      inviter: displayName,
      organization: profile.name,
      link: this.#link(organizationId, id, secret),
    });
  }

  #record(tx: Tx, actor: Actor, action: string, one: { id: string; email: string; role: Role }): void {
    const target = { type: 'invitation', id: one.id, label: one.email };
    this.deps.audit.append(tx, actor, { action, target, facts: { role: one.role } });
  }
}

/** `<organisation>.<invitation>.<secret>`: found by its ids, proven by the hash of its secret. */
function parseToken(token: string): { organizationId: string; id: string; secret: string } | null {
  const match = /^([\w-]{1,128})\.([\w-]{1,128})\.([0-9A-Za-z]{43})$/.exec(token);
  return match ? { organizationId: match[1] ?? '', id: match[2] ?? '', secret: match[3] ?? '' } : null;
}

function matches(invitation: Invitation, token: string): boolean {
  return safeEqual(hashSecret(parseToken(token)?.secret ?? ''), invitation.tokenHash);
}

function requireInvitedAddress(principal: UserPrincipal, email: string): void {
  if (principal.email !== email) {
    throw new ForbiddenError(`This invitation is for ${email}. Sign in with that address to accept it.`);
  }
  if (!principal.emailVerified) {
    throw new ForbiddenError(
      'Confirm your address first: use the link we mail you, then accept again.',
      'forbidden',
      {
        details: { reason: 'email_not_verified' },
      },
    );
  }
}

function requireOpen(invitation: Invitation, now: Date): void {
  if (invitation.status === 'revoked') throw gone('This invitation was withdrawn. Ask for a new one.');
  if (invitation.status === 'accepted') throw gone('This invitation was used already. Ask for a new one.');
  if (invitation.expiresAt <= now) throw gone('This invitation has expired. Ask for a new one.');
}

function gone(message: string): SystemError {
  return new SystemError(message, 'gone');
}
