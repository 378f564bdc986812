import 'server-only';
import { z } from 'zod';
import { bearerOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import { type Classified, type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';

const CALL_MS = 30_000;
/** Allowances are counted by the minute, and the answer does not say when it ends. @see https://developers.google.com/workspace/sheets/api/limits */
const MINUTE_MS = 60_000;

const failureBody = z.object({
  error: z.union([
    z.string(),
    z.object({
      message: z.string().optional(),
      status: z.string().optional(),
      details: z.array(z.looseObject({ reason: z.string().optional() })).default([]),
    }),
  ]),
  error_description: z.string().optional(),
});

/** All calls to Google for spreadsheets. */
export class GoogleApi extends VendorHttp {
  constructor(deps: VendorDependencies) {
    super({ type: 'google_sheets', name: 'Google', callMs: CALL_MS, classify }, deps);
  }

  get sheetsUrl(): string {
    return (this.deps.env.GOOGLE_SHEETS_API_BASE_URL ?? 'https://sheets.googleapis.com').replace(/\/$/, '');
  }

  /** @param host of Google's own, where no other address is set. */
  authUrl(host: 'accounts' | 'oauth2' | 'openidconnect'): string {
    const own = host === 'accounts' ? 'https://accounts.google.com' : `https://${host}.googleapis.com`;
    return (this.deps.env.GOOGLE_SHEETS_AUTH_BASE_URL ?? own).replace(/\/$/, '');
  }

  read(session: VendorSession, url: string): Promise<VendorAnswer> {
    return this.withSecret(session, (secret) => {
      const token = bearerOf(secret);
      return this.call(session.owner, {
        method: 'GET',
        url,
        token,
        idempotent: true,
        signal: session.signal,
      });
    });
  }

  call(owner: string, call: VendorCall): Promise<VendorAnswer> {
    return this.send(owner, call);
  }
}

function classify({ status, body }: VendorAnswer): Classified {
  const failure = failureBody.safeParse(body).data;
  if (!failure) return {};
  const { error, error_description } = failure;
  if (typeof error === 'string') return { vendorCode: error, said: error_description };
  if (error.details.some(({ reason }) => reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'))
    return { vendorCode: 'missing_scope', message: 'The permission was not given: see your spreadsheets.' };
  const told = { said: error.message, vendorCode: error.status };
  return status === 429 ? { ...told, retryAfterMs: MINUTE_MS } : told;
}
