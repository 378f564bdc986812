import type { DisabledReason, WebhookAttempt } from './schema';

/** Pauses after each failed try, in milliseconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 24 h. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3600_000,
  5 * 3600_000,
  10 * 3600_000,
  24 * 3600_000,
];

export type DeliveryStep =
  | { kind: 'delivered' }
  | { kind: 'retry'; at: Date }
  /** `disable` is null where the failure says nothing about the endpoint. */
  | { kind: 'failed'; disable: Exclude<DisabledReason, 'person'> | null };

/**
 * What follows a try. Any 2xx is a success, 410 means that the receiver wants nothing any more, everything else is tried again
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability).
 *
 * @param tries made since the message was created or replayed, this one included.
 */
export function stepAfter(
  attempt: Pick<WebhookAttempt, 'responseStatus'>,
  { tries, once, now }: { tries: number; once: boolean; now: Date },
): DeliveryStep {
  const status = attempt.responseStatus ?? 0;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (once) return { kind: 'failed', disable: null };
  if (status === 410) return { kind: 'failed', disable: 'gone' };
  const delay = RETRY_DELAYS_MS[tries - 1];
  if (delay === undefined) return { kind: 'failed', disable: 'exhausted' };
  return { kind: 'retry', at: new Date(now.getTime() + delay) };
}
