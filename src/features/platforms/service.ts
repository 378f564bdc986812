import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { ForbiddenError, NotFoundError, ServiceUnavailableError, ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { accountView, healthFindings } from '@/features/platforms/account-view';
import type { Connector } from '@/features/platforms/connector';
import { type ConsentFlow, explained } from '@/features/platforms/consent-flow';
import { accountDisconnected } from '@/features/platforms/events';
import type { PlatformAdapterFactory, PlatformProviderFactory } from '@/features/platforms/factories';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import type {
  ProviderContext,
  PublishingChannel,
  SocialProvider,
} from '@/features/platforms/providers/types';
import type { PlatformRepository } from '@/features/platforms/repository';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { type ValidationResult, validateVariant } from '@/features/platforms/rules/validate';
import {
  type AccountView,
  type CallbackQuery,
  type Connection,
  type ConnectRequest,
  channelSettingsSchema,
  PLATFORM_IDS,
  type PlatformId,
  type PlatformView,
  type SettingsPatch,
  type Target,
  type TargetChoice,
  type Variant,
} from '@/features/platforms/schema';
import { channelFactsOf, type TokenKeeper } from '@/features/platforms/token-keeper';
import type { CredentialVault } from '@/features/platforms/vault';

const CALL_MS = 30_000;

export interface PlatformServiceDependencies {
  repository: PlatformRepository;
  adapters: PlatformAdapterFactory;
  providers: PlatformProviderFactory;
  keeper: TokenKeeper;
  connector: Connector;
  vault: CredentialVault;
  consent: ConsentFlow;
  outbox: Outbox;
  /** Answers a sandbox consent page in a person's stead; for demos and tests. */
  sandboxConsent(userId: string, handle: string, authorizationUrl: string): Promise<{ redirectTo: string }>;
  clock: Clock;
  appUrl: string;
}

type ChannelActor = Pick<Actor, 'userId' | 'organizationId' | 'channelIds'>;

/** Social channels: connecting them, keeping them healthy, and giving publishing what it calls them with. */
export class PlatformService {
  static getInstance(): PlatformService {
    return singleton<PlatformService>('PlatformService');
  }

  constructor(readonly deps: PlatformServiceDependencies) {}

  // Connecting ---------------------------------------------------------------------------------------------------------

  /**
   * Connects by app password at once, or says where the person must give consent.
   * @throws ServiceUnavailableError `platform_not_configured`; ForbiddenError `sandbox_disabled`, `tier_limit`; ValidationError
   */
  async connect(
    actor: ChannelActor,
    request: ConnectRequest,
  ): Promise<{ account: AccountView } | { authorizationUrl: string }> {
    const adapter = this.deps.adapters.get(request.platform);
    this.#requireConfigured(adapter);
    // Better a no before a person is sent to another site.
    await this.deps.connector.requirePlace(actor.organizationId);
    if (adapter.authorizationUrl) return await this.deps.consent.begin(actor, request, adapter);
    const { handle, appPassword, baseUrl } = request;
    if (!handle) throw ValidationError.at('body.handle', 'Enter your handle, for example iris.bsky.social.');
    if (!appPassword) throw ValidationError.at('body.appPassword', 'Enter an app password.');
    const signal = AbortSignal.timeout(CALL_MS);
    const authenticated = await explained('body.appPassword', () =>
      adapter.authenticate({
        kind: 'app_password',
        handle,
        appPassword,
        ...(baseUrl ? { baseUrl } : {}),
        signal,
      }),
    );
    const id = await this.deps.connector.store(request.platform, actor, authenticated);
    return { account: accountView(await this.#load(actor.organizationId, id)) };
  }

  /** The network sends the person back; the answer is always a page of ours. */
  callback(platform: PlatformId, userId: string, query: CallbackQuery): Promise<{ redirectTo: string }> {
    return this.deps.consent.finish(platform, userId, query);
  }

  /** What a consent reached. @throws NotFoundError when it is over, used up, or another person's. */
  targetChoice(actor: ChannelActor, choice: string): Promise<TargetChoice> {
    return this.deps.consent.choices.read(actor, choice);
  }

  /** Makes channels of the chosen accounts, all or none. @throws ForbiddenError `tier_limit`; ValidationError; NotFoundError */
  async connectTargets(
    actor: ChannelActor,
    choice: string,
    targetIds: readonly string[],
  ): Promise<{ items: AccountView[]; cursor: null }> {
    const ids = await this.deps.consent.choices.take(actor, choice, targetIds);
    const items = await Promise.all(ids.map((id) => this.#load(actor.organizationId, id)));
    return { items: items.map(accountView), cursor: null };
  }

  /** Connects an account of the practice network the way a person would, consent and callback included. @returns its id. */
  async connectSandbox(organizationId: string, userId: string, handle: string): Promise<string> {
    const actor = { organizationId, userId, channelIds: [] };
    const begun = await this.connect(actor, { platform: 'sandbox', handle });
    if (!('authorizationUrl' in begun)) throw new Error('The sandbox lost its consent page.');
    const { redirectTo } = await this.deps.sandboxConsent(userId, handle, begun.authorizationUrl);
    const query = new URL(redirectTo).searchParams;
    const answer = await this.callback('sandbox', userId, {
      state: query.get('state') ?? '',
      code: query.get('code') ?? '',
    });
    const result = new URL(answer.redirectTo, this.deps.appUrl).searchParams;
    const id = result.get('connected');
    if (!id) throw new Error(`The sandbox account could not be connected: ${result.get('connect_error')}.`);
    return id;
  }

  // Reading ------------------------------------------------------------------------------------------------------------

  async list(
    actor: ChannelActor,
  ): Promise<{ items: AccountView[]; cursor: null; platforms: PlatformView[] }> {
    const connections = await this.deps.repository.active(actor.organizationId);
    const items = connections
      .filter((connection) => allowed(actor, connection.id))
      .sort((a, b) => a.displayName.localeCompare(b.displayName))
      .map(accountView);
    return { items, cursor: null, platforms: this.platforms() };
  }

  /** Every network, with what it takes to connect it here. */
  platforms(): PlatformView[] {
    return PLATFORM_IDS.map((platform) => {
      const rules = PLATFORM_RULES[platform];
      const configuration = this.deps.adapters.find(platform)?.configuration();
      const capabilities = this.deps.providers.find(platform)?.capabilities;
      const ready = configuration?.configured ?? false;
      return {
        platform,
        name: rules.name,
        available: configuration !== undefined,
        configured: ready,
        missing: configuration && !configuration.configured ? [...configuration.missing] : [],
        how: !configuration
          ? `${rules.name} cannot be connected yet. Its rules already work in the editor.`
          : configuration.configured
            ? null
            : configuration.how,
        connect: capabilities?.connect ?? null,
        sandbox: rules.sandbox ?? false,
      };
    });
  }

  async get(actor: ChannelActor, id: string): Promise<AccountView> {
    return accountView(await this.#owned(actor, id));
  }

  /** Where a channel may post. @param only one target, with its rules and labels where it has such. */
  async targets(actor: ChannelActor, id: string, only?: string): Promise<{ items: Target[]; cursor: null }> {
    const connection = await this.#owned(actor, id);
    const provider = this.provider(connection.platform);
    const ctx = this.#context(connection);
    if (only !== undefined && provider.fetchTarget)
      return { items: [await provider.fetchTarget(ctx, only)], cursor: null };
    const items = await provider.fetchTargets(ctx);
    return { items: only === undefined ? items : items.filter((one) => one.id === only), cursor: null };
  }

  // Changing -----------------------------------------------------------------------------------------------------------

  /** Asks the network whether the grant stands, and reads name, picture and limits afresh. */
  async validateConnection(actor: ChannelActor, id: string): Promise<AccountView> {
    const connection = await this.#owned(actor, id);
    const { valid } = await this.deps.keeper.confirm(id);
    if (valid) {
      const account = await this.provider(connection.platform).fetchAccount(this.#context(connection));
      await this.deps.repository.updateProfile(id, account);
    }
    return accountView(await this.#load(actor.organizationId, id));
  }

  /** Renews the tokens now. */
  async refresh(actor: ChannelActor, id: string): Promise<AccountView> {
    const connection = await this.#owned(actor, id);
    if (connection.refreshable) await this.deps.keeper.renew(id, connection.tokenVersion);
    else await this.deps.keeper.confirm(id);
    return accountView(await this.#load(actor.organizationId, id));
  }

  async changeSettings(actor: ChannelActor, id: string, patch: SettingsPatch): Promise<AccountView> {
    await this.#owned(actor, id);
    const { repository } = this.deps;
    await repository.run(async (tx) => {
      const current = await tx.get(repository.connectionRef(id));
      if (!current?.active) throw new NotFoundError('This channel');
      const settings = channelSettingsSchema.parse({ ...current.settings, ...patch });
      tx.update(repository.connectionRef(id), { settings });
    });
    return accountView(await this.#load(actor.organizationId, id));
  }

  /** Forgets the tokens here first, then asks the network to end the grant: nothing stays usable if that call fails. */
  async disconnect(actor: ChannelActor, id: string): Promise<void> {
    await this.#owned(actor, id);
    const { repository, vault } = this.deps;
    const [connection, credential] = await repository.connectionWithCredential(id);
    await repository.run(async (tx) => {
      const current = await tx.get(repository.connectionRef(id));
      if (!current?.active) return;
      tx.update(repository.connectionRef(id), {
        active: false,
        health: 'disabled',
        healthReason: 'Disconnected.',
      });
      tx.delete(repository.credentialRef(id));
      this.deps.outbox.append(tx, accountDisconnected, {
        connectionId: id,
        organizationId: current.organizationId,
        platform: current.platform,
        handle: current.handle,
        userId: actor.userId,
      });
    });
    if (!connection || !credential) return;
    try {
      await this.deps.adapters.get(connection.platform).revoke?.({
        channel: channelFactsOf(connection),
        credentials: await vault.open(credential),
        signal: AbortSignal.timeout(CALL_MS),
      });
    } catch (error) {
      logger.warn({ err: error, connectionId: id }, 'the network did not confirm the end of a connection');
    }
  }

  // For publishing -----------------------------------------------------------------------------------------------------

  provider(platform: PlatformId): SocialProvider {
    return this.deps.providers.get(platform);
  }

  /** What a publishing step is built from. @throws NotFoundError for a channel that is not this organisation's, or is disconnected. */
  async publishingContext(organizationId: string, connectionId: string): Promise<PublishingChannel> {
    const connection = await this.#load(organizationId, connectionId);
    const { credentials, renewCredentials } = this.#context(connection);
    return {
      channel: channelFactsOf(connection),
      provider: this.provider(connection.platform),
      limits: connection.limits,
      health: connection.health,
      credentials,
      renewCredentials,
    };
  }

  /**
   * Checks what a channel, or a network nobody has connected yet, would get. `dueAt` adds what will be true then.
   * @throws NotFoundError for a foreign channel.
   */
  async validate(
    target: { organizationId: string; connectionId: string } | { platform: PlatformId },
    variant: Variant,
    dueAt?: Date,
  ): Promise<ValidationResult & { platform: PlatformId }> {
    if ('platform' in target)
      return { ...(await validateVariant({ ...target, variant })), platform: target.platform };
    const connection = await this.#load(target.organizationId, target.connectionId);
    const { platform, limits, settings, id } = connection;
    const result = await validateVariant({ platform, variant, limits, settings, connectionId: id });
    return { ...result, findings: [...result.findings, ...healthFindings(connection, dueAt)], platform };
  }

  // Parts --------------------------------------------------------------------------------------------------------------

  #context(connection: Connection): ProviderContext {
    return {
      channel: channelFactsOf(connection),
      credentials: () => this.deps.keeper.credentials(connection.id),
      renewCredentials: (version) => this.deps.keeper.renew(connection.id, version),
      limits: connection.limits,
      signal: AbortSignal.timeout(CALL_MS),
      deadline: new Date(this.deps.clock.now().getTime() + CALL_MS),
    };
  }

  async #load(organizationId: string, id: string): Promise<Connection> {
    const connection = await this.deps.repository.connection(id);
    if (!connection?.active || connection.organizationId !== organizationId)
      throw new NotFoundError('This channel');
    return connection;
  }

  async #owned(actor: ChannelActor, id: string): Promise<Connection> {
    const connection = await this.#load(actor.organizationId, id);
    if (!allowed(actor, id)) {
      throw new ForbiddenError('You may not use this channel. Ask an admin to add it to yours.');
    }
    return connection;
  }

  #requireConfigured(adapter: PlatformAdapter): void {
    const configuration = adapter.configuration();
    if (configuration.configured) return;
    if (configuration.code === 'sandbox_disabled')
      throw new ForbiddenError(configuration.how, 'sandbox_disabled');
    throw new ServiceUnavailableError(configuration.how, 'platform_not_configured', {
      details: { missing: configuration.missing },
    });
  }
}

function allowed(actor: Pick<Actor, 'channelIds'>, id: string): boolean {
  return actor.channelIds.length === 0 || actor.channelIds.includes(id);
}
