import 'server-only';
import { hashSecret } from '@/core/crypto/secrets';
import { NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import type { ConnectingOwner, Connector } from '@/features/platforms/connector';
import type { Authenticated } from '@/features/platforms/providers/adapter';
import {
  type ConnectChoice as ChoiceDocument,
  connectionIdOf,
  type PlatformRepository,
} from '@/features/platforms/repository';
import type { PlatformId, TargetChoice } from '@/features/platforms/schema';
import type { CredentialVault } from '@/features/platforms/vault';

const CHOICE_LIFE_MS = 30 * 60_000;

/**
 * One consent may reach several accounts: the Pages a person runs, the organisations they post for. Their tokens wait here,
 * encrypted, until the person says which of them become channels.
 */
export class TargetChoices {
  constructor(
    readonly repository: PlatformRepository,
    readonly vault: CredentialVault,
    readonly connector: Connector,
    readonly clock: Clock,
    readonly ids: Pick<Ids, 'secret'>,
  ) {}

  /** @returns what the person comes back with; only its hash is stored. */
  async hold(platform: PlatformId, owner: ConnectingOwner, authenticated: Authenticated): Promise<string> {
    const { organizationId, userId } = owner;
    const { others = [], ...first } = authenticated;
    const choice = this.ids.secret();
    await this.repository.createChoice(hashSecret(choice), {
      kind: 'choice',
      platform,
      organizationId,
      userId,
      payload: await this.vault.sealChoice(platform, organizationId, [first, ...others]),
      expiresAt: new Date(this.clock.now().getTime() + CHOICE_LIFE_MS),
    });
    return choice;
  }

  /** @throws NotFoundError for what is over, used up, or another person's. */
  async read(owner: ConnectingOwner, choice: string): Promise<TargetChoice> {
    const { document, accounts } = await this.#open(owner, choice);
    const active = new Set(
      (await this.repository.active(owner.organizationId)).map((connection) => connection.id),
    );
    return {
      platform: document.platform,
      items: accounts.map(({ account, target }) => ({
        id: account.accountId,
        kind: target ?? 'profile',
        name: account.displayName,
        handle: account.handle,
        ...(account.avatarUrl ? { avatarUrl: account.avatarUrl } : {}),
        connected: active.has(
          connectionIdOf({
            organizationId: owner.organizationId,
            platform: document.platform,
            accountId: account.accountId,
            baseUrl: account.baseUrl ?? null,
          }),
        ),
      })),
    };
  }

  /**
   * Makes channels of the chosen accounts, all or none.
   * @returns ids of their connections.
   * @throws ValidationError for an account that is not among them; ForbiddenError `tier_limit`, and the choice stays open.
   */
  async take(owner: ConnectingOwner, choice: string, targetIds: readonly string[]): Promise<string[]> {
    const { document, accounts } = await this.#open(owner, choice);
    const chosen = targetIds.map((id, index) => {
      const found = accounts.find(({ account }) => account.accountId === id);
      if (!found)
        throw ValidationError.at(`body.targetIds.${index}`, 'This account is not among those you allowed.');
      return found;
    });
    const ids = await this.connector.storeAll(document.platform, owner, [...new Set(chosen)]);
    await this.repository.forgetChoice(document.id);
    return ids;
  }

  async #open(
    { organizationId, userId }: ConnectingOwner,
    choice: string,
  ): Promise<{ document: ChoiceDocument; accounts: Authenticated[] }> {
    const document = await this.repository.choice(hashSecret(choice));
    const fits =
      document?.kind === 'choice' &&
      document.organizationId === organizationId &&
      document.userId === userId &&
      document.expiresAt > this.clock.now();
    if (!document || !fits) throw new NotFoundError('This choice');
    const accounts = await this.vault.openChoice(document.platform, organizationId, document.payload);
    return { document, accounts };
  }
}
