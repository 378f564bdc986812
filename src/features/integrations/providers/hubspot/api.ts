import 'server-only';
import {
  createConfiguration,
  type RequestContext,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { VendorDependencies } from '../deps';
import { type Classified, type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';

const CALL_MS = 30_000;
/** HubSpot counts a day by the account's own calendar and does not say when it ends: ask again after this. */
const DAILY_WAIT_MS = 60 * 60_000;

export interface HubSpotCall extends Omit<VendorCall, 'url'> {
  path: string;
}

/** @see https://developers.hubspot.com/docs/api-reference/error-handling */
const failureBody = z.object({
  message: z.string().optional(),
  category: z.string().optional(),
  subCategory: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  policyName: z.string().optional(),
});

/** HubSpot's client checks nothing: an error that came as a success would be an account without records. */
const recordsAnswer = z.looseObject({
  errors: z
    .array(z.looseObject({ category: z.string().optional(), message: z.string().optional() }))
    .optional(),
  results: z.array(
    z.looseObject({
      ...{ id: z.string(), properties: z.looseObject({}) },
      ...{ createdAt: z.string(), updatedAt: z.string() },
    }),
  ),
});

/** All calls to HubSpot. */
export class HubSpotApi extends VendorHttp {
  constructor(deps: VendorDependencies) {
    super({ type: 'hubspot', name: 'HubSpot', callMs: CALL_MS, classify }, deps);
  }

  get url(): string {
    return (this.deps.env.HUBSPOT_API_BASE_URL ?? 'https://api.hubapi.com').replace(/\/$/, '');
  }

  authorized(session: VendorSession, call: HubSpotCall): Promise<VendorAnswer> {
    return this.withSecret(session, (secret) => {
      const token = secret.type === 'oauth2' ? secret.accessToken : 'apiKey' in secret ? secret.apiKey : '';
      return this.call(session.owner, { ...call, token, signal: session.signal });
    });
  }

  call(owner: string, { path, ...call }: HubSpotCall): Promise<VendorAnswer> {
    // Searches are counted apart: https://developers.hubspot.com/docs/api-reference/search/guide
    const counted = path.endsWith('/search') ? { operation: 'search' } : {};
    return this.send(owner, { ...counted, ...call, url: `${this.url}${path}` });
  }

  /** HubSpot's client makes requests for records and reads answers; sending them, with the session's secret, stays ours. */
  configuration(session: VendorSession) {
    const send = async (request: RequestContext): Promise<ResponseContext> => {
      const url = new URL(request.getUrl());
      const method = request.getHttpMethod();
      const body = request.getBody();
      const answer = await this.authorized(session, {
        method,
        path: `${url.pathname}${url.search}`,
        ...(typeof body === 'string' ? { body } : {}),
        idempotent: method === 'GET' || /\/(?:search|batch\/read)$/.test(url.pathname),
      });
      const { errors = [] } = this.shaped(recordsAnswer, answer.body);
      if (url.pathname.endsWith('/batch/read')) requireRead(errors);
      return new ResponseContext(answer.status, Object.fromEntries(answer.headers), {
        text: async () => answer.text,
        binary: async () => Buffer.from(answer.text),
      });
    };
    return createConfiguration({
      baseServer: new ServerConfiguration(this.url, {}),
      httpApi: wrapHttpLibrary({ send }),
    });
  }
}

/** Of a 207, what is not found is absent. What could not be read for another reason may well be there. */
function requireRead(
  errors: readonly { category?: string | undefined; message?: string | undefined }[],
): void {
  const own = errors.find(({ category }) => category !== 'OBJECT_NOT_FOUND');
  if (!own) return;
  throw new ExternalServiceError(
    `HubSpot could not read some records: ${own.message ?? 'it did not say why.'}`,
    {
      provider: 'hubspot',
      kind: 'unavailable',
      retryable: true,
      outcome: 'rejected',
      ...(own.category ? { vendorCode: own.category } : {}),
    },
  );
}

function classify({ status, body }: VendorAnswer): Classified {
  const said = failureBody.safeParse(body).data ?? {};
  const told = {
    said: said.message,
    vendorCode: said.error ?? said.status ?? said.subCategory ?? said.category,
  };
  if (status !== 429 || said.policyName !== 'DAILY') return told;
  return { ...told, kind: 'quota', retryable: false, retryAfterMs: DAILY_WAIT_MS };
}
