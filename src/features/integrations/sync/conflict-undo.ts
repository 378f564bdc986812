import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { LockService } from '@/core/locks/locks';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import type { Expressions } from '../mapping/mapper';
import type { DataMapping, MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter, VendorRecord, VendorSession } from '../providers/types';
import { present, toView, withChoice } from './conflict-service';
import { type MappedRecord, mappingVersionOf, mapVendorRecord } from './mapped';
import { lockOf } from './outbound';
import { outward, writableRules } from './outward';
import type { RecordStore, StoredRecord } from './records';
import type { RecordLink, SyncConflict, SyncRepository } from './repository';
import type { ConflictView, UndoBody } from './schema';
import { fieldOf, same } from './values';

export interface UndoDeps {
  repository: SyncRepository;
  integrations: Pick<IntegrationRepository, 'get'>;
  mappings: Pick<MappingRepository, 'entity'>;
  records: RecordStore;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session(integrationId: string, signal: AbortSignal): VendorSession;
  expressions: Expressions;
  locks: Pick<LockService, 'withLock'>;
  audit: AuditTrail;
  clock: Clock;
}

const LEASE_MS = 60_000;
const CALL_MS = 30_000;

/** What both sides stand at when a settled conflict is opened again. */
interface Undo {
  integration: Integration;
  conflict: SyncConflict;
  choices: NonNullable<SyncConflict['choices']>;
  mappings: readonly DataMapping[];
  adapter: IntegrationAdapter;
  session: VendorSession;
}

/** Takes a person's word on a conflict back: both sides get the values they had, and the conflict is open again. */
export class ConflictUndo {
  static getInstance(): ConflictUndo {
    return singleton<ConflictUndo>('ConflictUndo');
  }

  constructor(readonly deps: UndoDeps) {}

  /**
   * The vendor gets its value back first; should the process die after that, undoing once more ends it.
   * @throws ConflictError where a side changed since, and while a sync of these records runs.
   */
  async undo(actor: Actor, id: string, { expectedVersion }: UndoBody): Promise<ConflictView> {
    const { repository, integrations, adapters, mappings, session, locks } = this.deps;
    const conflict = present(await repository.db.get(repository.conflictRef(id)), actor);
    const choices = requireUndoable(conflict, expectedVersion);
    const { integrationId, entity } = conflict;
    const integration = await integrations.get(actor.organizationId, integrationId);
    const adapter = integration && adapters.get(integration.type);
    if (!integration || !adapter) throw new NotFoundError('This conflict');
    if (integration.status === 'disconnected' || integration.status === 'reauth_required')
      throw new ConflictError('Its connection does not work now. Reconnect it, then undo.');
    const rules = await mappings.entity(actor.organizationId, integration.type, entity);
    const done = await locks.withLock(lockOf(integrationId, entity), { ttlMs: LEASE_MS }, (_lock, lost) => {
      const signal = AbortSignal.any([lost, AbortSignal.timeout(CALL_MS)]);
      const undo = { integration, conflict, choices, mappings: rules, adapter };
      return this.#undo(actor, { ...undo, session: session(integrationId, signal) });
    });
    if (!done.acquired)
      throw new ConflictError('These records are being synced just now. Try again in a minute.');
    return toView(present(await repository.db.get(repository.conflictRef(id)), actor));
  }

  async #undo(actor: Actor, undo: Undo): Promise<void> {
    const { adapter, session, conflict, mappings } = undo;
    const fields = mappings.map(({ externalField }) => externalField);
    const [vendor] = await adapter.fetchByIds(session, conflict.entity, [conflict.externalId], fields);
    const hash = conflict.kind === 'fields' ? await this.#restoreThere(undo, vendor) : '';
    if (conflict.kind === 'delete' && vendor)
      throw new ConflictError('It is there again at the vendor. The next sync brings it.');
    await this.#reopen(actor, undo, hash);
  }

  /** @returns the hash of the vendor's record as it is then. */
  async #restoreThere(undo: Undo, vendor: VendorRecord | undefined): Promise<string> {
    const { adapter, session, conflict, choices, mappings } = undo;
    if (!vendor) throw new ConflictError('It was deleted at the vendor since.');
    const { record } = await this.deps.repository.commit((tx) => this.#read(tx, undo));
    requireUntouched(conflict, choices, record);
    const mapped = await this.#mapped(vendor, mappings);
    const theirs = (field: string) => fieldOf(mapped.fields, field);
    const moved = conflict.fields.filter(
      (one) => !same(theirs(one.field), one.external) && !same(theirs(one.field), agreed(one, choices)),
    );
    if (moved.length > 0) throw changed('at the vendor', moved);
    const back = conflict.fields.filter(({ field, external }) => !same(theirs(field), external));
    const rules = writableRules(mappings, adapter.writer, conflict.entity);
    const values = outward(Object.fromEntries(back.map(({ field, external }) => [field, external])), rules);
    if (Object.keys(values).length === 0 || !adapter.writer) return mapped.hash;
    const expected = await this.#mapped(adapter.writer.applied(vendor, values), mappings);
    await this.#announce(conflict.id, expected);
    const [outcome] = await adapter.writer.batchUpdate(session, conflict.entity, [
      { externalId: conflict.externalId, values },
    ]);
    if (outcome?.ok) return expected.hash;
    throw new ConflictError(`The vendor did not take its value back: ${outcome?.message ?? 'no answer'}`);
  }

  /** What the vendor gets back is no edit of its own when it is read. */
  #announce(linkId: string, expected: MappedRecord): Promise<void> {
    const { repository } = this.deps;
    return repository.commit(async (tx) => {
      const link = await tx.get(repository.linkById(linkId));
      if (link) tx.update(repository.linkById(linkId), { lastPushed: expected.fields });
    });
  }

  async #reopen(actor: Actor, undo: Undo, fieldHash: string): Promise<void> {
    const { repository, audit } = this.deps;
    const { conflict: known, choices } = undo;
    await repository.commit(async (tx) => {
      const { conflict, link, record } = await this.#read(tx, undo);
      if (conflict.version !== known.version) throw stale();
      requireUntouched(conflict, choices, record);
      this.#restoreHere(tx, actor, undo, record);
      const version = conflict.version + 1;
      tx.update(repository.conflictRef(conflict.id), {
        ...{ status: 'open', version, resolvedAt: null, resolvedBy: null, choices: null },
      });
      const before = Object.fromEntries(conflict.fields.map(({ field, base }) => [field, base]));
      tx.update(repository.linkById(link.id), {
        ...{ base: { ...link.base, ...before }, fieldHash, lastPushed: null, deleted: false },
        ...{ conflict: conflict.kind, conflictVersion: version },
        pushDue: othersDue(conflict, link, record) ? link.pushDue : null,
      });
      audit.append(tx, actor, {
        action: 'integration.conflict_undone',
        target: { type: 'sync_conflict', id: conflict.id, label: conflict.recordId },
        facts: { fields: conflict.fields.map(({ field }) => field) },
      });
    });
  }

  #restoreHere(
    tx: Tx,
    { userId }: Actor,
    { integration, conflict, choices }: Undo,
    record: StoredRecord,
  ): void {
    const { records, clock } = this.deps;
    if (conflict.kind === 'delete') {
      const { id, organizationId, entity, externalId, fields, provenance, externalUrl } = record;
      const { id: connectionId, platform } = integration;
      const state = { fields, provenance, externalUrl, issues: [], externalUpdatedAt: null };
      records.writeIn(
        tx,
        { id, organizationId, connectionId, platform, entity, externalId },
        { ...state, deleted: false, sync: 'conflict' },
        record,
      );
      return;
    }
    const ours = conflict.fields.filter(({ field }) => choices[field] === 'external');
    const values = Object.fromEntries(ours.map(({ field, internal }) => [field, internal]));
    const stored = withChoice(record, values, userId, clock.now().getTime());
    records.changeIn(tx, record, { ...(stored ? { stored } : {}), sync: 'conflict' });
  }

  async #read(tx: Tx, { conflict: { id, recordId } }: Undo) {
    const { repository, records } = this.deps;
    const conflict = await tx.get(repository.conflictRef(id));
    const link = await tx.get(repository.linkById(id));
    const [record] = await records.getIn(tx, [recordId]);
    if (!conflict || !link || !record) throw new NotFoundError('This conflict');
    return { conflict, link, record };
  }

  #mapped(vendor: VendorRecord, mappings: readonly DataMapping[]): Promise<MappedRecord> {
    return mapVendorRecord(vendor, mappings, mappingVersionOf(mappings), this.deps.expressions);
  }
}

type ConflictField = SyncConflict['fields'][number];

function requireUndoable(conflict: SyncConflict, expectedVersion: number): Undo['choices'] {
  if (conflict.status !== 'resolved' || conflict.version !== expectedVersion) throw stale();
  if (!conflict.choices)
    throw new ConflictError('Nobody decided this: the sides came to agree by themselves.');
  return conflict.choices;
}

/** The value that both sides were to have. */
function agreed({ field, external, internal }: ConflictField, choices: Undo['choices']): unknown {
  return choices[field] === 'external' ? external : internal;
}

/** @throws ConflictError naming what was changed here since the conflict was settled. */
function requireUntouched(conflict: SyncConflict, choices: Undo['choices'], record: StoredRecord): void {
  const wanted = (one: ConflictField) => (conflict.kind === 'delete' ? one.internal : agreed(one, choices));
  const moved = conflict.fields.filter((one) => !same(fieldOf(record.fields, one.field), wanted(one)));
  if (moved.length > 0) throw changed('here', moved);
}

/** Other fields of the record that were changed here and still have to go out. */
function othersDue(conflict: SyncConflict, link: RecordLink, record: StoredRecord): boolean {
  const own = new Set(conflict.fields.map(({ field }) => field));
  return Object.keys(link.base).some(
    (field) => !own.has(field) && !same(fieldOf(link.base, field), fieldOf(record.fields, field)),
  );
}

function changed(where: string, fields: readonly ConflictField[]): ConflictError {
  const names = fields.map(({ field }) => field).join(', ');
  return new ConflictError(`It was changed ${where} since, so it cannot be undone: ${names}.`);
}

function stale(): ConflictError {
  return new ConflictError('This conflict changed meanwhile. Look at it again.', 'stale_version');
}
