import type { RateLevel } from './schema';
import {
  PLAIN_OPERATION,
  TENANT_ACCOUNTS,
  type VendorLimits,
  vendorLimits,
  type WindowRule,
} from './vendors.data';

/** Whose call it is, and what its organisation allows itself below what the vendor allows. */
export interface CallSubject {
  vendor: string;
  organizationId: string;
  integrationId: string;
  /** The vendor's id of the account. */
  accountId: string;
  limits: OwnLimits;
}

export interface OwnLimits {
  tenant: number | null;
  integration: number | null;
  operations: Readonly<Record<string, number>>;
}

export const NO_LIMITS: OwnLimits = { tenant: null, integration: null, operations: {} };

/** One window a call is counted in. */
export interface LevelWindow {
  level: RateLevel;
  operation: string | null;
  /** Without the time of its step. */
  name: string;
  rule: WindowRule;
  /** The most it may be set to. */
  max: number;
  /** Follows the multiplier. What an organisation may do in all does not: its other connections have done nothing. */
  paced: boolean;
}

/** A hash tag: all that one script touches lies in one slot, so a vendor's accounts share one. */
const tag = (vendor: string) => `{${vendor}}`;

export function adaptiveKey({ vendor, integrationId }: CallSubject): string {
  return `ratelimit_adaptive:${integrationId}${tag(vendor)}`;
}

export function queuedKey({ vendor, integrationId }: CallSubject): string {
  return `ratelimit_queued:${integrationId}${tag(vendor)}`;
}

export function runningKey({ vendor, accountId }: CallSubject): string {
  return `ratelimit_running:account_${accountId}${tag(vendor)}`;
}

/** An operation with a limit of its own is stopped by itself. */
export function pauseKey({ vendor, accountId }: CallSubject, operation: string | null): string {
  return `ratelimit_pause:account_${accountId}${tag(vendor)}:${operation ?? 'all'}`;
}

/** `message:C1` is a `message`. */
export function kindOf(operation: string): string {
  return operation.split(':', 1)[0] ?? operation;
}

/** The operation a vendor's "wait" is about. */
export function pausedBy(subject: CallSubject, operation: string): string | null {
  return vendorLimits(subject.vendor).operations[kindOf(operation)] ? operation : null;
}

function windowName(subject: string, vendor: string, operation: string): string {
  return `ratelimit:${subject}${tag(vendor)}:${operation}`;
}

/** Tenant, integration and account, which every call is counted in. */
function wideWindows(subject: CallSubject, { account }: VendorLimits) {
  const { vendor, organizationId, integrationId, accountId, limits } = subject;
  const all = (
    level: 'tenant' | 'integration' | 'account',
    name: string,
    max: number,
    own: number | null,
  ): LevelWindow => ({
    ...{ level, max },
    operation: null,
    name: windowName(name, vendor, 'all'),
    rule: { ...account, limit: Math.min(own ?? max, max) },
    paced: level !== 'tenant',
  });
  return {
    tenant: all('tenant', `tenant_${organizationId}`, account.limit * TENANT_ACCOUNTS, limits.tenant),
    integration: all('integration', integrationId, account.limit, limits.integration),
    account: all('account', `account_${accountId}`, account.limit, null),
  };
}

function operationWindow(subject: CallSubject, facts: VendorLimits, operation: string): LevelWindow {
  const kind = kindOf(operation);
  const rule = facts.operations[kind] ?? facts.account;
  return {
    level: 'operation',
    operation,
    name: windowName(subject.integrationId, subject.vendor, operation),
    rule: { ...rule, limit: Math.min(subject.limits.operations[kind] ?? rule.limit, rule.limit) },
    max: rule.limit,
    paced: true,
  };
}

/** The vendor counts the account's calls of this kind, whoever makes them. */
function accountOperation(subject: CallSubject, facts: VendorLimits, operation: string): LevelWindow[] {
  const rule = facts.operations[kindOf(operation)];
  if (!rule) return [];
  const name = windowName(`account_${subject.accountId}`, subject.vendor, operation);
  return [{ level: 'account', operation, name, rule, max: rule.limit, paced: true }];
}

/** Every window a call is counted in, from the widest to the vendor's own. */
export function windowsOf(subject: CallSubject, operation: string): LevelWindow[] {
  const facts = vendorLimits(subject.vendor);
  const { tenant, integration, account } = wideWindows(subject, facts);
  return [
    tenant,
    integration,
    operationWindow(subject, facts, operation),
    account,
    ...accountOperation(subject, facts, operation),
  ];
}

/** Every window there is of a connection, for people. */
export function allWindows(subject: CallSubject): LevelWindow[] {
  const facts = vendorLimits(subject.vendor);
  const { tenant, integration, account } = wideWindows(subject, facts);
  const operations = [PLAIN_OPERATION, ...Object.keys(facts.operations)];
  return [
    tenant,
    integration,
    ...operations.map((operation) => operationWindow(subject, facts, operation)),
    account,
    ...operations.flatMap((operation) => accountOperation(subject, facts, operation)),
  ];
}
