import 'server-only';
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { ConflictError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import type { ConsentRequest, SandboxAccount, SandboxGrant } from '@/features/platforms/sandbox/schema';
import type { SandboxStore } from '@/features/platforms/sandbox/store';
import { Refusal, type SandboxAnswer } from '@/features/platforms/sandbox/wire';

export const SANDBOX_CLIENT_ID = 'irisync';
export const SANDBOX_SCOPES = ['read', 'write', 'media'] as const;

const CODE_LIFE_MS = 60_000;
const ACCESS_LIFE_MS = 3_600_000;

const tokenRequest = z.union([
  z.object({
    grant_type: z.literal('authorization_code'),
    code: z.string().max(300),
    redirect_uri: z.string().max(500),
    code_verifier: z.string().min(43).max(128),
  }),
  z.object({ grant_type: z.literal('refresh_token'), refresh_token: z.string().max(300) }),
]);

export interface SandboxOAuthDependencies {
  store: SandboxStore;
  clock: Clock;
  ids: Ids;
  redirectUris: readonly string[];
}

/** Authorization code with PKCE, one-hour access tokens, rotating refresh tokens. Tokens are kept hashed. */
export class SandboxOAuth {
  constructor(readonly deps: SandboxOAuthDependencies) {}

  /**
   * A person's answer on the consent page.
   * @returns where the browser goes next: back to the client, with a code or with `error=access_denied`.
   * @throws ValidationError when client or address are not ours. ConflictError when the handle belongs to somebody else.
   */
  async consent(userId: string, request: ConsentRequest): Promise<{ redirectTo: string }> {
    if (request.clientId !== SANDBOX_CLIENT_ID)
      throw ValidationError.at('body.clientId', 'This client is not known here.');
    if (!this.deps.redirectUris.includes(request.redirectUri)) {
      throw ValidationError.at('body.redirectUri', 'This client may not send people to that address.');
    }
    const target = new URL(request.redirectUri);
    target.searchParams.set('state', request.state);
    if (request.decision === 'deny') {
      target.searchParams.set('error', 'access_denied');
      return { redirectTo: target.href };
    }
    const account = await this.#account(userId, request.handle);
    const scopes = request.scope
      .split(' ')
      .filter((scope) => (SANDBOX_SCOPES as readonly string[]).includes(scope));
    target.searchParams.set('code', await this.#code(account, scopes, request));
    return { redirectTo: target.href };
  }

  async token(body: unknown): Promise<SandboxAnswer> {
    const parsed = tokenRequest.safeParse(body);
    if (!parsed.success) throw new Refusal(400, 'invalid_request', 'This is not a token request.');
    const input = parsed.data;
    const given = input.grant_type === 'refresh_token' ? input.refresh_token : input.code;
    const [grantId = ''] = given.split('.');
    const tokens = {
      access: `${grantId}.${this.deps.ids.secret()}`,
      refresh: `${grantId}.${this.deps.ids.secret()}`,
    };
    const now = this.deps.clock.now();
    let accepted = false;
    const grant = await this.deps.store.changeGrant(grantId, (current) => {
      accepted =
        input.grant_type === 'refresh_token'
          ? !current.revoked && matches(current.refreshHash, given)
          : codeFits(current, given, input.redirect_uri, input.code_verifier, now);
      if (!accepted) return null;
      return {
        ...current,
        codeHash: null,
        accessHash: hashed(tokens.access),
        accessExpiresAt: new Date(now.getTime() + ACCESS_LIFE_MS),
        refreshHash: hashed(tokens.refresh),
      };
    });
    if (!accepted || !grant)
      throw new Refusal(400, 'invalid_grant', 'This permission is not valid any more.');
    return {
      status: 200,
      body: {
        access_token: tokens.access,
        refresh_token: tokens.refresh,
        token_type: 'bearer',
        expires_in: ACCESS_LIFE_MS / 1000,
        scope: grant.scopes.join(' '),
      },
    };
  }

  async revoke(body: unknown): Promise<SandboxAnswer> {
    const token = z.object({ token: z.string().max(300) }).parse(body).token;
    await this.deps.store.changeGrant(token.split('.')[0] ?? '', (grant) =>
      matches(grant.refreshHash, token) || matches(grant.accessHash, token)
        ? { ...grant, revoked: true }
        : null,
    );
    return { status: 200, body: { revoked: true } };
  }

  async revokeAll(accountId: string): Promise<void> {
    for (const grant of await this.deps.store.grantsOf(accountId)) {
      await this.deps.store.changeGrant(grant.id, (current) => ({ ...current, revoked: true }));
    }
  }

  /** Whose token call this is, for faults; null when it cannot be told. */
  async accountOf(body: unknown): Promise<string | null> {
    const parsed = tokenRequest.safeParse(body);
    if (!parsed.success) return null;
    const given = parsed.data.grant_type === 'refresh_token' ? parsed.data.refresh_token : parsed.data.code;
    return (await this.deps.store.grant(given.split('.')[0] ?? ''))?.accountId ?? null;
  }

  /** @throws Refusal 401 */
  async authenticate(authorization: string | null): Promise<SandboxAccount> {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    const grant = token ? await this.deps.store.grant(token.split('.')[0] ?? '') : null;
    if (!token || !grant || grant.revoked || !matches(grant.accessHash, token)) {
      throw new Refusal(401, 'token_invalid', 'This token is not valid.');
    }
    if (grant.accessExpiresAt && grant.accessExpiresAt <= this.deps.clock.now()) {
      throw new Refusal(401, 'token_expired', 'This token has expired.');
    }
    const account = await this.deps.store.account(grant.accountId);
    if (!account) throw new Refusal(401, 'token_invalid', 'This token is not valid.');
    return account;
  }

  async #account(userId: string, handle: string): Promise<SandboxAccount> {
    const displayName = handle.replaceAll('_', ' ').replace(/\b\w/g, (letter) => letter.toUpperCase());
    const fresh: SandboxAccount = {
      id: `u_${handle}`,
      handle,
      displayName,
      ownerUserId: userId,
      faults: [],
      postsPerHour: null,
    };
    await this.deps.store.createAccount(fresh);
    const account = (await this.deps.store.account(fresh.id)) ?? fresh;
    if (account.ownerUserId !== userId) {
      throw new ConflictError('Somebody else uses this sandbox name. Choose another one.');
    }
    return account;
  }

  async #code(account: SandboxAccount, scopes: string[], request: ConsentRequest): Promise<string> {
    const id = this.deps.ids.next();
    const code = `${id}.${this.deps.ids.secret()}`;
    const grant: SandboxGrant = {
      id,
      accountId: account.id,
      scopes,
      codeHash: hashed(code),
      codeExpiresAt: new Date(this.deps.clock.now().getTime() + CODE_LIFE_MS),
      redirectUri: request.redirectUri,
      codeChallenge: request.codeChallenge,
      accessHash: null,
      accessExpiresAt: null,
      refreshHash: null,
      revoked: false,
    };
    await this.deps.store.createGrant(grant);
    return code;
  }
}

function codeFits(
  grant: SandboxGrant,
  code: string,
  redirectUri: string,
  verifier: string,
  now: Date,
): boolean {
  return (
    !grant.revoked &&
    matches(grant.codeHash, code) &&
    grant.codeExpiresAt !== null &&
    grant.codeExpiresAt > now &&
    grant.redirectUri === redirectUri &&
    grant.codeChallenge === createHash('sha256').update(verifier).digest('base64url')
  );
}

function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function matches(stored: string | null, token: string): boolean {
  return stored !== null && timingSafeEqual(Buffer.from(stored, 'hex'), Buffer.from(hashed(token), 'hex'));
}
