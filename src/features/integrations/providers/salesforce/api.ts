import 'server-only';
import type { Connection } from 'jsforce/lib/connection.js';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { Secret } from '../../credentials/schema';
import type { VendorDependencies } from '../deps';
import { type Classified, type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';

const CALL_MS = 60_000;
/** A list of deletions carries up to 600 000 ids. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Calls are counted over the last 24 hours, so some come free at any time: ask again after this. */
const ALLOWANCE_WAIT_MS = 60 * 60_000;
/** Long calls at once are limited too. Longer than a call may take: the job waits, not a process that holds it. */
const CONCURRENCY_WAIT_MS = 60_000;
/** Where Salesforce keeps organisations: world, government, China. Sites that customers fill are under other names. */
const INSTANCE_HOST = /\.(?:salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)$/;

/** A sentence of ours for people, not one of the vendor's. */
export const UNKNOWN_FIELD = 'unknown_field';

export interface SalesforceCall
  extends Omit<VendorCall, 'url' | 'guarded' | 'maxRedirects' | 'maxResponseBytes'> {
  /** Scheme and host. */
  base: string;
  /** With its query. */
  path: string;
  /** The operator chose the host, not an answer of the vendor's. */
  trustedHost?: boolean;
}

/** Sign-in fails with an object, everything else with a list. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm */
const failureBody = z.union([
  z
    .array(z.object({ message: z.string().optional(), errorCode: z.string().optional() }))
    .min(1)
    .transform((list) => ({ message: list[0]?.message, code: list[0]?.errorCode })),
  z
    .object({ error: z.string(), error_description: z.string().optional() })
    .transform(({ error, error_description }) => ({ message: error_description, code: error })),
]);

/**
 * All calls to Salesforce, under resilience, with failures classified here.
 *
 * jsforce builds requests and reads what it knows of answers; it sends nothing itself. Its own transport follows redirects, obeys
 * proxy variables and asks any host it is told; its own renewal drops the refresh token that Salesforce rotates. So its transport is
 * replaced by the product's one HTTP client, which is guarded wherever the vendor named the host, and it is never given a token.
 */
export class SalesforceApi extends VendorHttp {
  constructor(deps: VendorDependencies) {
    super({ type: 'salesforce', name: 'Salesforce', callMs: CALL_MS, classify }, deps);
  }

  get loginUrl(): string {
    return this.deps.env.SALESFORCE_LOGIN_URL.replace(/\/$/, '');
  }

  get #override(): string | undefined {
    return this.deps.env.SALESFORCE_API_BASE_URL?.replace(/\/$/, '');
  }

  /** A connection of jsforce's whose calls are made with the session's secret. Its `limitInfo` tells of the last call. */
  async connection(session: VendorSession): Promise<Connection> {
    const { connectionOver } = await import('./connection');
    return connectionOver((call) => this.authorized(session, call), this.deps.env.SALESFORCE_API_VERSION);
  }

  authorized(
    session: VendorSession,
    call: Omit<SalesforceCall, 'base' | 'token' | 'signal'>,
  ): Promise<VendorAnswer> {
    return this.withSecret(session, (secret) =>
      this.call(session.owner, {
        ...call,
        base: this.baseOf(secret),
        trustedHost: this.#override !== undefined,
        token: secret.type === 'oauth2' ? secret.accessToken : '',
        signal: session.signal,
      }),
    );
  }

  /** Where the organisation of a secret lives. @throws ExternalServiceError for a host that is not Salesforce's. */
  baseOf(secret: Secret): string {
    if (this.#override) return this.#override;
    const told = secret.type === 'oauth2' ? secret.instanceUrl : undefined;
    const url = URL.parse(told ?? '');
    if (url?.protocol === 'https:' && url.port === '' && INSTANCE_HOST.test(url.hostname)) return url.origin;
    throw new ExternalServiceError(
      `Salesforce named a host that is not its own: ${url?.hostname ?? 'none'}.`,
      {
        provider: this.vendor.type,
        kind: 'invalid_request',
        retryable: false,
        outcome: 'not_sent',
        vendorCode: 'instance_refused',
      },
    );
  }

  call(owner: string, { base, path, trustedHost, ...call }: SalesforceCall): Promise<VendorAnswer> {
    const limits = { maxResponseBytes: MAX_ANSWER_BYTES, maxRedirects: 0, guarded: !trustedHost };
    return this.send(owner, { ...call, ...limits, url: `${base}${path}` });
  }
}

function classify({ body }: VendorAnswer): Classified {
  const said = failureBody.safeParse(body).data;
  if (!said) return {};
  const missingField = missingFieldOf(said.message);
  return {
    ...ruleOf(said.code ?? '', said.message ?? ''),
    said: said.message,
    message: missingField,
    vendorCode: missingField ? UNKNOWN_FIELD : said.code,
  };
}

/** What Salesforce's own words say more exactly than its status. */
function ruleOf(code: string, message: string): Pick<Classified, 'kind' | 'retryable' | 'retryAfterMs'> {
  switch (code) {
    case 'REQUEST_LIMIT_EXCEEDED':
      return /concurrent/i.test(message)
        ? { kind: 'rate_limit', retryable: true, retryAfterMs: CONCURRENCY_WAIT_MS }
        : { kind: 'quota', retryable: false, retryAfterMs: ALLOWANCE_WAIT_MS };
    case 'SERVER_UNAVAILABLE':
      return { kind: 'unavailable', retryable: true };
    case 'QUERY_TIMEOUT':
      return { kind: 'timeout', retryable: true };
    case 'INVALID_SESSION_ID':
      // A token without the right scope is refused under the same code; a new one would be refused as well.
      return /not valid for use with/i.test(message) ? { kind: 'invalid_request' } : { kind: 'auth_expired' };
    default:
      return {};
  }
}

/** Salesforce quotes the whole query before it names the field. */
function missingFieldOf(message: string | undefined): string | undefined {
  const [, field, entity] = /No such column '([\w.]+)' on entity '(\w+)'/.exec(message ?? '') ?? [];
  return field && entity ? noSuchField(entity, field) : undefined;
}

export function noSuchField(objectType: string, field: string): string {
  return `Salesforce has no field ${field.slice(0, 80)} on ${objectType}, or the person who connected it may not read it. Change the mapping, or allow reading it there.`;
}
