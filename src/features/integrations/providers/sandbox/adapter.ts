import 'server-only';
import { z } from 'zod';
import { pkceChallenge } from '@/core/crypto/pkce';
import { ServiceUnavailableError, ValidationError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { OAuth2Secret, Secret } from '../../credentials/schema';
import { SANDBOX_OFF, type SandboxCrm } from '../../sandbox/crm';
import { SANDBOX_FIELDS } from '../../sandbox/entities.data';
import { sandboxEntitySchema } from '../../sandbox/schema';
import type { VendorDependencies } from '../deps';
import { codeForm } from '../oauth';
import type {
  Authenticated,
  AuthorizationRequest,
  CodeExchange,
  FreshGrant,
  IntegrationAdapter,
  PushOutcome,
  VendorAccount,
  VendorChange,
  VendorHealth,
  VendorPage,
  VendorRecord,
  VendorSession,
  VendorWriter,
} from '../types';
import { SandboxCrmApi } from './api';

const SCOPES = ['read', 'write'] as const;
const GRANT_REFUSED = new Set(['invalid_grant']);

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  /** Seconds. */
  expires_in: z.number().positive(),
  scope: z.string(),
});
const accountAnswer = z.object({ id: z.string(), handle: z.string(), name: z.string() });
const recordAnswer = z.object({
  id: z.string(),
  attributes: z.record(z.string(), z.string().nullable()),
  created_at: z.string(),
  updated_at: z.coerce.date(),
});
const listAnswer = z.object({ results: z.array(recordAnswer), next: z.string().nullable() });
const readAnswer = z.object({ results: z.array(recordAnswer) });
const updateAnswer = z.object({
  results: z.array(z.object({ id: z.string(), ok: z.boolean(), message: z.string().optional() })),
});
const fieldsAnswer = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      kind: z.string(),
      options: z.array(z.object({ value: z.string(), label: z.string() })).default([]),
    }),
  ),
});
const cursorSchema = z.object({ from: z.string(), to: z.string(), after: z.string().optional() });

/** The sandbox CRM as the engine reaches it: a vendor like any other, inside the process. */
export class SandboxCrmAdapter implements IntegrationAdapter {
  readonly type = 'sandbox_crm';
  readonly setupHint = SANDBOX_OFF;
  readonly writer: VendorWriter;
  readonly #api: SandboxCrmApi;

  constructor(
    readonly deps: VendorDependencies,
    readonly crm: SandboxCrm,
  ) {
    this.#api = new SandboxCrmApi(deps, crm);
    this.writer = {
      writes: (entity, externalField) => {
        const known = sandboxEntitySchema.safeParse(entity).data;
        return (
          known !== undefined && SANDBOX_FIELDS[known].some(({ name }) => attribute(name) === externalField)
        );
      },
      applied: (record, values) => applied(record, values),
      batchUpdate: (session, entity, changes) => this.#batchUpdate(session, entity, changes),
    };
  }

  get oauthConfigured(): boolean {
    return this.crm.deps.allowed;
  }

  authorizationUrl({ state, redirectUri, codeVerifier }: AuthorizationRequest): string {
    if (!this.oauthConfigured)
      throw new ServiceUnavailableError(this.setupHint, 'integration_not_configured');
    const url = new URL('/sandbox/crm/authorize', this.deps.env.APP_URL);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.crm.deps.login.clientId,
      redirect_uri: redirectUri,
      scope: SCOPES.join(' '),
      state,
      code_challenge: pkceChallenge(codeVerifier),
    }).toString();
    return url.href;
  }

  async exchangeCode(request: CodeExchange): Promise<Authenticated> {
    const { signal } = request;
    const form = codeForm(request);
    const grant = await this.#token({ grant_type: 'authorization_code', ...form }, signal);
    const { scopes, accessToken } = grant.secret;
    this.#api.requireScopes(SCOPES.filter((scope) => !scopes.includes(scope)));
    const answer = await this.#api.call(
      'connect',
      { method: 'GET', path: '/v1/account', idempotent: true },
      { token: accessToken, signal },
    );
    return { ...grant, account: this.#account(answer.body, scopes) };
  }

  /** The sandbox CRM has no keys: people sign in on its page. */
  async authenticateKey(): Promise<Authenticated> {
    throw ValidationError.at('body.apiKey', 'The sandbox CRM has no tokens to paste. Use its consent page.');
  }

  refreshTokens(secret: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: secret.refreshToken ?? '' }, signal);
  }

  async revoke(secret: Secret, signal: AbortSignal): Promise<void> {
    if (secret.type !== 'oauth2') return;
    const json = { token: secret.refreshToken ?? secret.accessToken };
    await this.#api.call(
      'connect',
      { method: 'POST', path: '/oauth/revoke', json, idempotent: true },
      { signal },
    );
  }

  async checkHealth(session: VendorSession): Promise<VendorHealth> {
    const answer = await this.#get(session, '/v1/account');
    const { accountId: id, name } = this.#account(answer, []);
    return { health: 'healthy', account: { id, name }, quotaLeft: null };
  }

  async describeEntity(session: VendorSession, entity: string): Promise<PropertyView[]> {
    const { results } = this.#api.shaped(fieldsAnswer, await this.#get(session, `/v1/${entity}/fields`));
    return results.map(({ name, label, kind, options }) => ({
      name,
      label,
      type: kind,
      readOnly: false,
      options,
    }));
  }

  recordUrl(
    { accountUrl }: { accountId: string; accountUrl: string | null },
    entity: string,
    externalId: string,
  ): string | null {
    if (!accountUrl) return null;
    const url = new URL(accountUrl);
    url.searchParams.set('entity', entity);
    url.searchParams.set('record', externalId);
    return url.href;
  }

  orderOf(externalId: string): string {
    return externalId;
  }

  changesFrom(from: Date, to: Date): string {
    return JSON.stringify({ from: from.toISOString(), to: to.toISOString() });
  }

  async fetchChanges(session: VendorSession, entity: string, cursor: string): Promise<VendorPage> {
    const { from, to, after } = cursorSchema.parse(JSON.parse(cursor));
    const body = await this.#get(session, `/v1/${entity}/changes`, { from, to, after });
    const { results, next } = this.#api.shaped(listAnswer, body);
    return {
      records: results.map(toRecord),
      next: next === null ? null : JSON.stringify({ from, to, after: next }),
    };
  }

  async fetchAll(session: VendorSession, entity: string, cursor: string | null): Promise<VendorPage> {
    const body = await this.#get(session, `/v1/${entity}`, { after: cursor ?? undefined });
    const { results, next } = this.#api.shaped(listAnswer, body);
    return { records: results.map(toRecord), next };
  }

  async fetchDeleted(session: VendorSession, entity: string, cursor: string | null) {
    const query = { archived: 'true', after: cursor ?? undefined };
    const { results, next } = this.#api.shaped(listAnswer, await this.#get(session, `/v1/${entity}`, query));
    return { ids: results.map(({ id }) => id), next };
  }

  async fetchByIds(
    session: VendorSession,
    entity: string,
    ids: readonly string[],
  ): Promise<readonly VendorRecord[]> {
    const { body } = await this.#api.authorized(session, {
      ...{ method: 'POST', path: `/v1/${entity}/read`, json: { ids }, idempotent: true },
    });
    return this.#api.shaped(readAnswer, body).results.map(toRecord);
  }

  async #batchUpdate(
    session: VendorSession,
    entity: string,
    changes: readonly VendorChange[],
  ): Promise<readonly PushOutcome[]> {
    const json = {
      changes: changes.map(({ externalId, values }) => ({ id: externalId, values: attributesOf(values) })),
    };
    const { body } = await this.#api.authorized(session, {
      ...{ method: 'POST', path: `/v1/${entity}/update`, json, idempotent: true },
    });
    const outcomes = new Map(this.#api.shaped(updateAnswer, body).results.map((one) => [one.id, one]));
    return changes.map(({ externalId }): PushOutcome => {
      const outcome = outcomes.get(externalId);
      if (outcome?.ok) return { externalId, ok: true };
      return { externalId, ok: false, message: outcome?.message ?? 'The sandbox CRM did not take it.' };
    });
  }

  async #get(
    session: VendorSession,
    path: string,
    query: Record<string, string | undefined> = {},
  ): Promise<unknown> {
    return (await this.#api.authorized(session, { method: 'GET', path, query, idempotent: true })).body;
  }

  #account(body: unknown, scopes: readonly string[]): VendorAccount {
    const { id, handle, name } = this.#api.shaped(accountAnswer, body);
    const url = new URL(`/sandbox/crm?account=${handle}`, this.deps.env.APP_URL).href;
    return { accountId: id, name: `${name} (sandbox)`, url, scopes };
  }

  async #token(
    json: Record<string, string>,
    signal: AbortSignal,
  ): Promise<{ secret: OAuth2Secret; expiresAt: Date }> {
    const asked = this.deps.clock.now();
    try {
      const call = { method: 'POST', path: '/oauth/token', json, idempotent: false };
      const { body } = await this.#api.call('connect', call, { signal });
      const tokens = this.#api.shaped(tokenAnswer, body);
      return {
        secret: {
          type: 'oauth2',
          grant: 'code',
          accessToken: tokens.access_token,
          refreshToken: tokens.refresh_token,
          scopes: tokens.scope.split(' '),
        },
        expiresAt: new Date(asked.getTime() + tokens.expires_in * 1000),
      };
    } catch (error) {
      throw this.#api.tokenFailure(error, GRANT_REFUSED);
    }
  }
}

/** Mappings read `attributes.email`; the sandbox CRM calls it `email`. */
function attribute(name: string): string {
  return `attributes.${name}`;
}

function attributesOf(values: VendorChange['values']): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([field, value]): [string, string | null][] => {
      const name = /^attributes\.([a-z_]+)$/.exec(field)?.[1];
      if (!name) return [];
      return [[name, value === null || value === undefined || value === '' ? null : String(value)]];
    }),
  );
}

function applied(record: VendorRecord, values: VendorChange['values']): VendorRecord {
  const before = record.data.attributes as Record<string, string | null>;
  return { ...record, data: { ...record.data, attributes: { ...before, ...attributesOf(values) } } };
}

function toRecord({ id, attributes, created_at, updated_at }: z.output<typeof recordAnswer>): VendorRecord {
  return {
    externalId: id,
    data: { id, attributes, created_at, updated_at: updated_at.toISOString() },
    updatedAt: updated_at,
  };
}
