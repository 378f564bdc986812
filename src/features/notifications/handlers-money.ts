import 'server-only';
import type { EventMeta, Listen } from '@/core/events/event-type';
import { aiBudgetThreshold } from '@/features/ai/events';
import {
  invoicePaid,
  invoicePaymentFailed,
  tokenBudgetAlert,
  tokenPurchaseFailed,
  tokensPurchased,
  tokensRefunded,
} from '@/features/billing/events';
import { tokenDepleted, tokensRefreshed, tokenWarning } from '@/features/tokens/events';
import type { Recipients, TellAll } from './recipients';

/** Tokens running out, come back or over budget. */
export function subscribeTokens(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const ownersOf = async ({ userId, organizationId }: { userId: string | null; organizationId: string }) =>
    userId ? [userId] : await recipients.leaders(organizationId, true);
  const tell =
    (type: 'tokens.warning' | 'tokens.depleted') =>
    async (
      usage: {
        userId: string | null;
        organizationId: string;
        used: number;
        total: number;
        available: number;
        nextRefreshDate: Date;
      },
      meta: EventMeta,
    ): Promise<void> => {
      const { organizationId, used, total, available, nextRefreshDate } = usage;
      const data = { used, total, available, refreshAt: nextRefreshDate.getTime() };
      await tellAll(await ownersOf(usage), type, data, {
        organizationId,
        href: '/tokens',
        key: meta.eventId,
      });
    };
  listen(tokenWarning, 'notifications.token_warning', tell('tokens.warning'), { durable: true });
  listen(tokenDepleted, 'notifications.token_depleted', tell('tokens.depleted'), { durable: true });
  listen(
    tokensRefreshed,
    'notifications.tokens_refreshed',
    async (period, meta) => {
      const { organizationId, allocation, nextRefreshDate } = period;
      const data = { tokens: allocation, refreshAt: nextRefreshDate.getTime() };
      const options = { organizationId, href: '/tokens', key: meta.eventId };
      await tellAll(await ownersOf(period), 'tokens.refreshed', data, options);
    },
    { durable: true },
  );
  const budget =
    (userOf: (budget: { userId?: string | null; memberId?: string | null }) => string | null) =>
    async (
      reached: { organizationId: string; percent: number; userId?: string | null; memberId?: string | null },
      meta: EventMeta,
    ): Promise<void> => {
      const { organizationId, percent } = reached;
      const people = await ownersOf({ userId: userOf(reached), organizationId });
      await tellAll(
        people,
        'tokens.budget',
        { percent },
        { organizationId, href: '/tokens', key: meta.eventId },
      );
    };
  listen(
    aiBudgetThreshold,
    'notifications.ai_budget',
    budget(({ userId }) => userId ?? null),
    {
      durable: true,
    },
  );
  listen(
    tokenBudgetAlert,
    'notifications.token_budget',
    budget(({ memberId }) => memberId ?? null),
    {
      durable: true,
    },
  );
}

/** Receipts go to who bought; a plan's invoices to its owners, who alone may change it. */
export function subscribeBilling(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const href = '/billing';
  const durable = { durable: true };
  const owners = (organizationId: string) => recipients.leaders(organizationId, false);
  listen(
    tokensPurchased,
    'notifications.receipt',
    async ({ organizationId, userId, purchaseId, tokens, price, currency, sandbox }, { eventId }) => {
      const receipt = {
        tokens,
        amountMinor: price,
        currency,
        number: purchaseId,
        sandbox: sandbox ? 'yes' : 'no',
      };
      await tellAll([userId], 'billing.receipt', receipt, { organizationId, href, key: eventId });
    },
    durable,
  );
  listen(
    tokenPurchaseFailed,
    'notifications.purchase_failed',
    async ({ organizationId, userId, price, currency }, { eventId }) => {
      const data = { amountMinor: price, currency, kind: 'purchase' };
      await tellAll([userId], 'billing.payment_failed', data, { organizationId, href, key: eventId });
    },
    durable,
  );
  listen(
    tokensRefunded,
    'notifications.refunded',
    async ({ organizationId, userId, price, currency, tokensTaken, debt }, { eventId }) => {
      // A dispute that was won gives tokens back; that is no refund.
      if (tokensTaken <= 0) return;
      const data = { tokensTaken, amountMinor: price, currency, debt };
      await tellAll([userId], 'billing.refunded', data, { organizationId, href, key: eventId });
    },
    durable,
  );
  listen(
    invoicePaid,
    'notifications.invoice_paid',
    async ({ organizationId, amount, currency, number }, { eventId }) => {
      const data = { amountMinor: amount, currency, ...(number ? { number } : {}) };
      await tellAll(await owners(organizationId), 'billing.invoice', data, {
        organizationId,
        href,
        key: eventId,
      });
    },
    durable,
  );
  listen(
    invoicePaymentFailed,
    'notifications.invoice_failed',
    async ({ organizationId, amount, currency }, { eventId }) => {
      const data = { amountMinor: amount, currency, kind: 'invoice' };
      const people = await owners(organizationId);
      await tellAll(people, 'billing.payment_failed', data, { organizationId, href, key: eventId });
    },
    durable,
  );
}
