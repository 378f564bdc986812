import 'server-only';
import { z } from 'zod';
import { bearerOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import { type Classified, type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';

const CALL_MS = 30_000;
/** The version in which a database has data sources. @see https://developers.notion.com/reference/versioning */
const VERSION = '2025-09-03';

export interface NotionCall extends Omit<VendorCall, 'url'> {
  path: string;
}

/** @see https://developers.notion.com/reference/status-codes */
const failureBody = z.object({
  code: z.string().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

/** All calls to Notion. */
export class NotionApi extends VendorHttp {
  constructor(deps: VendorDependencies) {
    super({ type: 'notion', name: 'Notion', callMs: CALL_MS, classify }, deps);
  }

  get url(): string {
    return (this.deps.env.NOTION_API_BASE_URL ?? 'https://api.notion.com').replace(/\/$/, '');
  }

  authorized(session: VendorSession, call: NotionCall): Promise<VendorAnswer> {
    return this.withSecret(session, (secret) =>
      this.call(session.owner, { ...call, token: bearerOf(secret), signal: session.signal }),
    );
  }

  call(owner: string, { path, headers, ...call }: NotionCall): Promise<VendorAnswer> {
    return this.send(owner, {
      ...call,
      headers: { 'notion-version': VERSION, ...headers },
      url: `${this.url}${path}`,
    });
  }
}

function classify({ body }: VendorAnswer): Classified {
  const { code, message, error, error_description } = failureBody.safeParse(body).data ?? {};
  if (code === 'restricted_resource')
    return {
      vendorCode: 'missing_scope',
      message: 'The permission was not given: read content. Allow it in Notion, at the connection.',
    };
  const told = { said: message ?? error_description, vendorCode: error ?? code };
  // Two calls met at one page: the same call is taken a moment later.
  return code === 'conflict_error' ? { ...told, kind: 'unavailable', retryable: true } : told;
}
