import 'server-only';
import { NotFoundError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { userRegistered } from './events';
import type { User, UserRepository } from './repository';
import { DEFAULT_SETTINGS, type UserView } from './schema';

export interface NewAccount {
  userId: string;
  email: string;
  displayName: string;
  photoURL: string | null;
  timezone: string;
  locale: 'en' | 'de';
}

export interface ProfileChange {
  displayName?: string | undefined;
  photoURL?: string | null | undefined;
  timezone?: string | undefined;
  locale?: 'en' | 'de' | undefined;
}

/** Organisations keep a copy of each member's name, address and picture, so that lists need one read. */
export interface MemberCopies {
  isMember(organizationId: string, userId: string): Promise<boolean>;
  /** Some organisation the person belongs to. */
  anyOf(userId: string): Promise<string | null>;
  /** Access remembers defaults for a few seconds; whoever changes them says so. */
  forgetDefault(userId: string): Promise<void>;
  updateMember(
    userId: string,
    person: { displayName: string; email: string; photoURL: string | null },
  ): Promise<void>;
}

/** Accounts of people. */
export class UserService {
  static getInstance(): UserService {
    return singleton<UserService>('UserService');
  }

  constructor(
    readonly repository: UserRepository,
    readonly outbox: Outbox,
    readonly members: MemberCopies,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  /** Creates the account unless it is there. The personal organisation's id is chosen here, so that repeating cannot make two. */
  async ensure(person: NewAccount): Promise<{ personalOrganizationId: string; registered: boolean }> {
    const { userId, ...profile } = person;
    const known = await this.repository.user(userId);
    if (!known) {
      await this.repository.createIfMissing(userId, {
        profile,
        settings: DEFAULT_SETTINGS,
        defaultOrganizationId: this.ids.next(),
        subscriptionTier: 'free',
        registeredAt: null,
      });
    }
    const user = known ?? (await this.#existing(userId));
    return {
      personalOrganizationId: user.defaultOrganizationId ?? '',
      registered: user.registeredAt !== null,
    };
  }

  /** Marks the registration complete and announces it, in one transaction. */
  complete(person: NewAccount, organizationId: string): Promise<void> {
    return this.repository.run(async (tx) => {
      const user = await tx.get(this.repository.ref(person.userId));
      if (!user || user.registeredAt) return;
      tx.update(this.repository.ref(person.userId), { registeredAt: this.clock.now() });
      const { email, displayName, locale, timezone } = user.profile;
      const facts = { userId: user.id, organizationId, email, displayName, locale, timezone };
      this.outbox.append(tx, userRegistered, facts);
    });
  }

  async view(userId: string, emailVerified: boolean): Promise<UserView> {
    return toUserView(await this.#existing(userId), emailVerified);
  }

  /** Changes the profile, and the copies of it in organisations. */
  async updateProfile(userId: string, emailVerified: boolean, change: ProfileChange): Promise<UserView> {
    const user = await this.#existing(userId);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const profile = { ...user.profile, ...given };
    await this.repository.update(userId, { profile });
    const { displayName, email, photoURL } = profile;
    await this.members.updateMember(userId, { displayName, email, photoURL });
    return toUserView({ ...user, profile }, emailVerified);
  }

  /** @throws NotFoundError when the person does not belong to it. */
  async setDefaultOrganization(userId: string, organizationId: string): Promise<void> {
    if (!(await this.members.isMember(organizationId, userId))) throw new NotFoundError('This organisation');
    await this.repository.update(userId, { defaultOrganizationId: organizationId });
    await this.members.forgetDefault(userId);
  }

  /** After a membership ended: nobody's default may be an organisation they are not in. */
  async leftOrganization(userId: string, organizationId: string): Promise<void> {
    const user = await this.repository.user(userId);
    if (user?.defaultOrganizationId !== organizationId) return;
    await this.repository.update(userId, { defaultOrganizationId: await this.members.anyOf(userId) });
    await this.members.forgetDefault(userId);
  }

  async #existing(userId: string): Promise<User> {
    const user = await this.repository.user(userId);
    if (!user) throw new NotFoundError('Your account');
    return user;
  }
}

export function toUserView(user: User, emailVerified: boolean): UserView {
  return { uid: user.id, ...user.profile, emailVerified, defaultOrganizationId: user.defaultOrganizationId };
}
