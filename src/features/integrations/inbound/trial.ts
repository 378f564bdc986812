import 'server-only';
import { z } from 'zod';
import { ConflictError, ExternalServiceError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { INBOUND_PROVIDERS } from './providers.data';
import type { InboundRegistration } from './repository';
import type { InboundTrialView } from './schema';
import { trialRequest } from './trial-request';

const CALL_MS = 10_000;
const problem = z.object({ detail: z.string().optional(), title: z.string().optional() });

export interface TrialDeps {
  http: Pick<OutboundHttp, 'request'>;
  appUrl: string;
  clock: Clock;
  ids: Ids;
}

/** Sends an address a delivery from outside, signed as its vendor signs: the whole way is tried, and nothing comes of it. */
export class InboundTrial {
  constructor(readonly deps: TrialDeps) {}

  /** @throws ConflictError where nobody but the sender can sign, or no secret is known yet. */
  async send(
    { id, providerId, settings }: InboundRegistration,
    secret: string | null,
  ): Promise<InboundTrialView> {
    const { http, appUrl, clock, ids } = this.deps;
    const url = new URL(`/api/webhooks/${id}/events`, appUrl).href;
    if (!INBOUND_PROVIDERS[providerId].trial)
      throw new ConflictError('Only the sender itself can send to this address.');
    if (secret === null)
      throw new ConflictError('No secret is known yet, so nothing can be signed. Finish the setup first.');
    const facts = { id: `irisync-test-${ids.next()}`, secret, url, settings, now: clock.now() };
    const request = trialRequest(providerId, facts);
    if (!request) throw new Error(`nothing signs as ${providerId} does`);
    try {
      const response = await http.request({ ...request, method: 'POST', url, timeoutMs: CALL_MS });
      const text = await response.text();
      if (response.ok) return { delivered: true, status: response.status, reason: null };
      return { delivered: false, status: response.status, reason: reasonIn(text) };
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      return { delivered: false, status: null, reason: null };
    }
  }
}

function reasonIn(text: string): string | null {
  try {
    const { detail, title } = problem.parse(JSON.parse(text));
    return detail ?? title ?? null;
  } catch {
    return null;
  }
}
