import type { PaymentFacts } from './gateway';
import type { LedgerOperation } from './ports';
import type { PurchaseStatus } from './schema';

/** What a purchase comes to, decided from what is stored and what the payment provider says now. No clock, no I/O. */

export interface PurchaseState {
  id: string;
  userId: string;
  tokenAmount: number;
  price: number;
  currency: string;
  status: PurchaseStatus;
  isProcessed: boolean;
  sessionId: string | null;
  paymentIntentId: string | null;
  paymentMethod: string | null;
  receiptUrl: string | null;
  refund: { amount: number; tokens: number; corrections: number };
}

export interface PurchaseDecision {
  status: PurchaseStatus;
  isProcessed: boolean;
  sessionId: string | null;
  paymentIntentId: string | null;
  paymentMethod: string | null;
  receiptUrl: string | null;
  refund: PurchaseState['refund'];
  operations: LedgerOperation[];
  /** Tokens taken back now; negative when some came again. */
  taken: number;
  credited: boolean;
  failed: boolean;
}

/**
 * Tokens that go back for an amount of money that went back: the same share, rounded in the buyer's favour, all of them for all
 * the money, never more than were bought. Always taken of the total, so that many small refunds add up exactly.
 */
export function tokensToTake(purchase: { tokenAmount: number; price: number }, amount: number): number {
  if (amount >= purchase.price) return purchase.tokenAmount;
  return Number((BigInt(purchase.tokenAmount) * BigInt(Math.max(0, amount))) / BigInt(purchase.price));
}

/** @returns null where nothing is new. The same facts twice, or older ones again, change nothing. */
export function decidePurchase(purchase: PurchaseState, facts: PaymentFacts): PurchaseDecision | null {
  const paid = facts.state === 'paid';
  const isProcessed = purchase.isProcessed || paid;
  const amount = isProcessed ? Math.min(purchase.price, facts.refunded + facts.disputed) : 0;
  const tokens = tokensToTake(purchase, amount);
  const taken = tokens - purchase.refund.tokens;
  const corrections = purchase.refund.corrections + (taken === 0 ? 0 : 1);
  const next = {
    status: statusOf(purchase, facts, isProcessed),
    isProcessed,
    sessionId: purchase.sessionId ?? facts.sessionId,
    paymentIntentId: purchase.paymentIntentId ?? facts.paymentIntentId,
    paymentMethod: facts.method ?? purchase.paymentMethod,
    receiptUrl: facts.receiptUrl ?? purchase.receiptUrl,
    refund: { amount, tokens, corrections },
  };
  if (isSame(purchase, next)) return null;
  const credited = isProcessed && !purchase.isProcessed;
  const reference = next.paymentIntentId ?? facts.sessionId;
  const base = { userId: purchase.userId, metadata: { purchaseId: purchase.id } };
  const operations: LedgerOperation[] = [];
  if (credited)
    operations.push({
      ...base,
      kind: 'purchase',
      key: `purchase:${reference}`,
      amount: purchase.tokenAmount,
    });
  const key = `refund:${reference}:${corrections}`;
  if (taken > 0) operations.push({ ...base, kind: 'refund', key, amount: taken });
  if (taken < 0) operations.push({ ...base, kind: 'reinstate', key, amount: -taken });
  const failed = next.status === 'failed' && purchase.status !== 'failed';
  return { ...next, operations, taken, credited, failed };
}

function statusOf(purchase: PurchaseState, facts: PaymentFacts, isProcessed: boolean): PurchaseStatus {
  if (!isProcessed) return facts.state === 'paid' ? 'paid' : facts.state;
  if (facts.disputed > 0) return 'disputed';
  if (facts.refunded >= purchase.price) return 'refunded';
  return facts.refunded > 0 ? 'partially_refunded' : 'paid';
}

type Stored = Omit<PurchaseDecision, 'operations' | 'taken' | 'credited' | 'failed'>;

function isSame(purchase: PurchaseState, next: Stored): boolean {
  return (
    purchase.status === next.status &&
    purchase.isProcessed === next.isProcessed &&
    purchase.sessionId === next.sessionId &&
    purchase.paymentIntentId === next.paymentIntentId &&
    purchase.paymentMethod === next.paymentMethod &&
    purchase.receiptUrl === next.receiptUrl &&
    purchase.refund.amount === next.refund.amount &&
    purchase.refund.tokens === next.refund.tokens
  );
}
