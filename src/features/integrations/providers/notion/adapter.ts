import 'server-only';
import { z } from 'zod';
import { ValidationError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { OAuth2Secret, Secret } from '../../credentials/schema';
import { basicOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import { appOf, secretOf, type VendorApp } from '../oauth';
import type {
  Authenticated,
  AuthorizationRequest,
  CodeExchange,
  FreshGrant,
  IntegrationAdapter,
  VendorHealth,
  VendorSession,
} from '../types';
import { NotionApi } from './api';
import { NotionPages } from './pages';
import { toldByNotion } from './told';

/** Today's form and the one of older connections. */
const INTERNAL_SECRET = /^(?:ntn|secret)_[A-Za-z0-9]{20,200}$/;
/** Codes of a token call that say that the grant itself is no good. */
const GRANT_REFUSED = new Set(['invalid_grant']);

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  workspace_id: z.string(),
  workspace_name: z.string().nullish(),
});
const botAnswer = z.object({
  id: z.string(),
  name: z.string().nullish(),
  bot: z.looseObject({ workspace_id: z.string().optional(), workspace_name: z.string().nullish() }),
});

/**
 * Notion: sign-in, workspace, and the pages people allowed. It knows no PKCE, and no scopes: what may be read is ticked page by page.
 * @see https://developers.notion.com/guides/get-started/authorization
 */
export class NotionAdapter implements IntegrationAdapter {
  readonly type = 'notion';
  readonly setupHint =
    'This installation has no Notion app. Connect with the secret of an internal connection, or ask the operator to set NOTION_CLIENT_ID and NOTION_CLIENT_SECRET.';
  readonly unordered = true;
  readonly told = toldByNotion;
  readonly #api: NotionApi;
  readonly #pages: NotionPages;

  constructor(readonly deps: VendorDependencies) {
    this.#api = new NotionApi(deps);
    this.#pages = new NotionPages(this.#api);
  }

  get oauthConfigured(): boolean {
    return Boolean(this.deps.env.NOTION_CLIENT_ID && this.deps.env.NOTION_CLIENT_SECRET);
  }

  authorizationUrl({ state, redirectUri }: AuthorizationRequest): string {
    const { clientId } = this.#app();
    const url = new URL('/v1/oauth/authorize', this.#api.url);
    url.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      owner: 'user',
      state,
    }).toString();
    return url.href;
  }

  async exchangeCode({ code, redirectUri, signal }: CodeExchange): Promise<Authenticated> {
    const { secret, workspace } = await this.#token(
      { grant_type: 'authorization_code', code, redirect_uri: redirectUri },
      signal,
    );
    await this.#pages.requireReading(secret.accessToken, signal);
    return { secret, expiresAt: null, account: { ...workspace, url: null, scopes: [] } };
  }

  async authenticateKey(apiKey: string, signal: AbortSignal): Promise<Authenticated> {
    if (!INTERNAL_SECRET.test(apiKey))
      throw ValidationError.at('body.apiKey', 'The secret of an internal connection begins with ntn_.');
    const answer = await this.#api.call('connect', { ...ME, token: apiKey, signal });
    await this.#pages.requireReading(apiKey, signal);
    const account = { ...this.#bot(answer.body), url: null, scopes: [] };
    return { secret: { type: 'api_key', apiKey }, expiresAt: null, account };
  }

  /** Each renewal brings a new refresh token, and the old one is spent. */
  async refreshTokens(known: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    const form = { grant_type: 'refresh_token', refresh_token: known.refreshToken ?? '' };
    return { secret: (await this.#token(form, signal, known)).secret, expiresAt: null };
  }

  /** The secret of an internal connection ends only where it was made. */
  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2' || !this.oauthConfigured) return;
    await this.#api.call('connect', {
      method: 'POST',
      path: '/v1/oauth/revoke',
      headers: this.#basic(),
      json: { token: secret.accessToken },
      idempotent: true,
      signal,
    });
  }

  /** Notion counts by the second and says of no allowance how much is left. */
  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const { accountId: id, name } = this.#bot((await this.#api.authorized(session, ME)).body);
    return { health: 'healthy', account: { id, name }, quotaLeft: null };
  }

  describeEntity(session: VendorSession, _entity: string): Promise<PropertyView[]> {
    return this.#pages.describe(session);
  }

  /** Notion leads from the bare id to the page, whatever its title. */
  recordUrl(_account: unknown, _entity: string, externalId: string): string | null {
    return `https://www.notion.so/${externalId.replaceAll('-', '')}`;
  }

  orderOf(externalId: string): string {
    return externalId;
  }

  changesFrom(from: Date): string {
    return this.#pages.changesFrom(from);
  }

  fetchChanges(session: VendorSession, _entity: string, cursor: string) {
    return this.#pages.fetchChanges(session, cursor);
  }

  fetchAll(session: VendorSession, _entity: string, cursor: string | null) {
    return this.#pages.fetchAll(session, cursor);
  }

  /** The search does not show what lies in the trash: a page that is gone is missed by a full pass. */
  async fetchDeleted() {
    return { ids: [], next: null };
  }

  fetchByIds(session: VendorSession, _entity: string, ids: readonly string[]) {
    return this.#pages.fetchByIds(session, ids);
  }

  async #token(json: Record<string, string>, signal: AbortSignal, known?: OAuth2Secret) {
    try {
      const answer = await this.#api.call('connect', {
        method: 'POST',
        path: '/v1/oauth/token',
        headers: this.#basic(),
        json,
        // A code and a rotating refresh token work once.
        idempotent: false,
        signal,
      });
      const tokens = this.#api.shaped(tokenAnswer, answer.body);
      const secret = secretOf(tokens, known, []);
      const name = tokens.workspace_name || 'Notion';
      return { secret, workspace: { accountId: tokens.workspace_id, name } };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }

  /** The workspace; by the connection's own id where Notion does not name it. */
  #bot(body: unknown): { accountId: string; name: string } {
    const { id, name, bot } = this.#api.shaped(botAnswer, body);
    return { accountId: bot.workspace_id ?? id, name: bot.workspace_name || name || 'Notion' };
  }

  #basic(): Record<string, string> {
    const { clientId, clientSecret } = this.#app();
    return { authorization: basicOf(clientId, clientSecret) };
  }

  #app(): VendorApp {
    const { NOTION_CLIENT_ID: id, NOTION_CLIENT_SECRET: secret } = this.deps.env;
    return appOf(id, secret, this.setupHint);
  }
}

const ME = { method: 'GET', path: '/v1/users/me', idempotent: true } as const;
