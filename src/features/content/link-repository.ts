import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import { type Db, isAlreadyExists } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { clickShardModel, type ShortLink, shortLinkModel } from './link-schema';

/** More visits in one second than this, on one link and over all processes, wait for each other. */
const SHARDS = 16;

/** Short links, and the visits of each. */
export class LinkRepository {
  constructor(readonly db: Db) {}

  link(id: string): Promise<ShortLink | null> {
    return this.db.get(this.db.doc(shortLinkModel, id));
  }

  links(ids: readonly string[]): Promise<(ShortLink | null)[]> {
    return this.db.getAll(ids.map((id) => this.db.doc(shortLinkModel, id)));
  }

  /** @returns what is stored: this one, or the one somebody else stored first. */
  async create(id: string, link: NewDoc<typeof shortLinkModel>): Promise<ShortLink | null> {
    try {
      await this.db.create(this.db.doc(shortLinkModel, id), link);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return this.link(id);
  }

  ofPost(organizationId: string, postId: string): Promise<ShortLink[]> {
    return this.db.find(
      this.db
        .collection(shortLinkModel)
        .where('organizationId', '==', organizationId)
        .where('postId', '==', postId)
        .limit(500),
    );
  }

  ofRun(organizationId: string, runId: string): Promise<ShortLink[]> {
    return this.db.find(
      this.db
        .collection(shortLinkModel)
        .where('organizationId', '==', organizationId)
        .where('runId', '==', runId)
        .limit(200),
    );
  }

  /** @param random 0 ≤ random < 1: which of the link's counters takes it. */
  async addClicks(link: ShortLink, count: number, random: number): Promise<void> {
    const ref = this.db.doc(clickShardModel, `${link.id}_${Math.floor(random * SHARDS)}`);
    const { organizationId, runId } = link;
    await this.db.firestore.doc(ref.path).set(
      {
        organizationId,
        runId,
        linkId: link.id,
        count: FieldValue.increment(count),
        createdAt: FieldValue.serverTimestamp(),
        updatedAt: FieldValue.serverTimestamp(),
      },
      { merge: true },
    );
  }

  /** Visits of each link of a run, by the link's id. */
  async clicksOfRun(runId: string): Promise<Map<string, number>> {
    const shards = await this.db.find(
      this.db.collection(clickShardModel).where('runId', '==', runId).limit(2_000),
    );
    const sums = new Map<string, number>();
    for (const { linkId, count } of shards) sums.set(linkId, (sums.get(linkId) ?? 0) + count);
    return sums;
  }
}
