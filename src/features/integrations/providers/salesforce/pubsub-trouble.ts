import { z } from 'zod';
import type { FeedTrouble } from '../../changes/feed';

/** Numbers of gRPC's status codes. @see https://grpc.io/docs/guides/status-codes/ */
const STATUS = { invalid: 3, notFound: 5, forbidden: 7, exhausted: 8, signedOut: 16 } as const;

/** An error of a call: gRPC's status, its text, and Salesforce's own code beside them. */
const serviceError = z.object({
  code: z.int(),
  details: z.string().catch(''),
  metadata: z
    .custom<{ get(key: string): unknown[] }>(
      (value) => typeof value === 'object' && value !== null && 'get' in value,
    )
    .optional()
    .catch(undefined),
});

export type PubSubTrouble =
  | Exclude<FeedTrouble, 'renewed' | 'signed_out'>
  | 'token_refused'
  | 'not_found'
  | 'invalid';

/**
 * What to do about an error of the Pub/Sub API; Salesforce's own code says more than the status.
 * @see https://developer.salesforce.com/docs/platform/pub-sub-api/guide/handling-errors.html
 */
export function troubleOf(error: unknown): PubSubTrouble {
  const parsed = serviceError.safeParse(error);
  if (!parsed.success) return 'unreachable';
  const { code, details, metadata } = parsed.data;
  // A proxy may drop what stands beside a status; the text names the code as well.
  const said = [...(metadata?.get('error-code') ?? []).map(String), details].join(' ');
  if (code === STATUS.signedOut || said.includes('grpc.service.auth.')) return 'token_refused';
  if (said.includes('fetch.replayid.') || (code === STATUS.invalid && /replay id/i.test(said)))
    return 'position_refused';
  if (code === STATUS.exhausted || said.includes('limit.exceeded')) return 'allowance';
  if (code === STATUS.forbidden) return 'not_allowed';
  if (code === STATUS.notFound) return 'not_found';
  return code === STATUS.invalid ? 'invalid' : 'unreachable';
}
