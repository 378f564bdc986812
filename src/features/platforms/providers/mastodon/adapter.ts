import 'server-only';
import { z } from 'zod';
import { pkceChallenge } from '@/core/crypto/pkce';
import { ValidationError } from '@/core/errors';
import type {
  Authenticated,
  AuthenticationInput,
  AuthorizationRequest,
  AuthorizationStart,
  Configuration,
  ConnectionValidity,
  PlatformAdapter,
  TokenContext,
} from '@/features/platforms/providers/adapter';
import type { PlatformDependencies, ServerApp } from '@/features/platforms/providers/deps';
import { expectShape, isExternal, type PlatformHttp, refused } from '@/features/platforms/providers/http';
import { mastodonBase, mastodonHttp, readAccount } from '@/features/platforms/providers/mastodon/api';
import { requireScopes, tokenFailure, tokensFrom } from '@/features/platforms/providers/oauth';

const SCOPES = ['read', 'write:statuses', 'write:media'] as const;
const application = z.object({ client_id: z.string().min(1), client_secret: z.string().min(1) });

/** One app is registered at each server. @see https://docs.joinmastodon.org/client/token/ */
export class MastodonAdapter implements PlatformAdapter {
  readonly platform = 'mastodon';
  readonly requiredScopes = SCOPES;
  readonly #http: PlatformHttp;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = mastodonHttp(deps);
  }

  /** Needs nothing from the operator: the app registers itself at the server a person names. */
  configuration(): Configuration {
    return { configured: true };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const server = await this.#server(request.baseUrl);
    const base = mastodonBase(this.deps, server);
    const known = await this.deps.serverApps.get(this.platform, appKey(server, request.redirectUri));
    if (known) {
      const url = consentPage(base.url, known, request);
      if (await this.#opens(base, url, request.signal)) return { url, keep: { ...known } };
    }
    const app = await this.#newApp(server, request.redirectUri, request.signal);
    return { url: consentPage(base.url, app, request), keep: { ...app } };
  }

  /** Some servers forget an app, with its last token or by age; a person sent to its page would be stuck there. */
  async #opens(base: { url: string; guarded: boolean }, url: string, signal: AbortSignal): Promise<boolean> {
    try {
      const call = { url, guarded: base.guarded, signal, anyBody: true, accept: [400, 401, 403, 404] };
      return (await this.#http.call(ownerOf(base), call)).status < 400;
    } catch (error) {
      if (!isExternal(error)) throw error;
      // Trouble says nothing about the app.
      return true;
    }
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('Mastodon connects by authorization code.');
    const server = await this.#server(input.baseUrl);
    const base = mastodonBase(this.deps, server);
    const { clientId = '', clientSecret = '' } = input.keep;
    try {
      const answer = await this.#http.call(ownerOf(base), {
        method: 'POST',
        url: `${base.url}/oauth/token`,
        guarded: base.guarded,
        form: {
          grant_type: 'authorization_code',
          code: input.code,
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uri: input.redirectUri,
          scope: SCOPES.join(' '),
          code_verifier: input.codeVerifier,
        },
        signal: input.signal,
      });
      const now = this.deps.clock.now();
      const credentials = tokensFrom(this.platform, answer, now, {
        scopes: SCOPES,
        extra: { clientId, clientSecret },
      });
      requireScopes(this.platform, credentials.scopes, SCOPES);
      const account = await readAccount(this.#http, {
        base,
        server,
        token: credentials.accessToken,
        owner: ownerOf(base),
        now,
        signal: input.signal,
      });
      return { credentials, account };
    } catch (error) {
      // The server no longer knows our app; the next try registers afresh.
      if (isExternal(error) && error.vendorCode === 'invalid_client') {
        await this.deps.serverApps.forget(this.platform, appKey(server, input.redirectUri));
      }
      throw tokenFailure(this.platform, error, (code) => code === 'invalid_grant');
    }
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    const base = mastodonBase(this.deps, channel.baseUrl);
    try {
      await this.#http.call(channel.connectionId, {
        url: `${base.url}/api/v1/accounts/verify_credentials`,
        guarded: base.guarded,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      // With nothing in the request but the token, "cannot be processed" is about the token: some servers say it so.
      const refusedToken = isExternal(error) && error.vendorStatus === 422;
      if (!refusedToken && !isExternal(error, 'auth_expired')) throw error;
      return { valid: false, reason: 'This server no longer accepts the connection.' };
    }
  }

  async revoke({ channel, credentials, signal }: TokenContext): Promise<void> {
    const base = mastodonBase(this.deps, channel.baseUrl);
    await this.#http.call(channel.connectionId, {
      method: 'POST',
      url: `${base.url}/oauth/revoke`,
      guarded: base.guarded,
      form: {
        client_id: credentials.extra.clientId,
        client_secret: credentials.extra.clientSecret,
        token: credentials.accessToken,
      },
      idempotent: true,
      signal,
    });
  }

  /** @throws ValidationError at `body.baseUrl` when no server is named or it may not be called. */
  async #server(baseUrl: string | undefined): Promise<string> {
    if (!baseUrl)
      throw ValidationError.at('body.baseUrl', 'Name your server, for example https://mastodon.social.');
    const origin = new URL(baseUrl).origin;
    const refusal = this.deps.env.MASTODON_API_BASE_URL ? undefined : await this.deps.http.refusal(origin);
    if (refusal) throw ValidationError.at('body.baseUrl', refusal);
    return origin;
  }

  async #newApp(server: string, redirectUri: string, signal: AbortSignal): Promise<ServerApp> {
    const key = appKey(server, redirectUri);
    const base = mastodonBase(this.deps, server);
    const answer = await this.#register(base, redirectUri, signal);
    const { client_id: clientId, client_secret: clientSecret } = expectShape(
      this.platform,
      application,
      answer,
    );
    const app = { clientId, clientSecret };
    await this.deps.serverApps.put(this.platform, key, app);
    return app;
  }

  async #register(base: { url: string; guarded: boolean }, redirectUri: string, signal: AbortSignal) {
    try {
      return await this.#http.call(ownerOf(base), {
        method: 'POST',
        url: `${base.url}/api/v1/apps`,
        guarded: base.guarded,
        form: {
          client_name: 'IriSync',
          redirect_uris: redirectUri,
          scopes: SCOPES.join(' '),
          website: this.deps.env.APP_URL,
        },
        signal,
      });
    } catch (error) {
      if (!isExternal(error) || error.vendorStatus !== 404) throw error;
      throw refused(this.platform, 'This address does not answer as a Mastodon server.', {
        vendorCode: 'no_mastodon',
      });
    }
  }
}

function consentPage(server: string, app: ServerApp, request: AuthorizationRequest): string {
  const url = new URL('/oauth/authorize', server);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: request.redirectUri,
    scope: SCOPES.join(' '),
    state: request.state,
    // Servers before 4.3 ignore these two.
    code_challenge: pkceChallenge(request.codeVerifier),
    code_challenge_method: 'S256',
  }).toString();
  return url.href;
}

/** A server accepts only the redirect address it was told, so another address needs another registration. */
function appKey(server: string, redirectUri: string): string {
  return `${server} ${redirectUri}`;
}

/** Nobody's credential yet: trouble with one server must not keep people from connecting to others. */
function ownerOf(base: { url: string }): string {
  return `connecting ${base.url}`;
}
