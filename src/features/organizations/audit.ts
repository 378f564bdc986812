import 'server-only';
import type { AuditEntry, AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc, Tx } from '@/core/db/db';
import { currentContext } from '@/core/http/context';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { csvLine } from './csv';
import { type AuditView, auditModel } from './schema';

type AuditDoc = Doc<typeof auditModel>;

export interface AuditFilter {
  action?: string | undefined;
  actorId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** Thirteen months: a whole year can be compared with the one before. */
const KEEP_MS = 400 * 24 * 3600_000;
const EXPORT_LIMIT = 50_000;
const CSV_COLUMNS = [
  'at',
  'action',
  'actorName',
  'actorId',
  'apiKeyId',
  'targetType',
  'targetId',
  'targetLabel',
  'facts',
  'ip',
  'requestId',
] as const;

/**
 * Every privileged action, written in the transaction of the action itself: neither happens without the other.
 * Other rooms get it injected as an interface with `append`.
 */
export class AuditLog implements AuditTrail {
  static getInstance(): AuditLog {
    return singleton<AuditLog>('AuditLog');
  }

  constructor(
    readonly db: Db,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  append(
    tx: Tx,
    actor: Pick<Actor, 'userId' | 'organizationId' | 'displayName' | 'apiKeyId'>,
    entry: AuditEntry,
  ): void {
    const now = this.clock.now();
    const context = currentContext();
    tx.create(this.db.doc(auditModel, this.ids.next()), {
      organizationId: actor.organizationId,
      action: entry.action,
      actorId: actor.userId,
      actorName: actor.displayName ?? actor.userId,
      apiKeyId: actor.apiKeyId ?? null,
      targetType: entry.target.type,
      targetId: entry.target.id,
      targetLabel: entry.target.label,
      facts: entry.facts ?? {},
      at: now,
      ip: context?.ip ?? null,
      userAgent: context?.userAgent ?? null,
      requestId: context?.requestId ?? null,
      expiresAt: new Date(now.getTime() + KEEP_MS),
    });
  }

  /** Newest first. */
  async list(organizationId: string, filter: AuditFilter, page: PageQuery): Promise<Page<AuditView>> {
    const { items, cursor } = await this.db.page(this.#query(organizationId, filter), page, { field: 'at' });
    return { items: items.map(toView), cursor };
  }

  /** The filtered log as CSV, page by page, never held as a whole. Ends after 50 000 rows with a line that says so. */
  async *csv(organizationId: string, filter: AuditFilter): AsyncGenerator<string> {
    yield csvLine([...CSV_COLUMNS]);
    let rows = 0;
    let last: AuditDoc | undefined;
    for await (const row of this.db.scan(this.#query(organizationId, filter), { field: 'at' })) {
      if (rows === EXPORT_LIMIT) {
        yield csvLine([`Cut after ${EXPORT_LIMIT} rows. Continue with to=${last?.at.toISOString()}`]);
        return;
      }
      yield csvLine(CSV_COLUMNS.map((column) => asText(row[column])));
      rows += 1;
      last = row;
    }
  }

  #query(organizationId: string, filter: AuditFilter) {
    let query = this.db.collection(auditModel).where('organizationId', '==', organizationId);
    if (filter.action) query = query.where('action', '==', filter.action);
    if (filter.actorId) query = query.where('actorId', '==', filter.actorId);
    if (filter.from) query = query.where('at', '>=', filter.from);
    if (filter.to) query = query.where('at', '<=', filter.to);
    return query;
  }
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function toView({
  organizationId: _o,
  expiresAt: _e,
  createdAt: _c,
  updatedAt: _u,
  ...view
}: AuditDoc): AuditView {
  return view;
}
