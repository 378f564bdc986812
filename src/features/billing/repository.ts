import 'server-only';
import type { Page, PageQuery } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists, type PatchOf, type Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import type { EventType, PayloadOf } from '@/core/events/event-type';
import type { Outbox } from '@/core/events/outbox';
import { billingAccountModel, sandboxCheckoutModel, stripeEventModel, tokenPurchaseModel } from './schema';

export type Purchase = Doc<typeof tokenPurchaseModel>;
export type BillingAccount = Doc<typeof billingAccountModel>;
export type SandboxCheckout = Doc<typeof sandboxCheckoutModel>;
export type StripeEvent = Doc<typeof stripeEventModel>;

/** Purchases, billing accounts, received events and sandbox checkouts in Firestore. */
export class BillingRepository {
  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
  ) {}

  /** Without locks: what a transaction here changes is what it read. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.runOptimistic(work);
  }

  announce<E extends EventType>(tx: Tx, event: E, payload: PayloadOf<E>): void {
    this.outbox.append(tx, event, payload);
  }

  // Purchases

  purchase(id: string): Promise<Purchase | null> {
    return this.db.get(this.db.doc(tokenPurchaseModel, id));
  }

  purchaseIn(tx: Tx, id: string): Promise<Purchase | null> {
    return tx.get(this.db.doc(tokenPurchaseModel, id));
  }

  addPurchase(id: string, purchase: NewDoc<typeof tokenPurchaseModel>): Promise<void> {
    return this.db.create(this.db.doc(tokenPurchaseModel, id), purchase);
  }

  updatePurchase(tx: Tx, id: string, patch: PatchOf<Purchase>): void {
    tx.update(this.db.doc(tokenPurchaseModel, id), patch);
  }

  purchaseOfPayment(paymentIntentId: string): Promise<Purchase | null> {
    return this.db.first(
      this.db.collection(tokenPurchaseModel).where('paymentIntentId', '==', paymentIntentId),
    );
  }

  purchases(organizationId: string, page: PageQuery): Promise<Page<Purchase>> {
    const all = this.db.collection(tokenPurchaseModel).where('organizationId', '==', organizationId);
    return this.db.page(all, page, { field: 'purchaseDate' });
  }

  // Billing accounts

  account(organizationId: string): Promise<BillingAccount | null> {
    return this.db.get(this.db.doc(billingAccountModel, organizationId));
  }

  accountIn(tx: Tx, organizationId: string): Promise<BillingAccount | null> {
    return tx.get(this.db.doc(billingAccountModel, organizationId));
  }

  accountOfCustomer(customerId: string): Promise<BillingAccount | null> {
    return this.db.first(this.db.collection(billingAccountModel).where('customerId', '==', customerId));
  }

  /** Made on first use; an existing one stays as it is. */
  async ensureAccount(organizationId: string): Promise<BillingAccount> {
    const ref = this.db.doc(billingAccountModel, organizationId);
    const known = await this.db.get(ref);
    if (known) return known;
    await this.db.create(ref, { ...EMPTY_ACCOUNT, organizationId }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    const made = await this.db.get(ref);
    if (!made) throw new Error(`The billing account of ${organizationId} is gone.`);
    return made;
  }

  updateAccount(tx: Tx, organizationId: string, patch: PatchOf<BillingAccount>): void {
    tx.update(this.db.doc(billingAccountModel, organizationId), patch);
  }

  // Events of the payment provider

  eventIn(tx: Tx, id: string): Promise<StripeEvent | null> {
    return tx.get(this.db.doc(stripeEventModel, id));
  }

  /** @returns false when this event is known already, or was just now kept by a try whose answer was lost. */
  async addEvent(id: string, event: NewDoc<typeof stripeEventModel>): Promise<boolean> {
    try {
      await this.db.create(this.db.doc(stripeEventModel, id), event);
      return true;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return false;
    }
  }

  updateEventIn(tx: Tx, id: string, patch: PatchOf<StripeEvent>): void {
    tx.update(this.db.doc(stripeEventModel, id), patch);
  }

  updateEvent(id: string, patch: PatchOf<StripeEvent>): Promise<void> {
    return this.db.update(this.db.doc(stripeEventModel, id), patch);
  }

  // Sandbox checkouts

  sandboxCheckout(id: string): Promise<SandboxCheckout | null> {
    return this.db.get(this.db.doc(sandboxCheckoutModel, id));
  }

  sandboxCheckoutIn(tx: Tx, id: string): Promise<SandboxCheckout | null> {
    return tx.get(this.db.doc(sandboxCheckoutModel, id));
  }

  addSandboxCheckout(id: string, checkout: NewDoc<typeof sandboxCheckoutModel>): Promise<void> {
    return this.db.create(this.db.doc(sandboxCheckoutModel, id), checkout);
  }

  updateSandboxCheckout(tx: Tx, id: string, patch: PatchOf<SandboxCheckout>): void {
    tx.update(this.db.doc(sandboxCheckoutModel, id), patch);
  }
}

const EMPTY_ACCOUNT: Omit<NewDoc<typeof billingAccountModel>, 'organizationId'> = {
  customerId: null,
  subscriptionId: null,
  openSessionId: null,
  status: 'none',
  billedTier: 'free',
  billedSeats: 1,
  currency: null,
  currentPeriodStart: null,
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  unpaidInvoice: null,
  announced: [],
  revision: 0,
};
