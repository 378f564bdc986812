import 'server-only';
import { sandboxAllowed } from '@/core/config/env';
import { pkceChallenge } from '@/core/crypto/pkce';
import type {
  Authenticated,
  AuthenticationInput,
  AuthorizationRequest,
  AuthorizationStart,
  Configuration,
  ConnectionValidity,
  FreshCredentials,
  PlatformAdapter,
  TokenContext,
} from '@/features/platforms/providers/adapter';
import { isExternal } from '@/features/platforms/providers/http';
import { requireScopes, tokenFailure, tokensFrom } from '@/features/platforms/providers/oauth';
import type { SandboxApi } from '@/features/platforms/providers/sandbox/api';
import { SANDBOX_CLIENT_ID, SANDBOX_SCOPES } from '@/features/platforms/sandbox/oauth';

/** Identity at the practice network: authorization code with PKCE, one-hour tokens, rotating refresh tokens. */
export class SandboxAdapter implements PlatformAdapter {
  readonly platform = 'sandbox';
  readonly requiredScopes = SANDBOX_SCOPES;

  constructor(readonly api: SandboxApi) {}

  configuration(): Configuration {
    if (sandboxAllowed(this.api.deps.env)) return { configured: true };
    return {
      configured: false,
      code: 'sandbox_disabled',
      missing: ['ALLOW_SANDBOX'],
      how: 'The sandbox is off in production. Set ALLOW_SANDBOX=true to allow it.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL('/sandbox/authorize', this.api.deps.env.APP_URL);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: SANDBOX_CLIENT_ID,
      redirect_uri: request.redirectUri,
      scope: SANDBOX_SCOPES.join(' '),
      state: request.state,
      code_challenge: pkceChallenge(request.codeVerifier),
      ...(request.handle ? { handle: request.handle } : {}),
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('The sandbox connects by authorization code.');
    const credentials = await this.#token(
      {
        grant_type: 'authorization_code',
        code: input.code,
        redirect_uri: input.redirectUri,
        code_verifier: input.codeVerifier,
      },
      { scopes: SANDBOX_SCOPES },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, SANDBOX_SCOPES);
    const { followers: _followers, ...account } = await this.api.me(
      'connecting',
      credentials.accessToken,
      input.signal,
    );
    return { credentials, account };
  }

  async refreshTokens({ credentials, signal }: TokenContext): Promise<FreshCredentials> {
    return await this.#token(
      { grant_type: 'refresh_token', refresh_token: credentials.refreshToken },
      { scopes: credentials.scopes },
      signal,
    );
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    try {
      await this.api.me(channel.connectionId, credentials.accessToken, signal);
      return { valid: true };
    } catch (error) {
      if (!isExternal(error, 'auth_expired')) throw error;
      return { valid: false, reason: 'The sandbox no longer accepts this connection.' };
    }
  }

  async revoke({ credentials, signal }: TokenContext): Promise<void> {
    await this.api.http.call('revoke', {
      method: 'POST',
      url: `${this.api.base}/oauth/revoke`,
      json: { token: credentials.refreshToken ?? credentials.accessToken },
      idempotent: true,
      signal,
    });
  }

  async #token(
    json: Record<string, string | undefined>,
    known: Parameters<typeof tokensFrom>[3],
    signal: AbortSignal,
  ): Promise<FreshCredentials> {
    try {
      const answer = await this.api.http.call('token', {
        method: 'POST',
        url: `${this.api.base}/oauth/token`,
        json,
        signal,
      });
      return tokensFrom(this.platform, answer, this.api.deps.clock.now(), known);
    } catch (error) {
      throw tokenFailure(this.platform, error, (code) => code === 'invalid_grant');
    }
  }
}
