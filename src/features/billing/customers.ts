import 'server-only';
import { NotFoundError } from '@/core/errors';
import type { SubscriptionGateway } from './gateway';
import type { Organizations } from './ports';
import type { BillingRepository } from './repository';

/** Which customer of the payment provider an organisation is. One each, made when first needed. */
export class CustomerBook {
  constructor(
    readonly repository: BillingRepository,
    readonly gateway: SubscriptionGateway | null,
    readonly organizations: Organizations,
  ) {}

  /** Null where this installation has no payment provider. */
  async customerOf(organizationId: string): Promise<string | null> {
    if (!this.gateway) return null;
    const account = await this.repository.ensureAccount(organizationId);
    if (account.customerId) return account.customerId;
    const facts = await this.organizations.facts(organizationId);
    if (!facts) throw new NotFoundError('This organisation');
    const made = await this.gateway.createCustomer({ id: organizationId, ...facts });
    return this.repository.run(async (tx) => {
      const current = await this.repository.accountIn(tx, organizationId);
      // Another request was faster; its customer is the one.
      if (!current || current.customerId) return current?.customerId ?? made;
      this.repository.updateAccount(tx, organizationId, {
        customerId: made,
        revision: current.revision + 1,
      });
      return made;
    });
  }
}
