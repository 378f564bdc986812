import type { FakeEvent } from '@tests/fakes/stripe/account';
import { FakeStripe } from '@tests/fakes/stripe/server';
import Stripe from 'stripe';
import { POST as webhook } from '@/app/api/webhooks/stripe/route';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { TokenService } from '@/features/tokens/service';
import '@/server/services';
import { call } from './accounts';

export const WEBHOOK_SECRET = 'whsec_test_of_irisync';

/** Call it in the first line of a test file's `beforeAll`: settings are read once, at first use. */
export async function startStripe(): Promise<FakeStripe> {
  const fake = await new FakeStripe().start();
  process.env.STRIPE_SECRET_KEY = fake.key;
  process.env.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET;
  process.env.STRIPE_API_BASE_URL = fake.url;
  if (FakeStripe.contractMissing) console.warn(`ABSENT: ${FakeStripe.contractMissing}`);
  return fake;
}

export interface Delivery {
  secret?: string;
  /** Seconds. */
  timestamp?: number;
  /** Replaces the signed body by another one on its way. */
  alter?: (payload: string) => string;
  header?: string;
}

/** Delivers an event as Stripe does: JSON text, signed by the SDK's own function. */
export async function deliver(event: FakeEvent, options: Delivery = {}) {
  const payload = JSON.stringify(event, null, 2);
  const header =
    options.header ??
    Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: options.secret ?? WEBHOOK_SECRET,
      ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    });
  return call<{ received?: boolean; outcome?: string; code?: string }>(webhook, {
    path: '/api/webhooks/stripe',
    raw: options.alter ? options.alter(payload) : payload,
    headers: { 'stripe-signature': header, 'content-type': 'application/json', origin: '' },
  });
}

export const balanceOf = (organizationId: string) =>
  TokenService.getInstance().getBalance({ userId: 'nobody', organizationId });

export const auditOf = (ownerId: string) => LedgerAudit.getInstance().owner(ownerId);
