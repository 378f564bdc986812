import 'server-only';
import { createSOQL } from 'jsforce/lib/soql-builder.js';
import { z } from 'zod';
import { ExternalServiceError, ValidationError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { OAuth2Secret, Secret } from '../../credentials/schema';
import type { VendorDependencies } from '../deps';
import { appOf, codeForm, pkceConsentUrl, secretOf, type VendorApp } from '../oauth';
import type {
  Authenticated,
  AuthorizationRequest,
  CodeExchange,
  FreshGrant,
  IntegrationAdapter,
  VendorAssociations,
  VendorHealth,
  VendorSession,
  VendorWriter,
} from '../types';
import { SalesforceApi } from './api';
import { SalesforceAssociations } from './associations';
import { caseSafeId } from './ids';
import { SalesforceRecords } from './records';
import { toldBySalesforce } from './told';
import { SalesforceWrites } from './writes';

/** Calls in the person's name, and a refresh token to go on with. */
const SCOPES = ['api', 'refresh_token'] as const;
/** Codes of a token call that say that the grant itself is no good. */
const GRANT_REFUSED = new Set(['invalid_grant', 'inactive_user', 'inactive_org']);
const ORGANIZATION = createSOQL({ table: 'Organization', fields: ['Id', 'Name'], limit: 1 });

const IDENTITY = /^https?:.*\/id\/([a-zA-Z0-9]{15,18})\/[a-zA-Z0-9]{15,18}$/;

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  instance_url: z.url({ protocol: /^https$/ }),
  /** `https://login.salesforce.com/id/<organisation>/<user>`, of which the organisation is taken. */
  id: z
    .string()
    .regex(IDENTITY)
    .transform((url) => caseSafeId(IDENTITY.exec(url)?.[1] ?? '')),
  scope: z.string().optional(),
});
const organizationAnswer = z.object({
  records: z.tuple([z.object({ Id: z.string().transform(caseSafeId), Name: z.string() })]),
});

/**
 * Salesforce: sign-in over an External Client App, account, and what its records have.
 * @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm
 */
export class SalesforceAdapter implements IntegrationAdapter {
  readonly type = 'salesforce';
  readonly setupHint =
    'This installation has no Salesforce app. Ask the operator to set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET.';
  readonly associations: VendorAssociations;
  readonly writer: VendorWriter;
  readonly told = toldBySalesforce;
  readonly #api: SalesforceApi;
  readonly #records: SalesforceRecords;

  constructor(readonly deps: VendorDependencies) {
    this.#api = new SalesforceApi(deps);
    this.#records = new SalesforceRecords(this.#api, deps.clock);
    this.associations = new SalesforceAssociations(this.#records);
    this.writer = new SalesforceWrites(this.#api, this.#records);
  }

  get oauthConfigured(): boolean {
    return Boolean(this.deps.env.SALESFORCE_CLIENT_ID && this.deps.env.SALESFORCE_CLIENT_SECRET);
  }

  authorizationUrl(request: AuthorizationRequest): string {
    const page = `${this.#api.loginUrl}/services/oauth2/authorize`;
    return pkceConsentUrl(page, this.#app(), request, { scope: SCOPES.join(' ') });
  }

  async exchangeCode(request: CodeExchange): Promise<Authenticated> {
    const { signal } = request;
    const { secret, accountId } = await this.#token(
      {
        grant_type: 'authorization_code',
        ...codeForm(request),
      },
      signal,
    );
    this.#api.requireScopes(lacking(secret));
    // Proves that the person may use the API at all, before anything is kept.
    const session = {
      owner: 'connect',
      secret: async () => ({ version: 0, secret }),
      renew: refused,
      signal,
    };
    const { name } = (await this.checkHealth(session)).account;
    const url = secret.instanceUrl ?? null;
    return { secret, expiresAt: null, account: { accountId, name, url, scopes: secret.scopes } };
  }

  /** Salesforce has no keys: people sign in there. */
  async authenticateKey(): Promise<Authenticated> {
    throw ValidationError.at(
      'body.apiKey',
      'Salesforce is connected by signing in there, not with a token. Leave apiKey out.',
    );
  }

  /** The answer holds the next refresh token, and this one is spent: used again, it ends the whole grant. */
  async refreshTokens(known: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    const form = { grant_type: 'refresh_token', refresh_token: known.refreshToken ?? '' };
    const { secret } = await this.#token(form, signal, known);
    return { secret, expiresAt: null };
  }

  /** With the refresh token everything ends that came of it. */
  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2') return;
    await this.#api.call('connect', {
      method: 'POST',
      base: this.#api.loginUrl,
      path: '/services/oauth2/revoke',
      trustedHost: true,
      form: { token: secret.refreshToken ?? secret.accessToken },
      idempotent: true,
      signal,
    });
  }

  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const connection = await this.#api.connection(session);
    const answer = await connection.request(`/query?q=${encodeURIComponent(ORGANIZATION)}`);
    const [{ Id: id, Name: name }] = this.#api.shaped(organizationAnswer, answer).records;
    const usage = connection.limitInfo.apiUsage;
    const quotaLeft = usage ? Math.max(0, usage.limit - usage.used) : null;
    const scarce = usage !== undefined && usage.limit - usage.used < usage.limit / 10;
    return { health: scarce ? 'degraded' : 'healthy', account: { id, name }, quotaLeft };
  }

  describeEntity(session: VendorSession, entity: string): Promise<PropertyView[]> {
    return this.#records.describe(session, entity);
  }

  /** The organisation's own address leads on to the page of any record. */
  recordUrl(
    { accountUrl }: { accountUrl: string | null },
    _entity: string,
    externalId: string,
  ): string | null {
    return accountUrl ? new URL(`/${caseSafeId(externalId)}`, accountUrl).href : null;
  }

  orderOf(externalId: string): string {
    return caseSafeId(externalId);
  }

  changesFrom(from: Date, to: Date): string {
    return this.#records.changesFrom(from, to);
  }

  fetchChanges(session: VendorSession, entity: string, cursor: string, fields: readonly string[]) {
    return this.#records.fetchChanges(session, entity, cursor, fields);
  }

  fetchAll(session: VendorSession, entity: string, cursor: string | null, fields: readonly string[]) {
    return this.#records.fetchAll(session, entity, cursor, fields);
  }

  fetchDeleted(session: VendorSession, entity: string, cursor: string | null, since: Date | null = null) {
    return this.#records.fetchDeleted(session, entity, cursor, since);
  }

  fetchByIds(session: VendorSession, entity: string, ids: readonly string[], fields: readonly string[]) {
    return this.#records.fetchByIds(session, entity, ids, fields);
  }

  /** How long a token lasts is each organisation's setting, and the answer does not say: it is renewed when it is refused. */
  async #token(
    form: Record<string, string>,
    signal: AbortSignal,
    known?: OAuth2Secret,
  ): Promise<{ secret: OAuth2Secret; accountId: string }> {
    const { clientId, clientSecret } = this.#app();
    try {
      const answer = await this.#api.call('connect', {
        method: 'POST',
        base: this.#api.loginUrl,
        path: '/services/oauth2/token',
        trustedHost: true,
        form: { ...form, client_id: clientId, client_secret: clientSecret },
        // A code and a rotating refresh token work once.
        idempotent: false,
        signal,
      });
      const tokens = this.#api.shaped(tokenAnswer, answer.body);
      const secret: OAuth2Secret = {
        ...secretOf(tokens, known, tokens.scope?.split(' ') ?? known?.scopes ?? []),
        instanceUrl: tokens.instance_url,
      };
      return { secret, accountId: tokens.id };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }

  #app(): VendorApp {
    const { SALESFORCE_CLIENT_ID: id, SALESFORCE_CLIENT_SECRET: secret } = this.deps.env;
    return appOf(id, secret, this.setupHint);
  }
}

/** A token that is refused while connecting cannot be renewed. */
async function refused(): Promise<never> {
  throw new ExternalServiceError('Salesforce refused the token it had just given.', {
    provider: 'salesforce',
    kind: 'auth_expired',
    retryable: false,
    outcome: 'rejected',
  });
}

/** `full` includes calls of the API; nothing includes the refresh token, without which syncing would end within hours. */
function lacking({ scopes, refreshToken }: OAuth2Secret): string[] {
  return [
    ...(scopes.includes('api') || scopes.includes('full') ? [] : ['api']),
    ...(refreshToken ? [] : ['refresh_token']),
  ];
}
