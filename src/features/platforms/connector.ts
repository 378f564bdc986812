import 'server-only';
import type { Tx } from '@/core/db/db';
import { ForbiddenError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Clock } from '@/core/time/clock';
import { platformConnected } from '@/features/platforms/events';
import type { Authenticated } from '@/features/platforms/providers/adapter';
import {
  connectionIdOf,
  type PlatformCredential,
  type PlatformRepository,
} from '@/features/platforms/repository';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { type Connection, channelSettingsSchema, type PlatformId } from '@/features/platforms/schema';
import { healthByDates, nextCheckAt, type TokenFacts } from '@/features/platforms/token-life';
import type { CredentialVault } from '@/features/platforms/vault';

/** How many channels an organisation's tier allows. */
export interface ChannelAllowance {
  /** Null = no limit. */
  channelLimit(organizationId: string): Promise<number | null>;
}

export interface ConnectingOwner {
  organizationId: string;
  userId: string;
}

interface WrittenFacts {
  id: string;
  platform: PlatformId;
  owner: ConnectingOwner;
  authenticated: Authenticated;
  payload: string;
  known: Connection | null;
  credential: PlatformCredential | null;
}

/** Writes a connected account: one document per account, taken up again when it is connected again. */
export class Connector {
  constructor(
    readonly repository: PlatformRepository,
    readonly vault: CredentialVault,
    readonly allowance: ChannelAllowance,
    readonly outbox: Outbox,
    readonly clock: Clock,
  ) {}

  /** @throws ForbiddenError `tier_limit` when the tier allows no further channel. Reconnecting an active one is always allowed. */
  async store(platform: PlatformId, owner: ConnectingOwner, authenticated: Authenticated): Promise<string> {
    const [id] = await this.storeAll(platform, owner, [authenticated]);
    return id ?? '';
  }

  /** Several accounts, all or none. @returns the ids of their connections. @throws as {@link store} */
  async storeAll(
    platform: PlatformId,
    owner: ConnectingOwner,
    accounts: readonly Authenticated[],
  ): Promise<string[]> {
    const sealed = await Promise.all(
      accounts.map(async (authenticated) => ({
        id: connectionIdOf({
          ...owner,
          platform,
          accountId: authenticated.account.accountId,
          baseUrl: authenticated.account.baseUrl ?? null,
        }),
        authenticated,
        payload: await this.vault.seal(platform, owner.organizationId, authenticated.credentials),
      })),
    );
    const limit = await this.allowance.channelLimit(owner.organizationId);
    await this.repository.run(async (tx) => {
      // All reads of a transaction come before its writes.
      const found = await Promise.all(
        sealed.map(async (one) => ({
          ...one,
          known: await tx.get(this.repository.connectionRef(one.id)),
          credential: await tx.get(this.repository.credentialRef(one.id)),
        })),
      );
      const added = found.filter(({ known }) => !known?.active).length;
      if (added > 0) await this.#requirePlaces(tx, owner.organizationId, limit, added);
      for (const one of found) this.#add(tx, platform, owner, one);
    });
    return sealed.map(({ id }) => id);
  }

  #add(
    tx: Tx,
    platform: PlatformId,
    owner: ConnectingOwner,
    facts: Pick<WrittenFacts, 'id' | 'authenticated' | 'payload' | 'known' | 'credential'>,
  ): void {
    const { account } = facts.authenticated;
    this.#write(tx, { ...facts, platform, owner });
    this.outbox.append(tx, platformConnected, {
      connectionId: facts.id,
      organizationId: owner.organizationId,
      platform,
      handle: account.handle,
      accountId: account.accountId,
      userId: owner.userId,
      reconnected: facts.known !== null,
    });
  }

  /** Before sending a person to another site: better no than a no afterwards. */
  async requirePlace(organizationId: string): Promise<void> {
    const limit = await this.allowance.channelLimit(organizationId);
    await this.repository.run((tx) => this.#requirePlaces(tx, organizationId, limit, 1));
  }

  async #requirePlaces(tx: Tx, organizationId: string, limit: number | null, wanted: number): Promise<void> {
    if (limit === null) return;
    const used = await this.repository.countActive(tx, organizationId);
    if (used + wanted <= limit) return;
    throw new ForbiddenError(
      wanted > 1 && used < limit
        ? `Your plan has room for ${limit - used} more of its ${limit} channels. Choose fewer, or change your plan.`
        : `Your plan includes ${limit} channels and you use ${used}. Disconnect one, or change your plan.`,
      'tier_limit',
      { details: { limit, used } },
    );
  }

  #write(tx: Tx, facts: WrittenFacts): void {
    const { id, platform, owner, payload, known, credential } = facts;
    const { account, credentials } = facts.authenticated;
    const now = this.clock.now();
    const tokens: TokenFacts = {
      issuedAt: now,
      expiresAt: credentials.expiresAt ?? null,
      grantExpiresAt: credentials.grantExpiresAt ?? null,
      refreshable: credentials.refreshToken !== undefined,
    };
    // A version never comes back: whoever still holds an old token is told apart from the new one.
    const version = Math.max(known?.tokenVersion ?? 0, credential?.version ?? 0) + 1;
    tx.set(this.repository.credentialRef(id), {
      organizationId: owner.organizationId,
      integrationId: id,
      kind: 'platform',
      platform,
      type: tokens.refreshable ? 'oauth2' : 'bearer',
      payload,
      version,
      issuedAt: now,
      expiryTime: tokens.expiresAt,
      enabled: true,
      lastRefreshedAt: null,
      refreshCount: 0,
      refreshAfter: null,
    });
    const fields = {
      handle: account.handle,
      displayName: account.displayName,
      avatarUrl: account.avatarUrl ?? null,
      profileUrl: account.profileUrl ?? null,
      baseUrl: account.baseUrl ?? null,
      scopes: [...credentials.scopes],
      active: true,
      health: healthByDates(tokens, now),
      healthReason: null,
      tokenExpiresAt: tokens.expiresAt,
      grantExpiresAt: tokens.grantExpiresAt,
      refreshable: tokens.refreshable,
      tokenVersion: version,
      nextCheckAt: nextCheckAt(tokens, now),
      warnedDays: null,
      limits: account.limits,
    };
    if (known) {
      tx.update(this.repository.connectionRef(id), fields);
      return;
    }
    tx.create(this.repository.connectionRef(id), {
      ...fields,
      organizationId: owner.organizationId,
      platform,
      accountId: account.accountId,
      settings: channelSettingsSchema.parse({}),
      connectedBy: owner.userId,
      sandbox: PLATFORM_RULES[platform].sandbox ?? false,
    });
  }
}
