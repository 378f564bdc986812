import 'server-only';
import type { Db, Doc, Tx } from '@/core/db/db';
import { crmRecordModel } from '../schema';
import { dedupCandidateModel, dedupMergeModel, dedupRunModel } from './schema';

/** What one query may ask for. */
const AT_ONCE = 30;

/** Pairs and merges of records that are forgotten. Which two were kept apart stays known, by their ids alone. */
export async function forgetPairs(db: Db, recordIds: readonly string[]): Promise<void> {
  for (let at = 0; at < recordIds.length; at += AT_ONCE) {
    const ids = recordIds.slice(at, at + AT_ONCE);
    const pairs = await db.find(
      db.collection(dedupCandidateModel).where('recordIds', 'array-contains-any', ids),
    );
    const merges = await Promise.all(ofEither(db, ids).map((query) => db.find(query)));
    const batch = db.batch();
    for (const { id, status } of pairs) {
      const ref = db.firestore.collection(dedupCandidateModel.path).doc(id);
      if (status === 'kept_apart') batch.update(ref, { evidence: [], titles: ['', ''] });
      else batch.delete(ref);
    }
    for (const run of await db.find(ofRuns(db, ids)))
      batch.update(db.firestore.collection(dedupRunModel.path).doc(run.id), {
        ...nameless(run, new Set(ids)),
      });
    for (const { id } of merges.flat()) batch.delete(db.firestore.collection(dedupMergeModel.path).doc(id));
    await batch.commit();
  }
}

/** One of the vendors' records that is erased. */
export interface Erased {
  /** The record of ours that it was before any merge. */
  recordId: string;
  /** Where others make that record too: which of them is erased. */
  linkId?: string;
}

type Merge = Doc<typeof dedupMergeModel>;
type Run = Doc<typeof dedupRunModel>;

/**
 * All that searching for duplicates and merging kept of what is erased: what undoing would bring back, what was compared, and what
 * the records were called that went. Reads at once; what it gives back writes.
 */
export async function forgetErasedIn(
  db: Db,
  tx: Tx,
  organizationId: string,
  erased: readonly Erased[],
): Promise<() => void> {
  const own = [...new Set(erased.map(({ recordId }) => recordId))];
  const records = await standingFor(db, tx, own);
  const holding = async (chunk: string[]) => {
    const byAll = db.collection(dedupMergeModel).where('recordIds', 'array-contains-any', chunk);
    return (await Promise.all([byAll, ...ofEither(db, chunk)].map((query) => tx.find(query)))).flat();
  };
  const kept = await inChunks([...new Set([...own, ...records.keys()])], holding);
  const merges = unique(kept).filter(
    (merge) => merge.organizationId === organizationId && erased.some((one) => keeps(merge, one)),
  );
  const ids = new Set([...own, ...records.keys(), ...merges.flatMap((one) => [one.survivorId, one.loserId])]);
  const comparing = (chunk: string[]) =>
    tx.find(db.collection(dedupCandidateModel).where('recordIds', 'array-contains-any', chunk));
  const pairs = unique(await inChunks([...ids], comparing));
  const runs = unique(await inChunks([...ids], (chunk) => tx.find(ofRuns(db, chunk))));
  const gone = new Set(merges.map(({ id }) => id));
  return () => {
    for (const id of gone) tx.delete(db.doc(dedupMergeModel, id));
    for (const { id, status } of records.values())
      if (status === 'merged')
        tx.update(db.doc(crmRecordModel, id), {
          ...{ title: '', sortTitle: '' },
          ...(own.includes(id) ? { externalUrl: null } : {}),
        });
    for (const pair of pairs) {
      if (pair.organizationId !== organizationId) continue;
      const titles = pair.titles.map((title, at) => (ids.has(pair.recordIds[at] ?? '') ? '' : title));
      const undo = pair.mergeId && gone.has(pair.mergeId) ? { mergeId: null, undoUntil: null } : {};
      tx.update(db.doc(dedupCandidateModel, pair.id), {
        ...{ evidence: [], titles, version: pair.version + 1 },
        ...undo,
      });
    }
    for (const run of runs)
      if (run.organizationId === organizationId) tx.update(db.doc(dedupRunModel, run.id), nameless(run, ids));
  };
}

/** Searches that told of one of these. */
function ofRuns(db: Db, ids: readonly string[]) {
  return db.collection(dedupRunModel).where('recordIds', 'array-contains-any', ids);
}

function nameless({ pairs }: Pick<Run, 'pairs'>, ids: ReadonlySet<string>): Pick<Run, 'pairs'> {
  const without = ({ titles, recordIds }: Run['pairs'][number]) =>
    titles.map((title, at) => (ids.has(recordIds[at] ?? '') ? '' : title));
  return { pairs: pairs.map((pair) => ({ ...pair, titles: without(pair) })) };
}

/** These records and those that they were merged into. */
async function standingFor(db: Db, tx: Tx, ids: readonly string[]) {
  const found = new Map<string, Doc<typeof crmRecordModel>>();
  for (let wanted = [...ids]; wanted.length > 0; ) {
    const records = await tx.getAll(wanted.map((id) => db.doc(crmRecordModel, id)));
    for (const record of records) if (record) found.set(record.id, record);
    const next = records.flatMap((record) => record?.mergedInto ?? []);
    wanted = [...new Set(next)].filter((id) => !found.has(id));
  }
  return found;
}

/** Merges in which one of these stayed or went; older merges are found by nothing else. */
function ofEither(db: Db, ids: readonly string[]) {
  return ['survivorId', 'loserId'].map((side) => db.collection(dedupMergeModel).where(side, 'in', ids));
}

function keeps({ survivor, loser, links }: Merge, { recordId, linkId }: Erased): boolean {
  const values = [survivor, loser].some(
    ({ id, mergedFrom }) => id === recordId || mergedFrom.includes(recordId),
  );
  return values && (!linkId || links.some(({ id }) => id === linkId));
}

async function inChunks<T>(ids: readonly string[], find: (chunk: string[]) => Promise<T[]>): Promise<T[]> {
  const chunks = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, at) =>
    find(ids.slice(at * AT_ONCE, (at + 1) * AT_ONCE)),
  );
  return (await Promise.all(chunks)).flat();
}

function unique<T extends { id: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [one.id, one])).values()];
}
