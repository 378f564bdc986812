import 'server-only';
import type { Tx } from '@/core/db/db';
import type { RecordLink, SyncRepository } from './repository';

/** A vendor's record as whoever merges ours needs to know it. */
interface LinkFacts {
  id: string;
  recordId: string;
  deleted: boolean;
  busy: boolean;
  base: Readonly<Record<string, unknown>>;
}

/** Which record of ours stands for a vendor's, for those who make one of two. */
export class RecordLinks {
  constructor(readonly repository: SyncRepository) {}

  async ofIn(tx: Tx, recordIds: readonly string[]): Promise<LinkFacts[]> {
    const found = await Promise.all(recordIds.map((id) => this.repository.linksOfRecordIn(tx, id)));
    return found.flat().map(factsOf);
  }

  async byIdIn(tx: Tx, ids: readonly string[]): Promise<LinkFacts[]> {
    const found = await tx.getAll(ids.map((id) => this.repository.linkById(id)));
    return found.flatMap((link) => (link ? [factsOf(link)] : []));
  }

  moveIn(tx: Tx, linkId: string, recordId: string): void {
    tx.update(this.repository.linkById(linkId), { recordId });
  }
}

function factsOf({ id, recordId, deleted, pushDue, conflict, base }: RecordLink): LinkFacts {
  return { id, recordId, deleted, base, busy: pushDue !== null || conflict !== null };
}
