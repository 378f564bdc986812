import 'server-only';
import type { Tx } from '@/core/db/db';
import type { Clock } from '@/core/time/clock';
import type { RecordStore, StoredRecord } from './records';
import type { RecordLink, SyncRepository } from './repository';
import { ownRecordOf, withoutErased } from './shared-records';

export interface ReleaseDeps {
  repository: SyncRepository;
  records: Pick<RecordStore, 'getIn' | 'writeIn' | 'changeIn'>;
  clock: Clock;
}

/** Parts what people merged across connections when one of those is deleted with all it brought. */
export class SharedRelease {
  constructor(readonly deps: ReleaseDeps) {}

  /** What is left of one record, and of those that were merged with it, belongs to other connections alone. */
  async release(integrationId: string, leavingId: string): Promise<void> {
    const { repository, records } = this.deps;
    await repository.run(async (tx) => {
      // Merged into one that was itself merged since: its link knows where it went.
      const recordId = (await tx.get(repository.linkById(leavingId)))?.recordId ?? leavingId;
      const links = await repository.linksOfRecordIn(tx, recordId);
      const leaving = links.filter((link) => link.integrationId === integrationId);
      const others = links.filter((link) => link.integrationId !== integrationId && !link.deleted);
      const [record] = await records.getIn(tx, [recordId]);
      const tombstones = await records.getIn(tx, others.map(ownRecordOf));
      if (leaving.length === 0 || others.length === 0 || !record) return;
      if (leaving.some((link) => ownRecordOf(link) === recordId))
        for (const [at, link] of others.entries()) this.#reviveIn(tx, link, tombstones[at] ?? null);
      else this.#stripIn(tx, record, leaving, others);
      for (const { id } of leaving) tx.delete(repository.linkById(id));
    });
  }

  /** The record that stayed is deleted: the others are records of their own again, as their vendors have them. */
  #reviveIn(tx: Tx, link: RecordLink, tombstone: StoredRecord | null): void {
    if (!tombstone) return;
    const { repository, records, clock } = this.deps;
    const { organizationId, connectionId, base } = link;
    const id = ownRecordOf(link);
    const { platform, externalUrl, entity, externalId } = tombstone;
    const stamp = clock.now().getTime();
    const past = { source: 'external' as const, actor: platform, strategy: null, stamp, history: [] };
    const provenance = Object.fromEntries(Object.keys(base).map((field) => [field, past]));
    records.writeIn(
      tx,
      { id, organizationId, connectionId, platform, entity, externalId },
      {
        ...{ fields: base, provenance, externalUrl, issues: [], deleted: false },
        ...{ externalUpdatedAt: tombstone.externalUpdatedAt, sync: 'synced' },
      },
      tombstone,
    );
    tx.update(repository.linkById(link.id), { recordId: id });
  }

  /** A record that was merged is deleted: what came from it goes. */
  #stripIn(
    tx: Tx,
    record: StoredRecord,
    leaving: readonly RecordLink[],
    others: readonly RecordLink[],
  ): void {
    const stamp = this.deps.clock.now().getTime();
    let left = record;
    for (const link of leaving) left = { ...left, ...withoutErased(left, link, others, stamp) };
    const { fields, provenance } = left;
    this.deps.records.changeIn(tx, record, { stored: { fields, provenance }, sync: record.sync });
  }
}
