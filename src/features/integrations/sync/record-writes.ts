import 'server-only';
import type { Tx } from '@/core/db/db';
import type { Clock } from '@/core/time/clock';
import { crmEntitySchema } from '@/features/crm/schema';
import type { Integration } from '../connections/repository';
import { type ConflictPolicy, type FieldReview, reconcile, type SideState } from './conflicts';
import { diffOf } from './mapped';
import type { RecordStore, StoredRecord } from './records';
import { linkIdOf, type RecordLink, type SyncRepository } from './repository';
import { internalSide, type Settler } from './settler';
import { isAbsorbed, ownRecordOf, withoutErased } from './shared-records';
import { standingIn, standsIn } from './standing';
import { fieldOf } from './values';

export interface WriteDeps {
  repository: SyncRepository;
  records: Pick<RecordStore, 'writeIn' | 'changeIn' | 'forgetErasedIn'>;
  clock: Clock;
}

const DELETED_THERE = 'It was deleted at the vendor and changed here.';

/** What pulling and pushing write alike: conflicts, and records that are gone at the vendor. */
export class RecordWrites {
  constructor(
    readonly deps: WriteDeps,
    readonly integration: Integration,
    readonly settler: Settler,
  ) {}

  /** Opens, renews or closes a record's conflict. @returns what its link says of it; nothing when there was and is none. */
  conflictIn(
    tx: Tx,
    link: Pick<RecordLink, 'entity' | 'externalId' | 'recordId'> & Partial<RecordLink>,
    title: string,
    found: { kind: 'fields' | 'delete'; fields: readonly FieldReview[] } | null,
  ): Partial<RecordLink> {
    const { repository, clock } = this.deps;
    const { id: integrationId, organizationId } = this.integration;
    const ref = repository.conflictRef(linkIdOf(integrationId, link.entity, link.externalId));
    const version = (link.conflictVersion ?? 0) + 1;
    if (!found && !link.conflict) return {};
    if (!found) {
      tx.update(ref, { version, status: 'resolved', resolvedAt: clock.now(), resolvedBy: 'sync' });
      return { conflict: null, conflictVersion: version };
    }
    const { externalId, recordId } = link;
    tx.set(ref, {
      ...{ organizationId, integrationId, externalId, recordId, title, version },
      entity: crmEntitySchema.parse(link.entity),
      kind: found.kind,
      status: 'open',
      fields: [...found.fields],
      detectedAt: clock.now(),
      ...{ resolvedAt: null, resolvedBy: null, choices: null },
    });
    return { conflict: found.kind, conflictVersion: version };
  }

  /** Reads at once what else stands behind a record that {@link goneIn} takes. */
  async othersIn(tx: Tx, link: RecordLink, known: StoredRecord | null): Promise<readonly RecordLink[]> {
    if (!known?.mergedFrom?.length) return [];
    const all = await this.deps.repository.linksOfRecordIn(tx, link.recordId);
    return all.filter(({ id, deleted }) => id !== link.id && !deleted);
  }

  /** Reads at once what is kept beside the records that are erased. What it gives back writes. */
  erasedIn(tx: Tx, links: readonly RecordLink[]): Promise<() => void> {
    if (links.length === 0) return Promise.resolve(() => undefined);
    const erased = links.map((link) => ({ recordId: ownRecordOf(link) }));
    return this.deps.records.forgetErasedIn(tx, this.integration.organizationId, erased);
  }

  /**
   * A record that is gone at the vendor: gone here too, unless somebody changed it here meanwhile. Several behind one record may
   * leave in one commit: the last of them takes the record along.
   * @param erase for good; {@link erasedIn} goes with it.
   * @returns false for one that waits for a person's decision.
   */
  goneIn(
    tx: Tx,
    link: RecordLink,
    stored: StoredRecord | null,
    erase: boolean,
    shared: readonly RecordLink[] = [],
  ): boolean {
    const before = stored ? standingIn(tx, stored.id) : undefined;
    const known = before ? before.record : stored;
    const others = shared.filter(({ id }) => !before?.gone.has(id));
    if (known && others.length > 0) {
      standsIn(tx, this.#leaveIn(tx, link, known, erase, others), link.id);
      return true;
    }
    const { repository, records, clock } = this.deps;
    const ref = repository.linkById(link.id);
    const fields = deletionOf(link, known, erase, {
      policy: this.settler.policy,
      platform: this.integration.platform,
      stamp: clock.now().getTime(),
    });
    if (fields && known) {
      const conflict = this.conflictIn(tx, link, known.title, { kind: 'delete', fields });
      tx.update(ref, { ...conflict, pushDue: null });
      records.changeIn(tx, known, { sync: 'conflict' });
      return false;
    }
    this.deleteIn(tx, link, known, erase);
    return true;
  }

  /** One of several behind a record: the record stays for the others. @returns what stays. */
  #leaveIn(
    tx: Tx,
    link: RecordLink,
    known: StoredRecord,
    erase: boolean,
    others: readonly RecordLink[],
  ): StoredRecord {
    const { repository, records, clock } = this.deps;
    const conflict = this.conflictIn(tx, link, known.title, null);
    tx.update(repository.linkById(link.id), {
      ...{ deleted: true, fieldHash: '', pushDue: null, lastPushed: null, base: erase ? {} : link.base },
      ...conflict,
    });
    if (!erase) return known;
    // Conflicts remember values, and what the record was called.
    if (link.conflictVersion > 0 || conflict.conflictVersion)
      tx.update(repository.conflictRef(link.id), { fields: [], title: '', choices: null });
    for (const { id, externalId, conflictVersion } of others)
      if (conflictVersion > 0) tx.update(repository.conflictRef(id), { title: externalId });
    const facts = isAbsorbed(link)
      ? { externalUrl: known.externalUrl, issues: known.issues }
      : { externalUrl: null, issues: [] };
    const left = { ...known, ...facts, ...withoutErased(known, link, others, clock.now().getTime()) };
    const { id: connectionId } = this.integration;
    const deleted = known.status === 'deleted';
    records.writeIn(tx, { ...left, connectionId }, { ...left, deleted, externalUpdatedAt: null }, known);
    return left;
  }

  deleteIn(tx: Tx, link: RecordLink, known: StoredRecord | null, erase: boolean): void {
    const { repository, records } = this.deps;
    const { id: connectionId, organizationId, platform } = this.integration;
    const { entity, externalId, recordId: id } = link;
    const left = erase || !known ? { fields: {}, provenance: {}, externalUrl: null } : known;
    const { fields, provenance, externalUrl } = left;
    records.writeIn(
      tx,
      { id, organizationId, connectionId, platform, entity, externalId },
      {
        ...{ fields, provenance, externalUrl },
        ...{ issues: [], deleted: true, externalUpdatedAt: null, sync: 'synced' },
      },
      known,
    );
    const conflict = this.conflictIn(tx, link, known?.title ?? externalId, null);
    // A conflict remembers both sides' values as well.
    if (erase && (link.conflictVersion > 0 || conflict.conflictVersion))
      tx.update(repository.conflictRef(link.id), { fields: [], title: '', choices: null });
    // Should it come back, the vendor's values are the newer ones.
    const base = Object.fromEntries(Object.keys(link.base).map((field) => [field, fieldOf(fields, field)]));
    tx.update(repository.linkById(link.id), {
      ...{ deleted: true, fieldHash: '', base: erase ? {} : base, pushDue: null, lastPushed: null },
      ...conflict,
    });
  }
}

/** What of a record that is gone at the vendor was changed here and waits for a person; null where it goes here too. */
export function deletionOf(
  link: Pick<RecordLink, 'base'>,
  known: StoredRecord | null,
  erase: boolean,
  by: { policy: ConflictPolicy; platform: string; stamp: number },
): FieldReview[] | null {
  const internal = internalSide(link.base, {}, known);
  const { policy, platform: actor, stamp } = by;
  const external: SideState = { fields: {}, deleted: true, stamp, stamps: {}, actor };
  const outcome = reconcile({ base: link.base, external, internal, policy });
  // A removal for good is a privacy matter, and nobody's to refuse.
  if (erase || !known || outcome.kind === 'delete') return null;
  return diffOf(link.base, internal.fields).map(({ field, before, after }) => ({
    ...{ field, base: before, external: null, internal: after, reason: DELETED_THERE },
  }));
}
