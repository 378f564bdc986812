import 'server-only';
import Stripe from 'stripe';
import { z } from 'zod';
import { SystemError } from '@/core/errors';
import { metrics } from '@/core/telemetry/metrics';

/** Seconds a delivery's timestamp may differ from our clock, either way (https://docs.stripe.com/webhooks#replay-attacks). */
const TOLERANCE_SECONDS = 300;

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
 *   in the future; the SDK alone would take any future one.
 */
export function verifyStripe(
  body: Uint8Array,
  header: string | null,
  secret: string,
  now: Date,
): StripeNotice {
  let event: unknown;
  try {
    event = Stripe.webhooks.constructEvent(
      Buffer.from(body),
      header ?? '',
      secret,
      TOLERANCE_SECONDS,
      undefined,
      now.getTime(),
    );
  } catch (error) {
    throw refused('The signature does not fit this body, this secret, or this time.', error);
  }
  const stamp = Number(/(?:^|,)t=(\d+)/.exec(header ?? '')?.[1]);
  if (!(stamp <= now.getTime() / 1000 + TOLERANCE_SECONDS))
    throw refused('The signature’s timestamp lies in the future.');
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw refused('The body is not an event of Stripe.', parsed.error);
  return parsed.data;
}

function refused(message: string, cause?: unknown): SystemError {
  metrics.webhookRefused('stripe', 'signature');
  return new SystemError(message, 'signature_invalid', cause === undefined ? {} : { cause });
}
