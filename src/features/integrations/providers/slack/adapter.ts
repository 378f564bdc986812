import 'server-only';
import { z } from 'zod';
import { ValidationError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { OAuth2Secret, Secret } from '../../credentials/schema';
import { basicOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import type { VendorAnswer } from '../http';
import { appOf, secretOf, type VendorApp } from '../oauth';
import type {
  Authenticated,
  AuthorizationRequest,
  CodeExchange,
  FreshGrant,
  IntegrationAdapter,
  VendorAccount,
  VendorHealth,
  VendorMessenger,
  VendorSession,
} from '../types';
import { SlackApi } from './api';
import { SLACK_FIELDS } from './fields.data';
import { postMessage } from './messages';
import { SlackRecords } from './records';
import { toldBySlack } from './told';

/** Of the bot. */
const SCOPES = ['channels:read', 'users:read', 'chat:write'] as const;
const BOT_TOKEN = /^xoxb-[A-Za-z0-9-]{20,250}$/;
/** Codes of a token call that say that the grant itself is no good. */
const GRANT_REFUSED = new Set([
  ...['invalid_code', 'code_already_used', 'code_expired', 'invalid_refresh_token'],
  ...['token_expired', 'token_revoked', 'account_inactive'],
]);

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  /** Only where the app rotates its tokens; so does `expires_in`, in seconds. */
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  /** Divided by commas. */
  scope: z.string().optional(),
});
const testAnswer = z.object({ team: z.string(), team_id: z.string(), url: z.url() });

/**
 * Slack: sign-in with OAuth v2 and rotating tokens, the channels and people of a workspace, and messages to channels. PKCE would make
 * the app one that cannot keep a secret (https://docs.slack.dev/authentication/using-pkce): ours can, and does.
 */
export class SlackAdapter implements IntegrationAdapter {
  readonly type = 'slack';
  readonly setupHint =
    'This installation has no Slack app. Connect with the bot token of an app of your own, or ask the operator to set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.';
  readonly unordered = true;
  readonly told = toldBySlack;
  readonly messenger: VendorMessenger;
  readonly #api: SlackApi;
  readonly #records: SlackRecords;

  constructor(readonly deps: VendorDependencies) {
    const api = new SlackApi(deps);
    this.#api = api;
    this.#records = new SlackRecords(api);
    this.messenger = { post: (session, message) => postMessage(api, session, message) };
  }

  get oauthConfigured(): boolean {
    return Boolean(this.deps.env.SLACK_CLIENT_ID && this.deps.env.SLACK_CLIENT_SECRET);
  }

  authorizationUrl({ state, redirectUri }: AuthorizationRequest): string {
    const { clientId } = this.#app();
    const url = new URL(`${this.#api.url}/oauth/v2/authorize`);
    url.search = new URLSearchParams({
      client_id: clientId,
      scope: SCOPES.join(','),
      redirect_uri: redirectUri,
      state,
    }).toString();
    return url.href;
  }

  async exchangeCode(request: CodeExchange): Promise<Authenticated> {
    const { code, redirectUri, signal } = request;
    const grant = await this.#token({ code, redirect_uri: redirectUri }, signal);
    const { accessToken, scopes } = grant.secret;
    this.#api.requireScopes(lacking(scopes));
    const { account } = await this.#workspace(accessToken, signal);
    return { ...grant, account: { ...account, scopes } };
  }

  async authenticateKey(apiKey: string, signal: AbortSignal): Promise<Authenticated> {
    if (!BOT_TOKEN.test(apiKey)) throw ValidationError.at('body.apiKey', 'A bot token begins with xoxb-.');
    const { account, answer } = await this.#workspace(apiKey, signal);
    const scopes = listOf(answer.headers.get('x-oauth-scopes') ?? '');
    this.#api.requireScopes(lacking(scopes));
    return { secret: { type: 'api_key', apiKey }, expiresAt: null, account: { ...account, scopes } };
  }

  refreshTokens(known: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    const form = { grant_type: 'refresh_token', refresh_token: known.refreshToken ?? '' };
    return this.#token(form, signal, known);
  }

  /** A token of somebody's own app ends only where it was made. */
  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2') return;
    const { accessToken: token } = secret;
    await this.#api.call('connect', { method: 'POST', name: 'auth.revoke', token, idempotent: true, signal });
  }

  /** Slack counts by the minute and says of no allowance how much is left. */
  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const { accountId: id, name } = this.#accountOf(await this.#api.read(session, 'auth.test'));
    return { health: 'healthy', account: { id, name }, quotaLeft: null };
  }

  async describeEntity(_session: VendorSession, entity: string): Promise<PropertyView[]> {
    return [...(SLACK_FIELDS[entity] ?? [])];
  }

  recordUrl(
    { accountUrl }: { accountUrl: string | null },
    entity: string,
    externalId: string,
  ): string | null {
    const folder = entity === 'channel' ? 'archives' : 'team';
    return accountUrl ? new URL(`/${folder}/${externalId}`, accountUrl).href : null;
  }

  orderOf(externalId: string): string {
    return externalId;
  }

  /** Slack has no lists of what changed. */
  readsAll(): boolean {
    return true;
  }

  changesFrom(): string {
    return '';
  }

  fetchChanges(session: VendorSession, entity: string, cursor: string) {
    return this.fetchAll(session, entity, cursor || null);
  }

  fetchAll(session: VendorSession, entity: string, cursor: string | null) {
    return this.#records.fetchAll(session, entity, cursor);
  }

  fetchDeleted(session: VendorSession, entity: string, cursor: string | null) {
    return this.#records.fetchDeleted(session, entity, cursor);
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
        name: 'oauth.v2.access',
        headers: { authorization: basicOf(clientId, clientSecret) },
        form,
        // A code and a rotating refresh token work once.
        idempotent: false,
        signal,
      });
      const tokens = this.#api.shaped(tokenAnswer, answer.body);
      return {
        secret: secretOf(
          tokens,
          known,
          tokens.scope === undefined ? (known?.scopes ?? []) : listOf(tokens.scope),
        ),
        expiresAt: tokens.expires_in ? new Date(asked.getTime() + tokens.expires_in * 1000) : null,
      };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }

  async #workspace(token: string, signal: AbortSignal) {
    const call = { method: 'GET', name: 'auth.test', token, idempotent: true, signal };
    const answer = await this.#api.call('connect', call);
    return { account: this.#accountOf(answer), answer };
  }

  #accountOf({ body }: VendorAnswer): VendorAccount {
    const { team_id: accountId, team: name, url } = this.#api.shaped(testAnswer, body);
    return { accountId, name, url, scopes: [] };
  }

  #app(): VendorApp {
    const { SLACK_CLIENT_ID: id, SLACK_CLIENT_SECRET: secret } = this.deps.env;
    return appOf(id, secret, this.setupHint);
  }
}

function lacking(granted: readonly string[]): string[] {
  return SCOPES.filter((scope) => !granted.includes(scope));
}

function listOf(scopes: string): string[] {
  return scopes.split(/[\s,]+/).filter((scope) => scope !== '');
}
