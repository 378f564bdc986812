import 'server-only';
import { sandboxAllowed } from '@/core/config/env';
import { ServiceUnavailableError } from '@/core/errors';
import { provide, singleton } from '@/core/singletons';
import { BudgetRepository } from '@/features/billing/budget-repository';
import { BudgetService } from '@/features/billing/budgets';
import { CustomerBook } from '@/features/billing/customers';
import type { Exclusive, Organizations } from '@/features/billing/ports';
import { SandboxCheckouts } from '@/features/billing/providers/sandbox';
import { StripeClient } from '@/features/billing/providers/stripe/client';
import { StripePurchases } from '@/features/billing/providers/stripe/purchases';
import { StripeSubscriptions } from '@/features/billing/providers/stripe/subscriptions';
import { verifyStripe } from '@/features/billing/providers/stripe/webhook';
import { TokenPurchaseService } from '@/features/billing/purchases';
import { BillingRepository } from '@/features/billing/repository';
import { SubscriptionService } from '@/features/billing/subscriptions';
import { StripeWebhookService } from '@/features/billing/webhook';
import type { AuditLog } from '@/features/organizations/audit';
import { organizationPurged } from '@/features/organizations/events';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { TokenLedger } from '@/features/tokens/ledger';
import { TokenService } from '@/features/tokens/service';
import { UserService } from '@/features/users/service';
import { core } from '../core';
import { listen } from '../listen';

/** Billing: purchases, plans, invoices and what Stripe tells us. */
provide('BillingRepository', () => new BillingRepository(core.db, core.outbox));
provide('StripeClient', () => {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE_URL: baseUrl } = core.env;
  return secretKey
    ? new StripeClient({ secretKey, baseUrl }, core.outbound, core.resilience, () => core.ids.next('idem'))
    : null;
});
provide(
  'SandboxCheckouts',
  () => new SandboxCheckouts(repository(), sandboxAllowed(core.env), core.env.APP_URL, core.clock, core.ids),
);

const repository = () => singleton<BillingRepository>('BillingRepository');
const stripe = () => singleton<StripeClient | null>('StripeClient');
const organizationRepository = () => singleton<OrganizationRepository>('OrganizationRepository');

const organizations: Organizations = {
  async facts(organizationId) {
    const found = await organizationRepository().organization(organizationId);
    if (!found) return null;
    const [owner] = await core.db.find(
      organizationRepository().members(organizationId).where('role', '==', 'owner').limit(1),
    );
    const email = owner ? (await UserService.getInstance().view(owner.userId, true)).email : null;
    return { name: found.profile.name, email };
  },
  setBillingStatus(tx, organizationId, status) {
    tx.update(organizationRepository().organizationRef(organizationId), { 'billing.status': status });
  },
};

const exclusive: Exclusive = async (name, work) => {
  const done = await core.locks.withLock(name, { ttlMs: 60_000, waitMs: 15_000 }, work);
  if (done.acquired) return done.value;
  throw new ServiceUnavailableError(
    'Another change of your plan is under way. Repeat yours in a moment.',
    'service_unavailable',
    { retryAfterSeconds: 5 },
  );
};

const subscriptionGateway = () => {
  const client = stripe();
  return client ? new StripeSubscriptions(client) : null;
};

provide('CustomerBook', () => new CustomerBook(repository(), subscriptionGateway(), organizations));

provide('TokenPurchaseService', () => {
  const client = stripe();
  const paid = client ? new StripePurchases(client) : null;
  const sandbox = SandboxCheckouts.getInstance();
  return new TokenPurchaseService({
    repository: repository(),
    ledger: TokenLedger.getInstance(),
    gateways: {
      current: paid ?? (sandboxAllowed(core.env) ? sandbox : null),
      of: (id) => (id === 'stripe' ? paid : sandbox),
    },
    customers: singleton<CustomerBook>('CustomerBook'),
    appUrl: core.env.APP_URL,
    clock: core.clock,
    ids: core.ids,
  });
});

provide(
  'SubscriptionService',
  () =>
    new SubscriptionService({
      repository: repository(),
      ledger: TokenLedger.getInstance(),
      gateway: subscriptionGateway(),
      organizations,
      customers: singleton<CustomerBook>('CustomerBook'),
      audit: singleton<AuditLog>('AuditLog'),
      exclusive,
      appUrl: core.env.APP_URL,
      clock: core.clock,
    }),
);

provide(
  'BudgetService',
  () =>
    new BudgetService({
      repository: new BudgetRepository(core.db, core.outbox),
      use: (organizationId, month) => TokenService.getInstance().monthUse(organizationId, month),
      audit: singleton<AuditLog>('AuditLog'),
      clock: core.clock,
    }),
);

provide('StripeWebhookService', () => {
  const { STRIPE_WEBHOOK_SECRET: secret } = core.env;
  return new StripeWebhookService(
    repository(),
    TokenPurchaseService.getInstance(),
    SubscriptionService.getInstance(),
    secret && stripe() ? (body, signature, now) => verifyStripe(body, signature, secret, now) : null,
    core.clock,
  );
});

listen(
  organizationPurged,
  'billing.end_subscription',
  ({ organizationId }) => SubscriptionService.getInstance().organizationGone(organizationId),
  { durable: true },
);
