import 'server-only';
import { ConflictError, NotFoundError, SystemError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { Checkout, PaymentFacts, PurchaseGateway, PurchaseOrder } from '../gateway';
import type { BillingRepository, SandboxCheckout } from '../repository';
import type { SandboxCheckoutView, SandboxOutcome } from '../schema';

const OPEN_MS = 24 * 3600_000;

/**
 * Stands in for the payment provider where there is none: a page of our own, labelled as sandbox, on which the payer decides how
 * the payment ends. Nothing is charged.
 */
export class SandboxCheckouts implements PurchaseGateway {
  readonly id = 'sandbox' as const;

  static getInstance(): SandboxCheckouts {
    return singleton<SandboxCheckouts>('SandboxCheckouts');
  }

  constructor(
    readonly repository: BillingRepository,
    readonly allowed: boolean,
    readonly appUrl: string,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  async openCheckout(order: PurchaseOrder): Promise<Checkout> {
    const id = this.ids.next('sbx');
    const expiresAt = new Date(this.clock.now().getTime() + OPEN_MS);
    await this.repository.addSandboxCheckout(id, {
      organizationId: order.organizationId,
      userId: order.userId,
      purchaseId: order.purchaseId,
      title: order.title,
      amount: order.amount,
      currency: order.currency,
      status: 'open',
      successUrl: order.successUrl,
      cancelUrl: order.cancelUrl,
      expiresAt,
    });
    return { sessionId: id, url: `${this.appUrl}/sandbox/checkout/${id}`, expiresAt };
  }

  async payment(sessionId: string): Promise<PaymentFacts | null> {
    const found = await this.repository.sandboxCheckout(sessionId);
    if (!found) return null;
    const over = found.status === 'abandoned' || found.expiresAt <= this.clock.now();
    const paid = found.status === 'paid';
    return {
      sessionId,
      purchaseId: found.purchaseId,
      state: paid ? 'paid' : over ? 'expired' : found.status === 'declined' ? 'failed' : 'open',
      amount: found.amount,
      currency: found.currency,
      paymentIntentId: paid ? `sandbox_${sessionId}` : null,
      method: paid ? 'sandbox' : null,
      receiptUrl: null,
      refunded: 0,
      disputed: 0,
    };
  }

  sessionOfPayment(paymentIntentId: string): Promise<string | null> {
    const id = /^sandbox_(.+)$/.exec(paymentIntentId)?.[1];
    return Promise.resolve(id ?? null);
  }

  /** Only the person who bought sees it. */
  async view(userId: string, id: string): Promise<SandboxCheckoutView> {
    const { title, amount, currency, status, expiresAt } = await this.#own(userId, id);
    return { id, title, amount, currency, status, expiresAt };
  }

  /** A declined payment may be tried again, as on a real page. @throws ConflictError once it is over. */
  async settle(
    userId: string,
    id: string,
    outcome: SandboxOutcome,
  ): Promise<{ status: SandboxCheckout['status']; url: string | null }> {
    await this.#own(userId, id);
    return this.repository.run(async (tx) => {
      const checkout = await this.repository.sandboxCheckoutIn(tx, id);
      if (!checkout) throw new NotFoundError('This checkout');
      const { successUrl, cancelUrl } = checkout;
      if (checkout.status === 'paid' && outcome === 'pay') return { status: 'paid', url: successUrl };
      const over = checkout.expiresAt <= this.clock.now();
      if (over || checkout.status === 'paid' || checkout.status === 'abandoned')
        throw new ConflictError('This checkout is over. Start a new purchase.');
      const status = ({ pay: 'paid', decline: 'declined', abandon: 'abandoned' } as const)[outcome];
      this.repository.updateSandboxCheckout(tx, id, { status });
      const url = status === 'paid' ? successUrl : status === 'abandoned' ? cancelUrl : null;
      return { status, url };
    });
  }

  async #own(userId: string, id: string): Promise<SandboxCheckout> {
    if (!this.allowed)
      throw new SystemError('The sandbox is switched off on this installation.', 'sandbox_disabled');
    const found = await this.repository.sandboxCheckout(id);
    if (found?.userId !== userId) throw new NotFoundError('This checkout');
    return found;
  }
}
