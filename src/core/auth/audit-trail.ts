import type { Tx } from '@/core/db/db';
import type { Actor } from './principal';

export interface AuditEntry {
  /** `member.role_changed`: the thing, then what happened to it. */
  action: string;
  target: { type: string; id: string; label: string };
  /** Plain values, never secrets. */
  facts?: Record<string, string | number | boolean | string[] | null>;
}

/** The organisation's audit log, as every room gets it: written in the transaction of the action itself. */
export interface AuditTrail {
  append(
    tx: Tx,
    actor: Pick<Actor, 'userId' | 'organizationId' | 'displayName' | 'apiKeyId'>,
    entry: AuditEntry,
  ): void;
}
