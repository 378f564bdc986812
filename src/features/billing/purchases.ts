import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { NotFoundError, ServiceUnavailableError, SystemError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { customPrice, TOKEN_PACKAGES } from '@/features/tokens/tiers.data';
import { type Currency, priceIn } from './currencies.data';
import type { CustomerBook } from './customers';
import { tokenPurchaseFailed, tokensPurchased, tokensRefunded } from './events';
import type { PaymentFacts, PurchaseGateway } from './gateway';
import type { Ledger, LedgerOutcome } from './ports';
import { decidePurchase, type PurchaseDecision } from './purchase-decision';
import type { BillingRepository, Purchase } from './repository';
import type { GatewayId, PurchaseAnswer, PurchaseRequest, PurchaseView } from './schema';

export interface PurchaseGateways {
  /** Where new purchases go; null where this installation takes no money. */
  current: PurchaseGateway | null;
  /** Where an earlier purchase went. */
  of(id: GatewayId): PurchaseGateway | null;
}

export interface PurchaseDeps {
  repository: BillingRepository;
  ledger: Ledger;
  gateways: PurchaseGateways;
  customers: CustomerBook;
  appUrl: string;
  clock: Clock;
  ids: Ids;
}

/** Somebody else changed the purchase meanwhile this often: let them finish. */
const LOOKS = 6;

/**
 * Buying tokens. The payment provider decides what was paid and what went back; {@link fulfil} asks it and makes the ledger agree,
 * as often as anybody calls: each webhook event and the return page do.
 */
export class TokenPurchaseService {
  static getInstance(): TokenPurchaseService {
    return singleton<TokenPurchaseService>('TokenPurchaseService');
  }

  constructor(readonly deps: PurchaseDeps) {}

  /** @throws ServiceUnavailableError `billing_not_configured` */
  async purchase(actor: Actor, request: PurchaseRequest): Promise<PurchaseAnswer> {
    const { repository, gateways, customers, ids, clock, appUrl } = this.deps;
    const gateway = gateways.current;
    if (!gateway) throw billingNotConfigured();
    const offer = offerOf(request);
    const id = ids.next('pur');
    const customerId = gateway.id === 'stripe' ? await customers.customerOf(actor.organizationId) : null;
    await repository.addPurchase(id, {
      userId: actor.userId,
      organizationId: actor.organizationId,
      gateway: gateway.id,
      tokenAmount: offer.tokens,
      packageId: request.packageId ?? null,
      quantity: request.quantity,
      price: offer.price,
      currency: request.currency,
      purchaseDate: clock.now(),
      status: 'open',
      isProcessed: false,
      paidAt: null,
      paymentMethod: null,
      sessionId: null,
      paymentIntentId: null,
      receiptUrl: null,
      refund: { amount: 0, tokens: 0, corrections: 0 },
      revision: 0,
    });
    const checkout = await gateway.openCheckout({
      purchaseId: id,
      organizationId: actor.organizationId,
      userId: actor.userId,
      customerId,
      title: `${offer.tokens.toLocaleString('en')} IriSync tokens`,
      amount: offer.price,
      currency: request.currency,
      successUrl: `${appUrl}/tokens?purchase=${id}`,
      cancelUrl: `${appUrl}/tokens?purchase=${id}&canceled=1`,
    });
    await this.#remember(id, checkout.sessionId);
    return { purchaseId: id, url: checkout.url, gateway: gateway.id, expiresAt: checkout.expiresAt };
  }

  async purchases(actor: Actor, page: PageQuery): Promise<Page<PurchaseView>> {
    const { items, cursor } = await this.deps.repository.purchases(actor.organizationId, page);
    return { items: items.map(purchaseView), cursor };
  }

  /** What the return page calls: asks the provider at once, so that the tokens are there before the webhook comes. */
  async confirm(actor: Actor, purchaseId: string): Promise<PurchaseView> {
    const purchase = await this.deps.repository.purchase(purchaseId);
    if (purchase?.organizationId !== actor.organizationId) throw new NotFoundError('This purchase');
    return purchaseView(purchase.sessionId ? await this.#agree(purchase, purchase.sessionId) : purchase);
  }

  /**
   * Makes purchase and ledger agree with what the provider says of a checkout. May run any number of times, at once and late.
   * @returns null when the checkout is not for one of our purchases.
   */
  async fulfil(sessionId: string, gatewayId: GatewayId = 'stripe'): Promise<PurchaseView | null> {
    const facts = await this.deps.gateways.of(gatewayId)?.payment(sessionId);
    if (!facts?.purchaseId) return null;
    const purchase = await this.deps.repository.purchase(facts.purchaseId);
    if (purchase?.gateway !== gatewayId) return null;
    return purchaseView(await this.#agree(purchase, sessionId));
  }

  /** For refunds and disputes, which name the payment. It may be the first we hear of it. */
  async fulfilPayment(paymentIntentId: string): Promise<PurchaseView | null> {
    const known = await this.deps.repository.purchaseOfPayment(paymentIntentId);
    const sessionId =
      known?.sessionId ?? (await this.deps.gateways.of('stripe')?.sessionOfPayment(paymentIntentId));
    return sessionId ? this.fulfil(sessionId) : null;
  }

  /** Asks the provider after reading our own document; whoever was faster meanwhile makes us ask again. */
  async #agree(first: Purchase, sessionId: string): Promise<Purchase> {
    const gateway = this.deps.gateways.of(first.gateway);
    if (!gateway) throw billingNotConfigured();
    let known = first;
    for (let look = 1; look <= LOOKS; look += 1) {
      const facts = await gateway.payment(sessionId);
      if (!facts) return known;
      requireSame(known, facts);
      const agreed = await this.#book(known, facts);
      if (agreed) return agreed;
      const again = await this.deps.repository.purchase(known.id);
      if (!again) throw new NotFoundError('This purchase');
      known = again;
    }
    throw new ServiceUnavailableError(
      'This purchase is being worked on. Look again in a moment.',
      'service_unavailable',
      {
        retryAfterSeconds: 2,
      },
    );
  }

  /** @returns null when the purchase was changed since `known` was read. */
  #book(known: Purchase, facts: PaymentFacts): Promise<Purchase | null> {
    const { repository, ledger, clock } = this.deps;
    if (!decidePurchase(known, facts)) return Promise.resolve(known);
    return ledger.book(known.organizationId, async (tx) => {
      const current = await repository.purchaseIn(tx, known.id);
      const decision = current && current.revision === known.revision ? decidePurchase(current, facts) : null;
      if (!current || !decision) return { operations: [], finish: () => null };
      const { operations, taken: _t, credited: _c, failed: _f, ...stored } = decision;
      const patch = {
        ...stored,
        paidAt: decision.credited ? clock.now() : current.paidAt,
        revision: current.revision + 1,
      };
      return {
        operations,
        finish: (outcomes: readonly LedgerOutcome[]) => {
          repository.updatePurchase(tx, current.id, patch);
          this.#announce(tx, current, facts, decision, outcomes);
          return { ...current, ...patch };
        },
      };
    });
  }

  #announce(
    tx: Tx,
    purchase: Purchase,
    facts: PaymentFacts,
    decision: PurchaseDecision,
    outcomes: readonly LedgerOutcome[],
  ): void {
    const { repository } = this.deps;
    const { id, organizationId, userId, tokenAmount, price, currency, gateway } = purchase;
    const about = { purchaseId: id, organizationId, userId, tokens: tokenAmount, price, currency };
    if (decision.credited) {
      const { receiptUrl } = decision;
      repository.announce(tx, tokensPurchased, { ...about, sandbox: gateway === 'sandbox', receiptUrl });
    }
    if (decision.failed) repository.announce(tx, tokenPurchaseFailed, about);
    if (decision.taken !== 0) {
      const debt = decision.taken > 0 ? (outcomes.at(-1)?.debt ?? 0) : 0;
      const reason = facts.disputed > 0 || decision.taken < 0 ? 'dispute' : 'refund';
      repository.announce(tx, tokensRefunded, { ...about, reason, tokensTaken: decision.taken, debt });
    }
  }

  /** The webhook may have come first and said it already. */
  #remember(purchaseId: string, sessionId: string): Promise<void> {
    const { repository } = this.deps;
    return repository.run(async (tx) => {
      const purchase = await repository.purchaseIn(tx, purchaseId);
      if (purchase && purchase.sessionId === null)
        repository.updatePurchase(tx, purchaseId, { sessionId, revision: purchase.revision + 1 });
    });
  }
}

export function billingNotConfigured(): ServiceUnavailableError {
  return new ServiceUnavailableError(
    'Billing is not set up on this installation. Its operator has to set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.',
    'billing_not_configured',
  );
}

function offerOf({ packageId, amount, quantity, currency }: PurchaseRequest): {
  tokens: number;
  price: number;
} {
  const chosen = TOKEN_PACKAGES.find((one) => one.id === packageId);
  const tokens = chosen ? chosen.tokens : (amount ?? 0);
  const price = priceIn(currency as Currency, chosen ? chosen.price : customPrice(tokens));
  return { tokens: tokens * quantity, price: price * quantity };
}

/** Tokens are credited only for exactly the payment that was asked for. */
function requireSame(purchase: Purchase, facts: PaymentFacts): void {
  const same =
    facts.purchaseId === purchase.id &&
    (purchase.sessionId === null || purchase.sessionId === facts.sessionId) &&
    facts.amount === purchase.price &&
    facts.currency === purchase.currency;
  if (same) return;
  throw new SystemError('A payment does not fit the purchase it names.', 'internal', {
    severity: 'critical',
    context: { purchaseId: purchase.id, price: purchase.price, currency: purchase.currency, facts },
  });
}

export function purchaseView(purchase: Purchase): PurchaseView {
  const { id, userId, gateway, packageId, quantity, price, currency, status } = purchase;
  return {
    id,
    userId,
    gateway,
    tokens: purchase.tokenAmount,
    packageId,
    quantity,
    price,
    currency,
    status,
    credited: purchase.isProcessed,
    purchaseDate: purchase.purchaseDate,
    paidAt: purchase.paidAt,
    paymentMethod: purchase.paymentMethod,
    receiptUrl: purchase.receiptUrl,
    refundedAmount: purchase.refund.amount,
    refundedTokens: purchase.refund.tokens,
  };
}
