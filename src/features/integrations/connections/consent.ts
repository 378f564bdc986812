import 'server-only';
import type { EncryptionService } from '@/core/crypto/encryption';
import { hashSecret } from '@/core/crypto/secrets';
import { ExternalServiceError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { secretContext } from '../credentials/context';
import type { CredentialRepository, IntegrationState } from '../credentials/repository';
import type { Authenticated, IntegrationAdapter } from '../providers/types';
import type { CallbackQuery, IntegrationType } from './schema';

const STATE_LIFE_MS = 10 * 60_000;
const CALL_MS = 30_000;
const HOME = '/integrations';

export interface ConnectingOwner {
  organizationId: string;
  userId: string;
}

export interface ConsentDeps {
  repository: CredentialRepository;
  encryption: EncryptionService;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  /** Asked again at the callback, because minutes pass at the consent page. */
  mayManage(userId: string, organizationId: string): Promise<boolean>;
  /** Writes what was connected. @returns its id. */
  store(type: IntegrationType, owner: ConnectingOwner, authenticated: Authenticated): Promise<string>;
  clock: Clock;
  ids: Ids;
  appUrl: string;
}

/** The way to a vendor's consent page and back: single-use state bound to person, organisation, vendor and address; PKCE. */
export class IntegrationConsent {
  constructor(readonly deps: ConsentDeps) {}

  async begin(
    owner: ConnectingOwner,
    adapter: IntegrationAdapter,
    redirectTo: string,
  ): Promise<{ authorizationUrl: string }> {
    const { ids, clock, encryption, repository } = this.deps;
    const { organizationId, userId } = owner;
    const integrationType = adapter.type;
    const state = ids.secret();
    // 43 characters of base62: just what RFC 7636 asks of a verifier.
    const codeVerifier = ids.secret();
    const redirectUri = this.#redirectUri(integrationType);
    const authorizationUrl = adapter.authorizationUrl({ state, redirectUri, codeVerifier });
    await repository.createState(hashSecret(state), {
      kind: 'integration',
      ...{ integrationType, organizationId, userId, redirectUri, redirectTo },
      payload: await encryption.encrypt(codeVerifier, stateContext(integrationType, organizationId)),
      expiresAt: new Date(clock.now().getTime() + STATE_LIFE_MS),
    });
    return { authorizationUrl };
  }

  /** Never throws for what came in the address: the answer is always a page of ours, with `connected` or `connect_error`. */
  async finish(type: IntegrationType, userId: string, query: CallbackQuery): Promise<{ redirectTo: string }> {
    const { repository, clock, mayManage, store } = this.deps;
    const state = query.state ? await repository.takeState(hashSecret(query.state)) : null;
    const fits =
      state?.kind === 'integration' &&
      state.integrationType === type &&
      state.userId === userId &&
      state.redirectUri === this.#redirectUri(type) &&
      state.expiresAt > clock.now();
    if (!state || !fits) return back(HOME, 'connect_error', 'state_invalid');
    const failed = (code: string) => back(state.redirectTo, 'connect_error', code);
    if (query.error) return failed(query.error === 'access_denied' ? 'access_denied' : 'refused');
    if (!query.code) return failed('code_missing');
    if (!(await mayManage(userId, state.organizationId))) return failed('forbidden');
    try {
      const id = await store(type, state, await this.#exchange(state, query.code));
      return back(state.redirectTo, 'connected', id);
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      logger.warn({ err: error, type }, 'an integration could not be connected');
      return failed(error.vendorCode === 'missing_scope' ? 'missing_scope' : `vendor_${error.kind}`);
    }
  }

  #redirectUri(type: IntegrationType): string {
    return new URL(`/api/integrations/callback/${type}`, this.deps.appUrl).href;
  }

  async #exchange(state: IntegrationState, code: string): Promise<Authenticated> {
    const { integrationType, organizationId, redirectUri, payload } = state;
    const adapter = this.deps.adapters.get(integrationType);
    if (!adapter) throw new Error(`${integrationType} has no adapter.`);
    const codeVerifier = await this.deps.encryption.decrypt(
      payload,
      stateContext(integrationType, organizationId),
    );
    return adapter.exchangeCode({ code, redirectUri, codeVerifier, signal: AbortSignal.timeout(CALL_MS) });
  }
}

function stateContext(type: IntegrationType, organizationId: string): string {
  return `${secretContext(type, organizationId)}_state`;
}

function back(path: string, name: string, value: string): { redirectTo: string } {
  // Parsed against a stand-in origin and cut off again: whatever stood in the state, the way leads into IriSync.
  const url = new URL(path, 'https://irisync.invalid');
  url.searchParams.set(name, value);
  return { redirectTo: `${url.pathname}${url.search}` };
}
