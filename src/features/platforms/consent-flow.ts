import 'server-only';
import { hashSecret } from '@/core/crypto/secrets';
import { ForbiddenError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { ConnectingOwner, Connector } from '@/features/platforms/connector';
import type { PlatformAdapterFactory } from '@/features/platforms/factories';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import { isExternal } from '@/features/platforms/providers/http';
import type { OAuthState, PlatformRepository } from '@/features/platforms/repository';
import type { CallbackQuery, ConnectRequest, PlatformId } from '@/features/platforms/schema';
import { TargetChoices } from '@/features/platforms/target-choice';
import type { CredentialVault } from '@/features/platforms/vault';

const STATE_LIFE_MS = 10 * 60_000;
const CALL_MS = 30_000;
const DEFAULT_RETURN = '/channels';

/** Refusals of adapters that a person can do something about; the page has words for each. */
const EXPLAINED: ReadonlySet<string> = new Set(['missing_scope', 'no_targets']);

/** Who may manage channels where; asked again at the callback, because minutes pass at the consent page. */
export interface ChannelManagers {
  mayManageChannels(userId: string, organizationId: string): Promise<boolean>;
}

export interface ConsentDependencies {
  repository: PlatformRepository;
  adapters: PlatformAdapterFactory;
  connector: Connector;
  vault: CredentialVault;
  managers: ChannelManagers;
  clock: Clock;
  ids: Ids;
  appUrl: string;
}

/** The way to a network's consent page and back: single-use state bound to person, organisation and network, PKCE. */
export class ConsentFlow {
  /** Where consents wait that reached several accounts. */
  readonly choices: TargetChoices;

  constructor(readonly deps: ConsentDependencies) {
    const { repository, vault, connector, clock, ids } = deps;
    this.choices = new TargetChoices(repository, vault, connector, clock, ids);
  }

  async begin(
    owner: ConnectingOwner,
    request: ConnectRequest,
    adapter: PlatformAdapter,
  ): Promise<{ authorizationUrl: string }> {
    const { ids, clock, vault, repository } = this.deps;
    const { platform } = request;
    const state = ids.secret();
    // 43 characters of base62: just what RFC 7636 asks of a verifier.
    const codeVerifier = ids.secret();
    const redirectUri = this.redirectUri(platform);
    const start = await explained('body.baseUrl', async () =>
      adapter.authorizationUrl?.({
        state,
        redirectUri,
        codeVerifier,
        ...(request.baseUrl ? { baseUrl: request.baseUrl } : {}),
        ...(request.handle ? { handle: request.handle } : {}),
        signal: AbortSignal.timeout(CALL_MS),
      }),
    );
    if (!start) throw new Error(`${platform} has no consent page.`);
    const { organizationId, userId } = owner;
    await repository.createState(hashSecret(state), {
      kind: 'platform',
      platform,
      organizationId,
      userId,
      redirectUri,
      redirectTo: request.redirectTo ?? DEFAULT_RETURN,
      baseUrl: request.baseUrl ?? null,
      payload: await vault.sealState(platform, organizationId, { codeVerifier, keep: { ...start.keep } }),
      expiresAt: new Date(clock.now().getTime() + STATE_LIFE_MS),
    });
    return { authorizationUrl: start.url };
  }

  /**
   * The network sends the person back. Never throws for what came in the address: the answer is always a page of ours, with
   * `connected=<id>`, `choose=<choice>` where the consent reached several accounts, or `connect_error=<code>`.
   */
  async finish(platform: PlatformId, userId: string, query: CallbackQuery): Promise<{ redirectTo: string }> {
    const { repository, clock, managers } = this.deps;
    const state = query.state ? await repository.takeState(hashSecret(query.state)) : null;
    const fits = state?.platform === platform && state.userId === userId && state.expiresAt > clock.now();
    if (!state || !fits) return { redirectTo: back(DEFAULT_RETURN, 'connect_error', 'state_invalid') };
    const failed = (code: string) => ({ redirectTo: back(state.redirectTo, 'connect_error', code) });
    if (query.error) return failed(query.error === 'access_denied' ? 'access_denied' : 'refused');
    if (!query.code) return failed('code_missing');
    if (!(await managers.mayManageChannels(userId, state.organizationId))) return failed('forbidden');
    try {
      const [name, value] = await this.#exchange(state, query.code);
      return { redirectTo: back(state.redirectTo, name, value) };
    } catch (error) {
      if (error instanceof ForbiddenError) return failed(error.code);
      if (!isExternal(error)) throw error;
      logger.warn({ err: error, platform }, 'a channel could not be connected');
      return failed(EXPLAINED.has(error.vendorCode ?? '') ? `${error.vendorCode}` : `network_${error.kind}`);
    }
  }

  redirectUri(platform: PlatformId): string {
    return new URL(`/api/accounts/callback/${platform}`, this.deps.appUrl).href;
  }

  async #exchange(state: OAuthState, code: string): Promise<['connected' | 'choose', string]> {
    const { vault, adapters, connector } = this.deps;
    const { codeVerifier, keep } = await vault.openState(state.platform, state.organizationId, state.payload);
    const authenticated = await adapters.get(state.platform).authenticate({
      kind: 'code',
      code,
      redirectUri: state.redirectUri,
      codeVerifier,
      keep,
      ...(state.baseUrl ? { baseUrl: state.baseUrl } : {}),
      signal: AbortSignal.timeout(CALL_MS),
    });
    if (authenticated.others?.length)
      return ['choose', await this.choices.hold(state.platform, state, authenticated)];
    return ['connected', await connector.store(state.platform, state, authenticated)];
  }
}

/** What a person typed and the network refused is their input's fault, with its path; all else stays the network's. */
export async function explained<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isExternal(error, 'invalid_request')) throw error;
    const address = error.vendorCode === 'blocked_address' || error.vendorCode === 'no_mastodon';
    throw ValidationError.at(address ? 'body.baseUrl' : path, error.message);
  }
}

function back(path: string, name: string, value: string): string {
  // Parsed against a stand-in origin and cut off again: whatever stood in the state, the way leads into IriSync.
  const url = new URL(path, 'https://irisync.invalid');
  url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}
