import 'server-only';
import { z } from 'zod';
import { ValidationError } from '@/core/errors';
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
  VendorAccount,
  VendorAssociations,
  VendorHealth,
  VendorSession,
  VendorWriter,
} from '../types';
import { HubSpotApi } from './api';
import { HubSpotAssociations } from './associations';
import { HubSpotCreations } from './creations';
import { OBJECT_TYPE_IDS } from './objects.data';
import { HubSpotRecords } from './records';
import { toldByHubSpot } from './told';

/** Without one of these a sync would stop in the middle. */
const SCOPES = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.companies.read',
  'crm.objects.deals.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.write',
  'crm.objects.deals.write',
] as const;
/** A key has no `oauth` scope. */
const KEY_SCOPES = SCOPES.filter((scope) => scope !== 'oauth');
const PRIVATE_APP_TOKEN = /^pat-[a-z]+\d*-[0-9a-f-]{36}$/i;
/** Codes of a token call that say that the grant itself is no good. */
const GRANT_REFUSED = new Set(['BAD_REFRESH_TOKEN', 'BAD_AUTH_CODE', 'invalid_grant', 'INVALID_TOKEN']);

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  /** Seconds. */
  expires_in: z.number().positive(),
  scopes: z.array(z.string()).optional(),
});
const accountAnswer = z.object({ portalId: z.number(), uiDomain: z.string().optional() });
const introspection = z.object({ active: z.boolean(), scopes: z.array(z.string()).optional() });
const keyInfo = z.object({ hubId: z.number(), scopes: z.array(z.string()) });
const propertyList = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      options: z.array(z.object({ value: z.string(), label: z.string() })).default([]),
      modificationMetadata: z.object({ readOnlyValue: z.boolean() }).optional(),
    }),
  ),
});

/** HubSpot: sign-in, account, and what its records have. @see https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide */
export class HubSpotAdapter implements IntegrationAdapter {
  readonly type = 'hubspot';
  readonly setupHint =
    'This installation has no HubSpot app. Connect with the token of a private app, or ask the operator to set HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET.';
  readonly writer: VendorWriter;
  readonly associations: VendorAssociations;
  readonly told = toldByHubSpot;
  readonly #api: HubSpotApi;
  readonly #records: HubSpotRecords;

  constructor(readonly deps: VendorDependencies) {
    this.#api = new HubSpotApi(deps);
    const records = new HubSpotRecords(this.#api, objectTypeOf);
    this.#records = records;
    this.associations = new HubSpotAssociations(this.#api, objectTypeOf);
    this.writer = {
      creator: new HubSpotCreations(this.#api, objectTypeOf, deps.clock),
      writes: (_entity, externalField) => records.writes(externalField),
      applied: (record, values) => records.applied(record, values),
      batchUpdate: (session, entity, changes) => records.batchUpdate(session, entity, changes),
    };
  }

  get oauthConfigured(): boolean {
    return Boolean(this.deps.env.HUBSPOT_CLIENT_ID && this.deps.env.HUBSPOT_CLIENT_SECRET);
  }

  authorizationUrl(request: AuthorizationRequest): string {
    const page = new URL(
      '/oauth/authorize',
      this.deps.env.HUBSPOT_AUTH_BASE_URL ?? 'https://app.hubspot.com',
    );
    return pkceConsentUrl(page, this.#app(), request, { scope: SCOPES.join(' ') });
  }

  async exchangeCode(request: CodeExchange): Promise<Authenticated> {
    const grant = await this.#token(
      {
        grant_type: 'authorization_code',
        ...codeForm(request),
      },
      request.signal,
    );
    const { accessToken } = grant.secret;
    const scopes = grant.secret.scopes.length
      ? grant.secret.scopes
      : await this.#grantedScopes(accessToken, request.signal);
    this.#api.requireScopes(lacking(scopes, SCOPES));
    const account = await this.#account(accessToken, scopes, request.signal);
    return { ...grant, secret: { ...grant.secret, scopes }, account };
  }

  async authenticateKey(apiKey: string, signal: AbortSignal): Promise<Authenticated> {
    if (!PRIVATE_APP_TOKEN.test(apiKey))
      throw ValidationError.at(
        'body.apiKey',
        'The token of a private app begins with pat- and has five parts.',
      );
    const answer = await this.#api.call('connect', {
      method: 'POST',
      path: '/oauth/v2/private-apps/get/access-token-info',
      json: { tokenKey: apiKey },
      idempotent: true,
      signal,
    });
    const { scopes } = this.#api.shaped(keyInfo, answer.body);
    this.#api.requireScopes(lacking(scopes, KEY_SCOPES));
    const account = await this.#account(apiKey, scopes, signal);
    return { secret: { type: 'api_key', apiKey }, expiresAt: null, account };
  }

  refreshTokens(secret: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    return this.#token(
      { grant_type: 'refresh_token', refresh_token: secret.refreshToken ?? '' },
      signal,
      secret,
    );
  }

  /** A private app's token ends only where it was made; a grant is taken back by its refresh token. */
  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2' || !secret.refreshToken || !this.oauthConfigured) return;
    const { clientId, clientSecret } = this.#app();
    await this.#api.call('connect', {
      method: 'POST',
      path: '/oauth/v3/token/revoke',
      form: {
        client_id: clientId,
        client_secret: clientSecret,
        token: secret.refreshToken,
        token_type_hint: 'refresh_token',
      },
      idempotent: true,
      signal,
    });
  }

  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const answer = await this.#api.authorized(session, {
      method: 'GET',
      path: '/account-info/v3/details',
      idempotent: true,
    });
    const { portalId, uiDomain } = this.#api.shaped(accountAnswer, answer.body);
    const left = Number(answer.headers.get('x-hubspot-ratelimit-daily-remaining') ?? Number.NaN);
    const of = Number(answer.headers.get('x-hubspot-ratelimit-daily') ?? Number.NaN);
    const quotaLeft = Number.isFinite(left) ? left : null;
    const scarce = quotaLeft !== null && Number.isFinite(of) && quotaLeft < of / 10;
    return {
      health: scarce ? 'degraded' : 'healthy',
      account: { id: String(portalId), name: accountName(portalId, uiDomain) },
      quotaLeft,
    };
  }

  async describeEntity(session: VendorSession, entity: string): Promise<PropertyView[]> {
    const answer = await this.#api.authorized(session, {
      method: 'GET',
      path: `/crm/v3/properties/${encodeURIComponent(objectTypeOf(entity))}`,
      idempotent: true,
    });
    return this.#api
      .shaped(propertyList, answer.body)
      .results.map(({ name, label, type, options, modificationMetadata }) => ({
        ...{ name, label, type, options },
        path: `properties.${name}`,
        readOnly: modificationMetadata?.readOnlyValue ?? false,
      }));
  }

  recordUrl(
    { accountId, accountUrl }: { accountId: string; accountUrl: string | null },
    entity: string,
    externalId: string,
  ): string | null {
    const type = OBJECT_TYPE_IDS[entity];
    if (!type || !accountUrl) return null;
    return new URL(`/contacts/${accountId}/record/${type}/${externalId}`, accountUrl).href;
  }

  orderOf(externalId: string): string {
    return this.#records.orderOf(externalId);
  }

  changesFrom(from: Date, to: Date): string {
    return this.#records.changesFrom(from, to);
  }

  fetchChanges(session: VendorSession, entity: string, cursor: string, fields: readonly string[]) {
    return this.#records.fetchChanges(session, entity, cursor, propertiesOf(fields));
  }

  fetchAll(session: VendorSession, entity: string, cursor: string | null, fields: readonly string[]) {
    return this.#records.fetchAll(session, entity, cursor, propertiesOf(fields));
  }

  fetchDeleted(session: VendorSession, entity: string, cursor: string | null) {
    return this.#records.fetchDeleted(session, entity, cursor);
  }

  fetchByIds(session: VendorSession, entity: string, ids: readonly string[], fields: readonly string[]) {
    return this.#records.fetchByIds(session, entity, ids, propertiesOf(fields));
  }

  /** Parameters go into the body: v3 takes none in the address. */
  async #token(
    form: Record<string, string>,
    signal: AbortSignal,
    known?: OAuth2Secret,
  ): Promise<{ secret: OAuth2Secret; expiresAt: Date }> {
    const { clientId, clientSecret } = this.#app();
    const asked = this.deps.clock.now();
    try {
      const answer = await this.#api.call('connect', {
        method: 'POST',
        path: '/oauth/v3/token',
        form: { ...form, client_id: clientId, client_secret: clientSecret },
        // A code and a rotating refresh token work once.
        idempotent: false,
        signal,
      });
      const tokens = this.#api.shaped(tokenAnswer, answer.body);
      return {
        secret: secretOf(tokens, known, tokens.scopes ?? known?.scopes ?? []),
        expiresAt: new Date(asked.getTime() + tokens.expires_in * 1000),
      };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }

  async #grantedScopes(accessToken: string, signal: AbortSignal): Promise<string[]> {
    const { clientId, clientSecret } = this.#app();
    const answer = await this.#api.call('connect', {
      method: 'POST',
      path: '/oauth/v3/token/introspect',
      form: {
        client_id: clientId,
        client_secret: clientSecret,
        token: accessToken,
        token_type_hint: 'access_token',
      },
      idempotent: true,
      signal,
    });
    return this.#api.shaped(introspection, answer.body).scopes ?? [];
  }

  async #account(token: string, scopes: readonly string[], signal: AbortSignal): Promise<VendorAccount> {
    const answer = await this.#api.call('connect', {
      method: 'GET',
      path: '/account-info/v3/details',
      token,
      idempotent: true,
      signal,
    });
    const { portalId, uiDomain } = this.#api.shaped(accountAnswer, answer.body);
    return {
      accountId: String(portalId),
      name: accountName(portalId, uiDomain),
      url: uiDomain ? `https://${uiDomain}/home?portalId=${portalId}` : null,
      scopes,
    };
  }

  #app(): VendorApp {
    const { HUBSPOT_CLIENT_ID: id, HUBSPOT_CLIENT_SECRET: secret } = this.deps.env;
    return appOf(id, secret, this.setupHint);
  }
}

/** HubSpot names its objects in the plural. */
function objectTypeOf(entity: string): string {
  return entity === 'company' ? 'companies' : `${entity}s`;
}

/** Mappings read `properties.email`; HubSpot is asked for `email`. */
function propertiesOf(fields: readonly string[]): string[] {
  const named = fields.flatMap((field) => /^properties\.([^.[]+)/.exec(field)?.[1] ?? []);
  return [...new Set(named)];
}

function accountName(portalId: number, uiDomain: string | undefined): string {
  return uiDomain ? `${portalId} (${uiDomain})` : String(portalId);
}

function lacking(granted: readonly string[], required: readonly string[]): string[] {
  return required.filter((scope) => !granted.includes(scope));
}
