import 'server-only';
import { singleton } from '@/core/singletons';
import { type AuditFinding, auditBalance } from './audit';
import type { Balance } from './ledger-transaction';
import type { TokenRepository } from './repository';

const ATTEMPTS = 5;

/** Holds every balance against its ledger and its open reservations. Reads only; safe on live data. */
export class LedgerAudit {
  static getInstance(): LedgerAudit {
    return singleton<LedgerAudit>('LedgerAudit');
  }

  constructor(readonly repository: TokenRepository) {}

  /** Calls back with each owner's findings (none: clean), one owner at a time, in bounded memory. */
  async all(each: (ownerId: string, findings: AuditFinding[]) => void): Promise<void> {
    for await (const balance of this.repository.balances()) each(balance.id, await this.#audit(balance));
  }

  async owner(ownerId: string): Promise<AuditFinding[]> {
    const balance = await this.repository.balance(ownerId);
    if (!balance) return [{ ownerId, problem: 'there is no such balance' }];
    return this.#audit(balance);
  }

  /** Entries of the balance's own version never change, but holds do: they count only if the balance stood still meanwhile. */
  async #audit(first: Balance): Promise<AuditFinding[]> {
    let balance = first;
    for (let attempt = 1; ; attempt += 1) {
      let holds = 0;
      for await (const hold of this.repository.holdsOf(balance.id)) holds += hold.amount;
      const findings = await auditBalance(balance, this.repository.ledgerOf(balance.id), holds);
      const again = await this.repository.balance(balance.id);
      if (!again || again.version === balance.version) return findings;
      if (attempt === ATTEMPTS) return auditBalance(again, this.repository.ledgerOf(balance.id), null);
      balance = again;
    }
  }
}
