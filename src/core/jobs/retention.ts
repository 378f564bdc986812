import 'server-only';
import { type Query, Timestamp } from 'firebase-admin/firestore';
import type { Db } from '@/core/db/db';

const PAGE = 300;
/** Firestore's own deletion may lag by a day; what is still there after that, nobody deletes but us. */
const GRACE_MS = 24 * 3600_000;

/**
 * Deletes what expired more than a day ago. On Google Cloud the TTL policies of `firestore.indexes.json` do this at no
 * cost and nothing is found here; emulators and projects without those policies need it.
 *
 * @param collections paths of models; of a subcollection, those of all its parents.
 * @returns how many documents were deleted, by collection.
 */
export async function purgeExpired(
  db: Db,
  collections: readonly string[],
  options: { now: Date; open: () => boolean },
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const before = Timestamp.fromMillis(options.now.getTime() - GRACE_MS);
  for (const name of collections) {
    counts[name] = 0;
    for (let found = PAGE; found === PAGE && options.open(); ) {
      const expired = collectionOf(db, name).where('expiresAt', '<', before).orderBy('expiresAt').limit(PAGE);
      const snapshot = await expired.select().get();
      const batch = db.batch();
      for (const { ref } of snapshot.docs) batch.delete(ref);
      if (snapshot.size > 0) await batch.commit();
      found = snapshot.size;
      counts[name] += found;
    }
  }
  return counts;
}

function collectionOf({ firestore }: Db, path: string): Query {
  const [name = path, parent] = path.split('/').reverse();
  return parent === undefined ? firestore.collection(name) : firestore.collectionGroup(name);
}
