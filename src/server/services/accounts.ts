import 'server-only';
import { provide, singleton } from '@/core/singletons';
import { type AccessDirectory, AccessService } from '@/features/auth/access';
import { CachedDirectory, CachedIdentity } from '@/features/auth/access-cache';
import { AccountMail } from '@/features/auth/account-mail';
import { FirebaseIdentity } from '@/features/auth/identity';
import { IdentityToolkit } from '@/features/auth/providers/identity-toolkit';
import { AuthService } from '@/features/auth/service';
import { verificationMails } from '@/features/mail/account-mails';
import { MailService } from '@/features/mail/service';
import { PushSubscriptionService } from '@/features/notifications/push-subscriptions';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { OrganizationService } from '@/features/organizations/service';
import type { TokenService } from '@/features/tokens/service';
import { userDeleted } from '@/features/users/events';
import { UserRepository } from '@/features/users/repository';
import { UserService } from '@/features/users/service';
import { core } from '../core';
import { listen } from '../listen';

/** Accounts: who people are and what they may do. */
provide('UserRepository', () => new UserRepository(core.db));
provide('Identity', () => new FirebaseIdentity(core.auth));
provide('CachedIdentity', () => new CachedIdentity(identity(), core.cache, core.clock));
provide('CachedDirectory', () => new CachedDirectory(directory, core.cache));

const users = () => singleton<UserRepository>('UserRepository');
const identity = () => singleton<FirebaseIdentity>('Identity');
const cachedIdentity = () => singleton<CachedIdentity>('CachedIdentity');
const cachedDirectory = () => singleton<CachedDirectory>('CachedDirectory');
const organizations = () => singleton<OrganizationRepository>('OrganizationRepository');

const directory: AccessDirectory = {
  async membership(organizationId, userId) {
    const found = await organizations().membership(organizationId, userId);
    if (!found) return null;
    const { displayName, role, channelIds } = found.member;
    return { displayName, role, channelIds, deleting: found.organization.deletion !== null };
  },
  async defaultOrganization(userId) {
    return (await users().user(userId))?.defaultOrganizationId ?? null;
  },
  apiKey: (id) => organizations().apiKey(id),
  apiKeyUsed: (id, at) => organizations().apiKeyUsed(id, at),
};

provide('AccessService', () => new AccessService(cachedIdentity(), cachedDirectory(), core.clock));

const members = {
  isMember: async (organizationId: string, userId: string) =>
    (await organizations().membership(organizationId, userId)) !== null,
  anyOf: async (userId: string) => (await organizations().membershipsOf(userId))[0]?.organizationId ?? null,
  updateMember: async (
    userId: string,
    person: { displayName: string; email: string; photoURL: string | null },
  ) => {
    const changed = await organizations().updatePerson(userId, person);
    await Promise.all(changed.map((id) => cachedDirectory().forgetMembers(id)));
  },
  forgetDefault: (userId: string) => cachedDirectory().forgetDefault(userId),
};
provide('UserService', () => new UserService(users(), core.outbox, members, core.clock, core.ids));

provide('AuthService', () => {
  const people = UserService.getInstance();
  const orgs = OrganizationService.getInstance();
  return new AuthService(
    {
      verifyIdToken: (token) => identity().verifyIdToken(token),
      verifySessionCookie: (cookie) => identity().verifySessionCookie(cookie),
      createUser: (input) => identity().createUser(input),
      createSessionCookie: (idToken, maxAgeMs) => identity().createSessionCookie(idToken, maxAgeMs),
      deleteUser: (userId) => identity().deleteUser(userId),
      revokeSessions: async (userId) => {
        // First: should it fail, the session is still there to try again with.
        await PushSubscriptionService.getInstance().forgetAll(userId);
        await identity().revokeSessions(userId);
        await cachedIdentity().forget(userId);
      },
    },
    {
      accounts: people,
      organizations: orgs,
      tokens: singleton<TokenService>('TokenService'),
    },
    {
      session: async (userId, emailVerified) => ({
        user: await people.view(userId, emailVerified),
        organizations: await orgs.membershipsOf(userId),
      }),
    },
    core.clock,
  );
});

provide('AccountMail', () => {
  const settings = {
    projectId: core.env.FIREBASE_PROJECT_ID,
    webApiKey: core.env.FIREBASE_WEB_API_KEY,
    emulatorHost: core.env.FIREBASE_AUTH_EMULATOR_HOST,
  };
  const toolkit = new IdentityToolkit(core.outbound, settings, () => core.clock.now());
  const personOf = async (idToken: string) => {
    const { uid, email } = await identity().verifyIdToken(idToken);
    return { userId: uid, email };
  };
  const mails = verificationMails(MailService.getInstance());
  return new AccountMail(
    toolkit,
    core.env.APP_URL,
    personOf,
    {
      configured: mails.configured,
      code: (email, continueUrl) => identity().verificationCode(email, continueUrl),
      async send({ userId, email, link }) {
        // Before the registration is complete there is no account to ask for a language.
        const { locale, timezone } = (await users().user(userId))?.profile ?? {
          locale: 'en',
          timezone: 'UTC',
        };
        await mails.send({ userId, email, link, locale, timezone });
      },
    },
    (userId) => cachedIdentity().forget(userId),
  );
});

listen(userDeleted, 'auth.delete_sign_in', ({ userId }) => identity().deleteUser(userId), { durable: true });
