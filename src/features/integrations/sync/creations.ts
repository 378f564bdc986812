import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import type { Tx } from '@/core/db/db';
import { ExternalServiceError } from '@/core/errors';
import type { Integration } from '../connections/repository';
import type {
  CreatedRecord,
  CreateOutcome,
  IntegrationAdapter,
  VendorCreation,
  VendorCreator,
  VendorSession,
} from '../providers/types';
import { outward } from './outward';
import type { RecordStore, StoredRecord } from './records';
import type { RecordLink, SyncRepository } from './repository';
import type { Settler } from './settler';

/** What could not be told, or was refused for a passing reason, is looked at again after this. */
export const LATER_MS = 60_000;
const NOT_TRIED = { firstTriedAt: null, lastTriedAt: null };

export interface CreationDeps {
  repository: SyncRepository;
  records: RecordStore;
}

export interface CreationRun {
  integration: Integration;
  entity: string;
  adapter: Pick<IntegrationAdapter, 'orderOf' | 'recordUrl'>;
  creator: VendorCreator;
  session: VendorSession;
  settler: Settler;
  now: Date;
}

interface Pending {
  link: RecordLink;
  record: StoredRecord;
  creation: VendorCreation;
}

/**
 * Brings records that are only here to the vendor. That one is sent is written before it is, so that whoever comes after a process
 * that died in between looks for it first, and so that reading the vendor does not bring it here a second time.
 */
export class EntityCreations {
  constructor(
    readonly deps: CreationDeps,
    readonly run: CreationRun,
  ) {}

  /** @returns whether some are to be tried again later. @throws what the vendor's call threw; what is left stays due. */
  async make(links: readonly RecordLink[]): Promise<boolean> {
    const { creator, session, entity, now } = this.run;
    const pending = await this.#pending(links);
    const kept = new Set(pending.map(({ link }) => link.id));
    await this.#drop(links.filter(({ id }) => !kept.has(id)));
    if (pending.length === 0) return false;
    const creations = pending.map(({ creation }) => creation);
    const found = await creator.findCreated(session, entity, creations);
    const told = new Set(found.map(({ key }) => key));
    const rest = pending.filter(({ creation }) => !told.has(creation.key));
    await this.#commit(pending, found);
    if (rest.length === 0) return found.some(isLater);
    await this.#note(rest, (known) => ({ firstTriedAt: known.firstTriedAt ?? now, lastTriedAt: now }));
    const made = await this.#sent(rest);
    await this.#commit(rest, made);
    return [...found, ...made].some(isLater);
  }

  /** Links those that got there although nobody heard of it. @throws ExternalServiceError while that cannot be told. */
  async recover(links: readonly RecordLink[]): Promise<void> {
    const { creator, session, entity } = this.run;
    const pending = await this.#pending(links.filter(({ creation }) => creation?.firstTriedAt));
    if (pending.length === 0) return;
    const creations = pending.map(({ creation }) => creation);
    const found = await creator.findCreated(session, entity, creations);
    await this.#commit(pending, found);
    if (found.some(isLater)) throw later(this.run.integration.type);
  }

  /** What would be sent, by our own fields. */
  async preview(links: readonly RecordLink[]): Promise<StoredRecord[]> {
    return (await this.#pending(links)).map(({ record }) => record);
  }

  async #sent(rest: readonly Pending[]): Promise<readonly CreateOutcome[]> {
    const { creator, session, entity } = this.run;
    try {
      return await creator.batchCreate(
        session,
        entity,
        rest.map(({ creation }) => creation),
      );
    } catch (error) {
      if (error instanceof ExternalServiceError && error.outcome !== 'unknown') {
        const before = new Map(rest.map(({ link }) => [link.id, link.creation ?? NOT_TRIED]));
        await this.#note(rest, (_, id) => before.get(id) ?? NOT_TRIED);
      }
      throw error;
    }
  }

  async #pending(links: readonly RecordLink[]): Promise<Pending[]> {
    const { repository, records } = this.deps;
    const { settler } = this.run;
    if (links.length === 0) return [];
    const ids = links.map(({ recordId }) => recordId);
    const stored = await repository.commit((tx) => records.getIn(tx, ids));
    return links.flatMap((link, at): Pending[] => {
      const record = stored[at];
      if (!record || !link.creation) return [];
      const { firstTriedAt: first, lastTriedAt } = link.creation;
      const tried = first ? { first, last: lastTriedAt ?? first } : null;
      const values = outward(record.fields, settler.rules);
      return [{ link, record, creation: { key: keyOf(record.id), values, tried } }];
    });
  }

  /** Whose record is gone, nobody waits for. */
  async #drop(links: readonly RecordLink[]): Promise<void> {
    const { repository } = this.deps;
    if (links.length === 0) return;
    await repository.commit(async (tx) => {
      const refs = links.map(({ id }) => repository.linkById(id));
      await tx.getAll(refs);
      for (const ref of refs) tx.delete(ref);
    });
  }

  #note(
    pending: readonly Pending[],
    next: (known: NonNullable<RecordLink['creation']>, id: string) => NonNullable<RecordLink['creation']>,
  ): Promise<void> {
    const { repository } = this.deps;
    return repository.commit(async (tx) => {
      const links = await tx.getAll(pending.map(({ link }) => repository.linkById(link.id)));
      for (const link of links)
        if (link?.creation)
          tx.update(repository.linkById(link.id), { creation: next(link.creation, link.id) });
    });
  }

  async #commit(pending: readonly Pending[], outcomes: readonly CreateOutcome[]): Promise<void> {
    const { repository, records } = this.deps;
    const { integration, entity } = this.run;
    const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]));
    const told = pending.flatMap((one) => {
      const outcome = byKey.get(one.creation.key);
      return outcome && !isLater(outcome) ? [{ ...one, outcome }] : [];
    });
    if (told.length === 0) return;
    await repository.commit(async (tx) => {
      const fresh = await tx.getAll(told.map(({ link }) => repository.linkById(link.id)));
      const stored = await records.getIn(
        tx,
        told.map(({ record }) => record.id),
      );
      const targets = await tx.getAll(
        told.map(({ outcome }) => repository.linkRef(integration.id, entity, idOf(outcome))),
      );
      for (const [at, { record: sent, outcome }] of told.entries()) {
        const link = fresh[at];
        const record = stored[at];
        if (!link?.creation || !record) continue;
        if (outcome.ok) this.#linkIn(tx, link, { record, sent, outcome, target: targets[at] ?? null });
        else this.#refuseIn(tx, link, record, outcome.message);
      }
    });
  }

  #linkIn(
    tx: Tx,
    pending: RecordLink,
    made: {
      record: StoredRecord;
      sent: StoredRecord;
      outcome: CreatedRecord;
      target: RecordLink | null;
    },
  ): void {
    const { repository, records } = this.deps;
    const { integration, entity, adapter, now, settler } = this.run;
    const { record, sent, outcome, target } = made;
    const { externalId } = outcome;
    if (target && !target.deleted && target.recordId !== record.id) {
      const message =
        'The vendor has this record already, and it is here under another entry. Change that one.';
      this.#refuseIn(tx, pending, record, message);
      return;
    }
    // What the vendor makes of the values it was sent is its own change; what it had before is nothing that was agreed on.
    const agreed = Object.entries(sent.fields).filter(([field]) => settler.rules.has(field));
    tx.set(repository.linkRef(integration.id, entity, externalId), {
      ...{ organizationId: integration.organizationId, integrationId: integration.id },
      ...{ connectionId: integration.id, entity, externalId, recordId: record.id, ownRecordId: record.id },
      ...{ order: adapter.orderOf(externalId), shardKey: 'primary', role: 'primary', home: null },
      ...{ fieldHash: '', base: outcome.made ? Object.fromEntries(agreed) : {}, lastPushed: null },
      ...{ aliases: target?.aliases ?? [], deleted: false, pushDue: now, creation: null },
      ...{ conflict: null, conflictVersion: target?.conflictVersion ?? 0 },
    });
    tx.delete(repository.linkById(pending.id));
    const externalUrl = adapter.recordUrl(integration, entity, externalId);
    records.linkedIn(tx, record, { externalId, externalUrl });
  }

  #refuseIn(tx: Tx, link: RecordLink, record: StoredRecord, message: string): void {
    const { repository, records } = this.deps;
    tx.update(repository.linkById(link.id), { pushDue: null, creation: NOT_TRIED });
    records.changeIn(tx, record, { sync: 'refused', message });
  }
}

/** For a queue to come back to what is left. */
export function later(provider: string): ExternalServiceError {
  return new ExternalServiceError('Some records cannot be written just now.', {
    provider,
    kind: 'unavailable',
    retryable: true,
    retryAfterMs: LATER_MS,
    outcome: 'rejected',
    vendorCode: 'later',
  });
}

/** Small letters and digits alone: systems that do not tell case apart must find it again. */
function keyOf(recordId: string): string {
  return sha256hex(recordId).slice(0, 32);
}

function idOf(outcome: CreateOutcome): string {
  return outcome.ok ? outcome.externalId : '';
}

function isLater(outcome: CreateOutcome): boolean {
  return !outcome.ok && outcome.later === true;
}
