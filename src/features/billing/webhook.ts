import 'server-only';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { StripeNotice } from './providers/stripe/webhook';
import { billingNotConfigured, type TokenPurchaseService } from './purchases';
import type { BillingRepository } from './repository';
import type { WebhookAnswer } from './schema';
import type { SubscriptionService } from './subscriptions';

/** Names the endpoint in the record of events: another one would get the same events once more. */
const ENDPOINT = 'api_webhooks_stripe';
const KEEP_MS = 90 * 24 * 3600_000;

type Verify = (body: Uint8Array, signature: string | null, now: Date) => StripeNotice;
type Handle = (notice: StripeNotice) => Promise<boolean>;

/**
 * What Stripe tells us. An event only says that something happened to an object: the object is asked for anew and our state made
 * to agree with it, so events may come late, twice, at once and in any order. A failure is answered as one, and Stripe sends the
 * event again for days.
 */
export class StripeWebhookService {
  static getInstance(): StripeWebhookService {
    return singleton<StripeWebhookService>('StripeWebhookService');
  }

  constructor(
    readonly repository: BillingRepository,
    readonly purchases: TokenPurchaseService,
    readonly subscriptions: SubscriptionService,
    /** Null where no signing secret is set. */
    readonly verify: Verify | null,
    readonly clock: Clock,
  ) {}

  async receive(body: Uint8Array, signature: string | null): Promise<WebhookAnswer> {
    if (!this.verify) throw billingNotConfigured();
    const notice = this.verify(body, signature, this.clock.now());
    const handle = this.#handlerOf(notice);
    const id = `${ENDPOINT}_${notice.id}`;
    if (!(await this.#begin(id, notice, handle === null)))
      return { received: true, outcome: handle ? 'duplicate' : 'ignored' };
    if (!handle) return { received: true, outcome: 'ignored' };
    try {
      const ours = await handle(notice);
      const outcome = ours ? 'processed' : 'ignored';
      await this.repository.updateEvent(id, { status: outcome, error: null });
      return { received: true, outcome };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      logger.error({ err: error, eventId: notice.id, type: notice.type }, 'an event of Stripe failed');
      await this.repository.updateEvent(id, { status: 'failed', error: message.slice(0, 500) });
      throw error;
    }
  }

  /** @returns false when this event needs no more work. One whose work died or failed is worked on again. */
  async #begin(id: string, notice: StripeNotice, unknown: boolean): Promise<boolean> {
    // Nearly every event comes once: one write keeps it, and only a repeated one is looked at.
    const first = await this.repository.addEvent(id, {
      endpoint: ENDPOINT,
      eventId: notice.id,
      type: notice.type,
      occurredAt: new Date(notice.created * 1000),
      status: unknown ? 'ignored' : 'received',
      deliveries: 1,
      error: null,
      expiresAt: new Date(this.clock.now().getTime() + KEEP_MS),
    });
    if (first) return true;
    return this.repository.run(async (tx) => {
      const known = await this.repository.eventIn(tx, id);
      if (!known) throw new Error(`The event ${id} was kept and is gone.`);
      this.repository.updateEventIn(tx, id, { deliveries: known.deliveries + 1 });
      return known.status === 'received' || known.status === 'failed';
    });
  }

  #handlerOf({ type }: StripeNotice): Handle | null {
    if (type.startsWith('checkout.session.')) return (notice) => this.#checkout(notice);
    if (PAYMENT_EVENTS.some((prefix) => type.startsWith(prefix))) return (notice) => this.#payment(notice);
    if (type.startsWith('customer.subscription.')) return (notice) => this.#subscription(notice);
    if (INVOICE_EVENTS.has(type)) return (notice) => this.#invoice(notice);
    return null;
  }

  async #checkout({ created, data: { object } }: StripeNotice): Promise<boolean> {
    if (object.mode === 'subscription')
      return object.subscription ? this.subscriptions.sync(object.subscription, at(created)) : false;
    return object.id ? (await this.purchases.fulfil(object.id)) !== null : false;
  }

  async #payment({ data: { object } }: StripeNotice): Promise<boolean> {
    const { payment_intent: payment } = object;
    return payment ? (await this.purchases.fulfilPayment(payment)) !== null : false;
  }

  #subscription({ created, data: { object } }: StripeNotice): Promise<boolean> {
    return object.id ? this.subscriptions.sync(object.id, at(created)) : Promise.resolve(false);
  }

  #invoice({ created, data: { object } }: StripeNotice): Promise<boolean> {
    return object.id ? this.subscriptions.invoiceEvent(object.id, at(created)) : Promise.resolve(false);
  }
}

const PAYMENT_EVENTS = ['charge.refund', 'charge.dispute.', 'refund.'];
const INVOICE_EVENTS = new Set(['invoice.paid', 'invoice.payment_failed', 'invoice.payment_action_required']);

const at = (seconds: number) => new Date(seconds * 1000);
