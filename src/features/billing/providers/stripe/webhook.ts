import 'server-only';
import { z } from 'zod';
import { SystemError } from '@/core/errors';
import { metrics } from '@/core/telemetry/metrics';
import { stripeSignature } from '@/core/webhooks/signatures';

const id = z.string().min(1).max(255);
const reference = z.union([id, z.object({ id }).transform((object) => object.id)]).nullish();

/** The few fields we go by. Everything else is asked from Stripe anew, since an event may be old by the time it arrives. */
const eventSchema = z.object({
  id: z.string().regex(/^evt_\w{1,200}$/),
  type: z.string().max(120),
  created: z.int().nonnegative(),
  data: z.object({
    object: z.looseObject({
      id: id.optional(),
      object: z.string(),
      mode: z.string().nullish(),
      payment_intent: reference,
      subscription: reference,
      customer: reference,
    }),
  }),
});
export type StripeNotice = z.output<typeof eventSchema>;

/**
 * Checks that Stripe sent exactly these bytes just now.
 * @throws SystemError `signature_invalid` for a missing or wrong signature, an altered body, and a timestamp too old or too far
 *   in the future.
 */
export function verifyStripe(
  body: Uint8Array,
  header: string | null,
  secret: string,
  now: Date,
): StripeNotice {
  const headers = new Headers(header ? { 'stripe-signature': header } : {});
  const request = { method: 'POST', url: '', headers, body };
  if (!stripeSignature(request, [secret], now).ok)
    throw refused('The signature does not fit this body, this secret, or this time.');
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (error) {
    throw refused('The body is not an event of Stripe.', error);
  }
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw refused('The body is not an event of Stripe.', parsed.error);
  return parsed.data;
}

function refused(message: string, cause?: unknown): SystemError {
  metrics.webhookRefused('stripe', 'signature');
  return new SystemError(message, 'signature_invalid', cause === undefined ? {} : { cause });
}
