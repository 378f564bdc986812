import 'server-only';
import type { Db } from '@/core/db/db';
import { dedupCandidateModel, dedupMergeModel } from './schema';

/** What one query may ask for. */
const AT_ONCE = 30;

/** Pairs and merges of records that are forgotten. Which two were kept apart stays known, by their ids alone. */
export async function forgetPairs(db: Db, recordIds: readonly string[]): Promise<void> {
  for (let at = 0; at < recordIds.length; at += AT_ONCE) {
    const ids = recordIds.slice(at, at + AT_ONCE);
    const pairs = await db.find(
      db.collection(dedupCandidateModel).where('recordIds', 'array-contains-any', ids),
    );
    const merges = await Promise.all(
      ['survivorId', 'loserId'].map((side) => db.find(db.collection(dedupMergeModel).where(side, 'in', ids))),
    );
    const batch = db.batch();
    for (const { id, status } of pairs) {
      const ref = db.firestore.collection(dedupCandidateModel.path).doc(id);
      if (status === 'kept_apart') batch.update(ref, { evidence: [], titles: ['', ''] });
      else batch.delete(ref);
    }
    for (const { id } of merges.flat()) batch.delete(db.firestore.collection(dedupMergeModel.path).doc(id));
    await batch.commit();
  }
}
