import 'server-only';
import type Stripe from 'stripe';
import type { Checkout, PaymentFacts, PurchaseGateway, PurchaseOrder } from '../../gateway';
import type { StripeClient } from './client';
import { isMissing } from './errors';

/** Buying tokens through Stripe Checkout: https://docs.stripe.com/api/checkout/sessions */
export class StripePurchases implements PurchaseGateway {
  readonly id = 'stripe' as const;

  constructor(readonly client: StripeClient) {}

  async openCheckout(order: PurchaseOrder): Promise<Checkout> {
    const metadata = { purchaseId: order.purchaseId, organizationId: order.organizationId };
    const session = await this.client.write(
      (sdk, options) =>
        sdk.checkout.sessions.create(
          {
            mode: 'payment',
            client_reference_id: order.purchaseId,
            ...(order.customerId ? { customer: order.customerId } : {}),
            line_items: [
              {
                quantity: 1,
                price_data: {
                  currency: order.currency,
                  unit_amount: order.amount,
                  product_data: { name: order.title },
                },
              },
            ],
            invoice_creation: { enabled: true },
            metadata,
            payment_intent_data: { metadata },
            success_url: order.successUrl,
            cancel_url: order.cancelUrl,
          },
          options,
        ),
      `purchase:${order.purchaseId}`,
    );
    return checkoutOf(session);
  }

  async payment(sessionId: string): Promise<PaymentFacts | null> {
    try {
      return await this.#payment(sessionId);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async sessionOfPayment(paymentIntentId: string): Promise<string | null> {
    const page = await this.client.read((sdk) =>
      sdk.checkout.sessions.list({ payment_intent: paymentIntentId, limit: 1 }),
    );
    return page.data[0]?.id ?? null;
  }

  async #payment(sessionId: string): Promise<PaymentFacts> {
    const session = await this.client.read((sdk) =>
      sdk.checkout.sessions.retrieve(sessionId, { expand: ['payment_intent.latest_charge'] }),
    );
    const intent = expanded(session.payment_intent);
    const charge = expanded(intent?.latest_charge);
    return {
      sessionId: session.id,
      purchaseId: session.metadata?.purchaseId ?? null,
      state: stateOf(session, intent),
      amount: session.amount_subtotal ?? 0,
      currency: session.currency ?? '',
      paymentIntentId: intent?.id ?? idOf(session.payment_intent),
      method: charge?.payment_method_details?.type ?? null,
      receiptUrl: charge?.receipt_url ?? null,
      refunded: charge?.amount_refunded ?? 0,
      disputed: charge?.disputed ? await this.#disputed(charge.id) : 0,
    };
  }

  /**
   * A dispute's balance transactions say whether the money is gone: one takes it, a second one brings it back. An inquiry that
   * moved no money has none (https://docs.stripe.com/api/disputes/object#dispute_object-balance_transactions).
   */
  async #disputed(chargeId: string): Promise<number> {
    const page = await this.client.read((sdk) => sdk.disputes.list({ charge: chargeId, limit: 100 }));
    return page.data
      .filter((dispute) => dispute.balance_transactions.reduce((sum, one) => sum + one.amount, 0) < 0)
      .reduce((sum, dispute) => sum + dispute.amount, 0);
  }
}

export function checkoutOf(session: Stripe.Checkout.Session): Checkout {
  if (!session.url) throw new Error(`Stripe gave the checkout ${session.id} no address.`);
  return { sessionId: session.id, url: session.url, expiresAt: new Date(session.expires_at * 1000) };
}

/** https://docs.stripe.com/payments/checkout/fulfill-orders: `complete` says the payer is done, `paid` that money came. */
function stateOf(
  session: Stripe.Checkout.Session,
  intent: Stripe.PaymentIntent | null,
): PaymentFacts['state'] {
  if (session.payment_status === 'paid' || session.payment_status === 'no_payment_required') return 'paid';
  if (session.status === 'expired') return 'expired';
  if (session.status === 'open') return 'open';
  return intent?.status === 'requires_payment_method' || intent?.status === 'canceled'
    ? 'failed'
    : 'processing';
}

export function expanded<T extends { id: string }>(value: string | T | null | undefined): T | null {
  return typeof value === 'object' && value !== null ? value : null;
}

export function idOf(value: string | { id: string } | null | undefined): string | null {
  return typeof value === 'string' ? value : (value?.id ?? null);
}
