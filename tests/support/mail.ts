import { randomUUID } from 'node:crypto';
import { SmtpCatcher } from '@tests/fakes/smtp';
import type { Role } from '@/features/organizations/permissions';
import { OrganizationRepository } from '@/features/organizations/repository';
import { newMember, OrganizationService } from '@/features/organizations/service';
import { UserRepository } from '@/features/users/repository';
import { DEFAULT_SETTINGS, type UserSettings } from '@/features/users/schema';
import { core } from '@/server/core';
import '@/server/services';

/** A catcher that this file's product talks to: call it before anything reads the settings. */
export async function ownMailServer(): Promise<SmtpCatcher> {
  const catcher = await new SmtpCatcher().start();
  process.env.SMTP_URL = catcher.url;
  process.env.MAIL_FROM = 'IriSync <hello@irisync.test>';
  return catcher;
}

export interface Account {
  uid: string;
  email: string;
  displayName: string;
}

/** An account without a sign-in: mail tests have a database of their own, and the Auth emulator signs in to one only. */
export async function account(
  options: { displayName?: string; locale?: 'en' | 'de'; timezone?: string } & Partial<
    UserSettings['notifications']
  > = {},
): Promise<Account> {
  const { displayName = 'Test Person', locale = 'en', timezone = 'UTC', ...notifications } = options;
  const uid = `u-${randomUUID()}`;
  const email = `${uid}@example.test`;
  await new UserRepository(core.db).createIfMissing(uid, {
    profile: { displayName, email, photoURL: null, timezone, locale },
    settings: {
      ...DEFAULT_SETTINGS,
      notifications: { ...DEFAULT_SETTINGS.notifications, ...notifications },
    },
    defaultOrganizationId: null,
    subscriptionTier: 'free',
    registeredAt: core.clock.now(),
  });
  return { uid, email, displayName };
}

const facts = ({ uid, displayName, email }: Account) => ({ userId: uid, displayName, email, photoURL: null });

export async function organization(owner: Account, name = 'Test Organisation'): Promise<string> {
  const shape = { name, timezone: 'UTC', locale: 'en', tier: 'enterprise' } as const;
  return OrganizationService.getInstance().create(facts(owner), shape);
}

export async function joins(organizationId: string, someone: Account, role: Role): Promise<void> {
  const repository = new OrganizationRepository(core.db);
  const member = newMember(organizationId, facts(someone), role, core.clock.now());
  await repository.run(async (tx) => repository.addMember(tx, member));
}
