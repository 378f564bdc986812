import 'server-only';
import { z } from 'zod';
import { ValidationError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { OAuth2Secret, Secret } from '../../credentials/schema';
import { basicOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import type { VendorAnswer } from '../http';
import { appOf, codeForm, pkceConsentUrl, secretOf, type VendorApp } from '../oauth';
import type {
  Authenticated,
  AuthorizationRequest,
  CodeExchange,
  FreshGrant,
  IntegrationAdapter,
  VendorAccount,
  VendorHealth,
  VendorSession,
} from '../types';
import { GitHubApi } from './api';
import { GITHUB_FIELDS } from './fields.data';
import { GitHubHooks } from './hooks';
import { GitHubRecords } from './records';
import { toldByGitHub } from './told';

/** An OAuth app knows no reading alone of private repositories; a GitHub App has its permissions of its own and takes no notice. */
const SCOPES = 'repo read:user';
const TOKEN = /^(?:github_pat_[A-Za-z0-9_]{22,244}|ghp_[A-Za-z0-9]{36,244})$/;
/** Codes of a token call that say that the grant itself is no good. */
const GRANT_REFUSED = new Set(['bad_verification_code', 'bad_refresh_token', 'invalid_grant']);

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  /** Seconds; absent for tokens that last. */
  expires_in: z.coerce.number().positive().optional(),
  /** Divided by commas; empty for a GitHub App. */
  scope: z.string().default(''),
});
const userAnswer = z.object({ id: z.int(), login: z.string(), html_url: z.url() });

/**
 * GitHub: sign-in over a GitHub App (whose tokens end and are renewed) or an OAuth app (whose tokens last), and records of the
 * repositories that people choose. @see https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
 */
export class GitHubAdapter implements IntegrationAdapter {
  readonly type = 'github';
  readonly setupHint =
    'This installation has no GitHub app. Connect with a fine-grained token, or ask the operator to set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET.';
  readonly unordered = true;
  readonly told = toldByGitHub;
  readonly #api: GitHubApi;
  readonly #records: GitHubRecords;
  readonly subscriber: GitHubHooks;

  constructor(readonly deps: VendorDependencies) {
    this.#api = new GitHubApi(deps);
    this.#records = new GitHubRecords(this.#api);
    this.subscriber = new GitHubHooks(this.#api);
  }

  get oauthConfigured(): boolean {
    return Boolean(this.deps.env.GITHUB_CLIENT_ID && this.deps.env.GITHUB_CLIENT_SECRET);
  }

  authorizationUrl(request: AuthorizationRequest): string {
    const page = `${this.#api.authUrl}/login/oauth/authorize`;
    return pkceConsentUrl(page, this.#app(), request, { scope: SCOPES });
  }

  async exchangeCode(request: CodeExchange): Promise<Authenticated> {
    const { signal } = request;
    const form = codeForm(request);
    const grant = await this.#token(form, signal);
    const { scopes, accessToken } = grant.secret;
    this.#api.requireScopes(lacking(scopes));
    const { account } = await this.#user(accessToken, signal);
    return { ...grant, account: { ...account, scopes } };
  }

  async authenticateKey(apiKey: string, signal: AbortSignal): Promise<Authenticated> {
    if (!TOKEN.test(apiKey))
      throw ValidationError.at('body.apiKey', 'A fine-grained token begins with github_pat_.');
    const { account, answer } = await this.#user(apiKey, signal);
    const scopes = listOf(answer.headers.get('x-oauth-scopes') ?? '');
    this.#api.requireScopes(lacking(scopes));
    const expiresAt = expiryOf(answer.headers.get('github-authentication-token-expiration'));
    return { secret: { type: 'api_key', apiKey }, expiresAt, account: { ...account, scopes } };
  }

  refreshTokens(known: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    const form = { grant_type: 'refresh_token', refresh_token: known.refreshToken ?? '' };
    return this.#token(form, signal, known);
  }

  /** Takes the app's whole access back; a person's own token ends only where it was made. */
  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2' || !this.oauthConfigured) return;
    const { clientId, clientSecret } = this.#app();
    await this.#api.call('connect', {
      method: 'DELETE',
      path: `/applications/${clientId}/grant`,
      headers: { authorization: basicOf(clientId, clientSecret) },
      json: { access_token: secret.accessToken },
      idempotent: true,
      signal,
    });
  }

  /** The allowance is that of the running hour. */
  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const answer = await this.#api.read(session, '/user');
    const { id, login } = this.#api.shaped(userAnswer, answer.body);
    const left = countOf(answer, 'x-ratelimit-remaining');
    const limit = countOf(answer, 'x-ratelimit-limit');
    const scarce = left !== null && limit !== null && left < limit / 10;
    const account = { id: String(id), name: login };
    return { health: scarce ? 'degraded' : 'healthy', account, quotaLeft: left };
  }

  async describeEntity(_session: VendorSession, entity: string): Promise<PropertyView[]> {
    return [...(GITHUB_FIELDS[entity] ?? [])];
  }

  /** A release is found by its tag, which its id does not tell: it brings its own address along. */
  recordUrl(
    { accountUrl }: { accountUrl: string | null },
    entity: string,
    externalId: string,
  ): string | null {
    if (entity !== 'issue' || !accountUrl) return null;
    return new URL(`/${externalId.replace('#', '/issues/')}`, accountUrl).href;
  }

  orderOf(externalId: string): string {
    return externalId;
  }

  /** Releases have no list of what changed, and there are few. */
  readsAll(entity: string): boolean {
    return entity === 'release';
  }

  changesFrom(from: Date): string {
    return this.#records.changesFrom(from);
  }

  fetchChanges(session: VendorSession, entity: string, cursor: string) {
    return this.#records.fetchChanges(session, entity, cursor);
  }

  fetchAll(session: VendorSession, entity: string, cursor: string | null) {
    return this.#records.fetchAll(session, entity, cursor);
  }

  /** GitHub keeps no list: what is gone is missed by a full pass. */
  async fetchDeleted() {
    return { ids: [], next: null };
  }

  fetchByIds(session: VendorSession, entity: string, ids: readonly string[]) {
    return this.#records.fetchByIds(session, entity, ids);
  }

  async #token(form: Record<string, string>, signal: AbortSignal, known?: OAuth2Secret): Promise<FreshGrant> {
    const { clientId, clientSecret } = this.#app();
    const asked = this.deps.clock.now();
    try {
      const answer = await this.#api.call('connect', {
        method: 'POST',
        base: this.#api.authUrl,
        path: '/login/oauth/access_token',
        form: { ...form, client_id: clientId, client_secret: clientSecret },
        // A code and a rotating refresh token work once.
        idempotent: false,
        signal,
      });
      const tokens = this.#api.shaped(tokenAnswer, answer.body);
      return {
        secret: secretOf(tokens, known, listOf(tokens.scope)),
        expiresAt: tokens.expires_in ? new Date(asked.getTime() + tokens.expires_in * 1000) : null,
      };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }

  async #user(token: string, signal: AbortSignal): Promise<{ account: VendorAccount; answer: VendorAnswer }> {
    const answer = await this.#api.call('connect', {
      ...{ method: 'GET', path: '/user', token, idempotent: true, signal },
    });
    const { id, login, html_url: url } = this.#api.shaped(userAnswer, answer.body);
    return { account: { accountId: String(id), name: login, url, scopes: [] }, answer };
  }

  #app(): VendorApp {
    const { GITHUB_CLIENT_ID: id, GITHUB_CLIENT_SECRET: secret } = this.deps.env;
    return appOf(id, secret, this.setupHint);
  }
}

/** Fine-grained permissions show no scopes at all, and prove themselves when something is read. */
function lacking(scopes: readonly string[]): string[] {
  const enough = scopes.length === 0 || scopes.includes('repo') || scopes.includes('public_repo');
  return enough ? [] : ['repo'];
}

function listOf(scopes: string): string[] {
  return scopes.split(/[\s,]+/).filter((scope) => scope !== '');
}

/** `2026-12-01 10:00:00 UTC`; a token may also last for ever. */
function expiryOf(text: string | null): Date | null {
  const at = Date.parse(text?.replace(' UTC', 'Z').replace(' ', 'T') ?? '');
  return Number.isNaN(at) ? null : new Date(at);
}

function countOf({ headers }: VendorAnswer, name: string): number | null {
  const count = Number(headers.get(name) ?? Number.NaN);
  return Number.isFinite(count) ? count : null;
}
