import { available, FIGURES, type Figures, NO_TOKENS, netTokens, plus, sameFigures } from './balance';
import { signedAmount, type TransactionType } from './schema';

/** Checks that a balance is exactly what its ledger says. Pure: stored rows in, plain sentences out. */

export interface AuditedBalance extends Figures {
  id: string;
  version: number;
}

export interface AuditedEntry {
  id: string;
  type: TransactionType;
  amount: number;
  sequence: number;
  balanceAfter: number;
  delta: Figures;
}

export interface AuditFinding {
  ownerId: string;
  problem: string;
}

/**
 * @param entries in the order they happened. Entries newer than the balance (written while we read) are left out.
 * @param openHolds sum of the owner's open reservations; null where it was moving while we read.
 */
export async function auditBalance(
  balance: AuditedBalance,
  entries: AsyncIterable<AuditedEntry>,
  openHolds: number | null,
): Promise<AuditFinding[]> {
  const problems: string[] = [];
  let running: Figures = NO_TOKENS;
  let booked = 0;
  let expected = 1;
  for await (const entry of entries) {
    if (entry.sequence > balance.version) break;
    if (entry.sequence !== expected)
      problems.push(`entry ${entry.id} has number ${entry.sequence}, expected ${expected}`);
    expected = entry.sequence + 1;
    const after = plus(running, entry.delta);
    booked += signedAmount(entry.type, entry.amount);
    problems.push(...entryProblems(entry, running, after));
    running = after;
  }
  if (expected !== balance.version + 1)
    problems.push(`the ledger has ${expected - 1} entries, the balance counted ${balance.version}`);
  if (!sameFigures(running, balance)) problems.push(difference(running, balance));
  if (netTokens(balance) !== booked)
    problems.push(`the balance is worth ${netTokens(balance)} tokens, the ledger booked ${booked}`);
  if (openHolds !== null && openHolds !== balance.heldTokens)
    problems.push(`${balance.heldTokens} tokens are held, open reservations add up to ${openHolds}`);
  return problems.map((problem) => ({ ownerId: balance.id, problem }));
}

function entryProblems(entry: AuditedEntry, before: Figures, after: Figures): string[] {
  const problems: string[] = [];
  const moved = netTokens(after) - netTokens(before);
  const says = signedAmount(entry.type, entry.amount);
  if (moved !== says)
    problems.push(`entry ${entry.id} says ${says} (${entry.type}) and moved the balance by ${moved}`);
  const negative = FIGURES.filter((name) => after[name] < 0);
  if (negative.length > 0) problems.push(`${negative.join(', ')} fell below 0 at entry ${entry.id}`);
  if (entry.balanceAfter !== available(after))
    problems.push(
      `entry ${entry.id} noted ${entry.balanceAfter} available, the fold gives ${available(after)}`,
    );
  return problems;
}

function difference(folded: Figures, stored: Figures): string {
  return FIGURES.filter((name) => folded[name] !== stored[name])
    .map((name) => `${name} is ${stored[name]}, its ledger adds up to ${folded[name]}`)
    .join('; ');
}
