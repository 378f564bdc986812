import 'server-only';
import { z } from 'zod';
import { ValidationError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { OAuth2Secret, Secret } from '../../credentials/schema';
import type { VendorDependencies } from '../deps';
import type { VendorAnswer } from '../http';
import { appOf, codeForm, pkceConsentUrl, secretOf, type VendorApp } from '../oauth';
import type {
  Authenticated,
  AuthorizationRequest,
  CodeExchange,
  FreshGrant,
  IntegrationAdapter,
  VendorHealth,
  VendorSession,
} from '../types';
import { GoogleApi } from './api';
import { GoogleRows } from './rows';

const SHEETS = 'https://www.googleapis.com/auth/spreadsheets.readonly';
const SCOPES = ['openid', 'email', SHEETS] as const;
/** Codes of a token call that say that the grant itself is no good. */
const GRANT_REFUSED = new Set(['invalid_grant']);

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  /** Only with a consent. */
  refresh_token: z.string().min(1).optional(),
  /** Seconds. */
  expires_in: z.number().positive(),
  scope: z.string().default(''),
});
const userAnswer = z.object({ sub: z.string(), email: z.string().optional() });

/**
 * Google Sheets: sign-in that lasts while nobody is there, and the rows of one spreadsheet. @see https://developers.google.com/identity/protocols/oauth2/web-server
 */
export class GoogleSheetsAdapter implements IntegrationAdapter {
  readonly type = 'google_sheets';
  readonly setupHint =
    'This installation has no Google app. Ask the operator to set GOOGLE_SHEETS_CLIENT_ID and GOOGLE_SHEETS_CLIENT_SECRET.';
  readonly unordered = true;
  readonly #api: GoogleApi;
  readonly #rows: GoogleRows;

  constructor(readonly deps: VendorDependencies) {
    this.#api = new GoogleApi(deps);
    this.#rows = new GoogleRows(this.#api, deps.clock);
  }

  get oauthConfigured(): boolean {
    return Boolean(this.deps.env.GOOGLE_SHEETS_CLIENT_ID && this.deps.env.GOOGLE_SHEETS_CLIENT_SECRET);
  }

  /** A refresh token comes with a consent alone: it is asked for each time. */
  authorizationUrl(request: AuthorizationRequest): string {
    const page = `${this.#api.authUrl('accounts')}/o/oauth2/v2/auth`;
    return pkceConsentUrl(page, this.#app(), request, {
      scope: SCOPES.join(' '),
      access_type: 'offline',
      prompt: 'consent',
      include_granted_scopes: 'true',
    });
  }

  async exchangeCode(request: CodeExchange): Promise<Authenticated> {
    const { signal } = request;
    const grant = await this.#token(
      {
        grant_type: 'authorization_code',
        ...codeForm(request),
      },
      signal,
    );
    this.#api.requireScopes(lacking(grant.secret));
    const { accessToken: token, scopes } = grant.secret;
    const url = this.#userUrl();
    const answer = await this.#api.call('connect', { method: 'GET', url, token, idempotent: true, signal });
    const { id: accountId, name } = this.#accountOf(answer);
    return { ...grant, account: { accountId, name, url: null, scopes } };
  }

  /** Google gives people no tokens to paste. */
  async authenticateKey(): Promise<Authenticated> {
    throw ValidationError.at(
      'body.apiKey',
      'Google Sheets is connected by signing in there, not with a token. Leave apiKey out.',
    );
  }

  refreshTokens(known: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    const form = { grant_type: 'refresh_token', refresh_token: known.refreshToken ?? '' };
    return this.#token(form, signal, known);
  }

  /** With the refresh token everything ends that came of it. */
  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2') return;
    await this.#api.call('connect', {
      method: 'POST',
      url: `${this.#api.authUrl('oauth2')}/revoke`,
      form: { token: secret.refreshToken ?? secret.accessToken },
      idempotent: true,
      signal,
    });
  }

  /** Google counts by the minute and does not say how much is left. */
  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const account = this.#accountOf(await this.#api.read(session, this.#userUrl()));
    return { health: 'healthy', account, quotaLeft: null };
  }

  describeEntity(session: VendorSession, _entity: string): Promise<PropertyView[]> {
    return this.#rows.describe(session);
  }

  recordUrl(_account: unknown, _entity: string, externalId: string): string | null {
    const [spreadsheetId = ''] = externalId.split('/');
    return `https://docs.google.com/spreadsheets/d/${encodeURIComponent(spreadsheetId)}/edit`;
  }

  orderOf(externalId: string): string {
    return externalId;
  }

  /** A sheet does not say which of its rows changed. */
  readsAll(): boolean {
    return true;
  }

  changesFrom(): string {
    return '';
  }

  fetchChanges(session: VendorSession, entity: string, cursor: string) {
    return this.fetchAll(session, entity, cursor || null);
  }

  fetchAll(session: VendorSession, _entity: string, cursor: string | null) {
    return this.#rows.fetchAll(session, cursor);
  }

  /** A row that is gone is missed by the next pass, each of which is full. */
  async fetchDeleted() {
    return { ids: [], next: null };
  }

  fetchByIds(session: VendorSession, _entity: string, ids: readonly string[]) {
    return this.#rows.fetchByIds(session, ids);
  }

  async #token(form: Record<string, string>, signal: AbortSignal, known?: OAuth2Secret): Promise<FreshGrant> {
    const { clientId, clientSecret } = this.#app();
    const asked = this.deps.clock.now();
    try {
      const answer = await this.#api.call('connect', {
        method: 'POST',
        url: `${this.#api.authUrl('oauth2')}/token`,
        form: { ...form, client_id: clientId, client_secret: clientSecret },
        // A code works once.
        idempotent: known !== undefined,
        signal,
      });
      const tokens = this.#api.shaped(tokenAnswer, answer.body);
      return {
        secret: secretOf(tokens, known, tokens.scope ? tokens.scope.split(' ') : (known?.scopes ?? [])),
        expiresAt: new Date(asked.getTime() + tokens.expires_in * 1000),
      };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }

  #userUrl(): string {
    return `${this.#api.authUrl('openidconnect')}/v1/userinfo`;
  }

  #accountOf({ body }: VendorAnswer): { id: string; name: string } {
    const { sub: id, email } = this.#api.shaped(userAnswer, body);
    return { id, name: email ?? id };
  }

  #app(): VendorApp {
    const { GOOGLE_SHEETS_CLIENT_ID: id, GOOGLE_SHEETS_CLIENT_SECRET: secret } = this.deps.env;
    return appOf(id, secret, this.setupHint);
  }
}

/** People may untick spreadsheets at the consent page; without a refresh token syncing would end within the hour. */
function lacking({ scopes, refreshToken }: OAuth2Secret): string[] {
  return [...(scopes.includes(SHEETS) ? [] : [SHEETS]), ...(refreshToken ? [] : ['offline access'])];
}
