import 'server-only';
import { FieldPath, type Query, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { countReads, countWrites, type Db } from './db';
import { timestampsToDates } from './model';

const PAGE = 300;

/**
 * Documents as they lie in the database, whatever feature wrote them: for exports and deletions, which must not depend on every
 * schema of today fitting every document of yesterday. Everything else goes through models.
 */
export class RawDocuments {
  constructor(readonly db: Db) {}

  /** Documents whose field has that value; with `group`, of subcollections of that name everywhere. */
  where(collection: { name: string; group?: boolean }, field: string, value: string): Query {
    const { firestore } = this.db;
    const all = collection.group
      ? firestore.collectionGroup(collection.name)
      : firestore.collection(collection.name);
    return all.where(field, '==', value);
  }

  /** Subcollections that a document has. */
  async subcollections(path: string): Promise<{ name: string; query: Query }[]> {
    const collections = await this.db.firestore.doc(path).listCollections();
    return collections.map((collection) => ({ name: collection.id, query: collection }));
  }

  /** Plain rows in bounded memory, without the fields in `omit`. */
  async *rows(query: Query, omit: readonly string[] = []): AsyncGenerator<Record<string, unknown>> {
    let after: QueryDocumentSnapshot | undefined;
    for (;;) {
      const ordered = query.orderBy(FieldPath.documentId()).limit(PAGE);
      const page = await (after ? ordered.startAfter(after) : ordered).get();
      countReads(Math.max(1, page.size));
      for (const doc of page.docs) {
        const data = timestampsToDates(doc.data()) as Record<string, unknown>;
        const shown = Object.entries(data).filter(([field]) => !omit.includes(field));
        yield { id: doc.id, ...Object.fromEntries(shown) };
      }
      after = page.docs.at(-1);
      if (page.size < PAGE) return;
    }
  }

  /** Deletes some documents of a query. @returns how many; 0 when none is left. */
  async deleteSome(query: Query): Promise<number> {
    const page = await query.limit(PAGE).get();
    countReads(Math.max(1, page.size));
    if (page.size === 0) return 0;
    const batch = this.db.batch();
    for (const doc of page.docs) batch.delete(doc.ref);
    await batch.commit();
    countWrites(page.size);
    return page.size;
  }
}
