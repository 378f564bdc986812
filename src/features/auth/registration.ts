import 'server-only';
import type { Tier } from '@/features/organizations/schema';

/** A person as their credential describes them, with what their browser knew. */
export interface NewPerson {
  userId: string;
  email: string;
  displayName: string;
  photoURL: string | null;
  timezone: string;
  locale: 'en' | 'de';
}

/** What registration needs of the account: its document, and the personal organisation's id chosen with it. */
export interface RegisteredAccount {
  personalOrganizationId: string;
  registered: boolean;
}

export interface AccountDirectory {
  /** Creates the account unless it is there. */
  ensure(person: NewPerson): Promise<RegisteredAccount>;
  /** Marks the registration complete and announces it, both or neither, once. */
  complete(person: NewPerson, organizationId: string): Promise<void>;
}

export interface PersonalOrganizations {
  /** The organisation that comes with an account, called after its owner until they say otherwise. */
  ensurePersonal(
    organizationId: string,
    owner: Pick<NewPerson, 'userId' | 'displayName' | 'email' | 'photoURL'>,
    settings: { name: string; timezone: string; locale: string },
  ): Promise<unknown>;
}

/** The tokens room: opening an account that is open changes nothing. */
export interface TokenGranter {
  openAccount(owner: { userId: string; organizationId: string }, tier: Tier, now: Date): Promise<unknown>;
}

export interface RegistrationDeps {
  accounts: AccountDirectory;
  organizations: PersonalOrganizations;
  tokens: TokenGranter;
  now: () => Date;
}

/**
 * Auth user → account → personal organisation → token balance → announcement. Every step can be repeated without effect, and
 * the mark of completion comes last: whatever a crash left undone, the next sign-in does.
 */
export async function completeRegistration(deps: RegistrationDeps, person: NewPerson): Promise<void> {
  const account = await deps.accounts.ensure(person);
  if (account.registered) return;
  const organizationId = account.personalOrganizationId;
  const { timezone, locale, ...owner } = person;
  const settings = { name: person.displayName, timezone, locale };
  await deps.organizations.ensurePersonal(organizationId, owner, settings);
  await deps.tokens.openAccount({ userId: person.userId, organizationId }, 'free', deps.now());
  await deps.accounts.complete(person, organizationId);
}
