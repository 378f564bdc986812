import 'server-only';
import { z } from 'zod';
import { bearerOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import { type Classified, type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';

const CALL_MS = 30_000;

export interface SlackCall extends Omit<VendorCall, 'url'> {
  /** `conversations.list` */
  name: string;
  query?: Record<string, string>;
}

const refusedBody = z.object({ ok: z.literal(false), error: z.string(), needed: z.string().optional() });

const TOKEN_ENDED = new Set([
  'invalid_auth',
  'not_authed',
  'token_expired',
  'token_revoked',
  'account_inactive',
]);
/** It broke in the middle: what was asked may have been done. */
const BROKEN = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);

/** All calls to Slack, which says with 200 and `ok: false` what others say with a status. @see https://docs.slack.dev/apis/web-api */
export class SlackApi extends VendorHttp {
  constructor(deps: VendorDependencies) {
    const refuses = ({ body }: VendorAnswer) => refusedBody.safeParse(body).success;
    super({ type: 'slack', name: 'Slack', callMs: CALL_MS, refuses, classify }, deps);
  }

  get url(): string {
    return (this.deps.env.SLACK_API_BASE_URL ?? 'https://slack.com').replace(/\/$/, '');
  }

  read(session: VendorSession, name: string, query: Record<string, string> = {}): Promise<VendorAnswer> {
    return this.authorized(session, { method: 'GET', name, query, idempotent: true });
  }

  authorized(session: VendorSession, call: SlackCall): Promise<VendorAnswer> {
    return this.withSecret(session, (secret) =>
      this.call(session.owner, { ...call, token: bearerOf(secret), signal: session.signal }),
    );
  }

  call(owner: string, { name, query, ...call }: SlackCall): Promise<VendorAnswer> {
    const asked = query ? `?${new URLSearchParams(query)}` : '';
    return this.send(owner, { ...call, url: `${this.url}/api/${name}${asked}` });
  }
}

function classify({ body }: VendorAnswer): Classified {
  const refused = refusedBody.safeParse(body).data;
  if (!refused) return {};
  const { error: vendorCode, needed } = refused;
  if (vendorCode === 'missing_scope')
    return { vendorCode, message: `The permission was not given: ${needed ?? 'a scope of the app'}.` };
  if (TOKEN_ENDED.has(vendorCode)) return { vendorCode, kind: 'auth_expired', retryable: false };
  if (vendorCode === 'ratelimited') return { vendorCode, kind: 'rate_limit', retryable: true };
  if (BROKEN.has(vendorCode))
    return { vendorCode, kind: 'unavailable', retryable: true, outcome: 'unknown', said: vendorCode };
  return { vendorCode, said: vendorCode };
}
