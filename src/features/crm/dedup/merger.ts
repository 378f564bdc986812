import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Tx } from '@/core/db/db';
import { ConflictError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { type Agreed, mergeFields, restoreLoser, restoreSurvivor } from './merge';
import type { Decider, LinkFacts, RecordLinks, RecordRelations } from './ports';
import type { Candidate, CrmRecord, DedupRepository, Merge } from './repository';
import type { MergeSide } from './schema';

const UNDO_MS = 30 * 86_400_000;
/** Records that one may stand for. */
const MAX_MERGED = 25;

export interface MergerDeps {
  repository: DedupRepository;
  links: RecordLinks;
  relations: RecordRelations;
  audit: AuditTrail;
  clock: Clock;
  ids: Ids;
}

/** Makes one record of two, and two of one again. Nothing is written at any vendor. */
export class RecordMerger {
  constructor(readonly deps: MergerDeps) {}

  /**
   * Reads and writes all that merging takes. The candidate must have been read in the same transaction.
   * @throws ConflictError for records that cannot be merged now.
   */
  async mergeIn(
    tx: Tx,
    by: Decider,
    candidate: Candidate,
    survivorId: string,
    priority: readonly string[],
  ): Promise<void> {
    const { repository, links, relations, audit, clock, ids } = this.deps;
    const loserId = candidate.recordIds.find((id) => id !== survivorId) ?? '';
    const [survivor, loser] = await tx.getAll([survivorId, loserId].map((id) => repository.recordRef(id)));
    requireAlive(candidate, survivor ?? null, loser ?? null);
    if (!survivor || !loser) return;
    const found = await links.ofIn(tx, [survivorId, loserId]);
    requireIdle([survivor, loser], found);
    const others = await repository.openOfIn(tx, candidate.organizationId, loserId);
    const moved = found.filter(({ recordId }) => recordId === loserId).map(({ id }) => id);
    const relate = await relations.movedIn(tx, moved, loserId, survivorId);
    const now = clock.now();
    const merged = mergeFields(survivor, loser, priority);
    const mergeId = ids.next('merge');
    const undoUntil = new Date(now.getTime() + UNDO_MS);
    repository.changeIn(tx, survivor, merged.fields, {
      provenance: merged.provenance,
      mergedFrom: [...survivor.mergedFrom, ...absorbed(loser)],
      ...activityOf(survivor, loser),
    });
    repository.buryIn(tx, loser, survivorId);
    for (const id of moved) links.moveIn(tx, id, survivorId);
    relate();
    tx.create(repository.mergeRef(mergeId), {
      organizationId: candidate.organizationId,
      candidateId: candidate.id,
      ...{ survivorId, loserId, survivor: sideOf(survivor), loser: sideOf(loser) },
      recordIds: [...absorbed(survivor), ...absorbed(loser)],
      links: found.map(({ id, base, recordId }) => ({ id, base, moved: recordId === loserId })),
      ...{ mergedAt: now, mergedBy: by.userId, undoneAt: null, expiresAt: undoUntil },
    });
    for (const other of others) if (other.id !== candidate.id) this.closeIn(tx, other);
    tx.update(repository.candidateRef(candidate.id), {
      ...{ status: 'merged', survivorId, mergeId, undoUntil, version: candidate.version + 1 },
      ...{ decidedAt: now, decidedBy: by.userId },
    });
    audit.append(tx, by, {
      action: 'crm.duplicates_merged',
      // The log outlives the names of people who are erased: it says which records, never whose.
      target: { type: 'crm_record', id: survivorId, label: survivorId },
      facts: { mergedRecord: loser.id, score: candidate.score, taken: merged.taken },
    });
  }

  /** A pair that is none any more; what was said of the two goes with it. */
  closeIn(tx: Tx, candidate: Pick<Candidate, 'id' | 'version'>): void {
    tx.update(this.deps.repository.candidateRef(candidate.id), {
      ...{ status: 'gone', evidence: [], decidedAt: this.deps.clock.now(), decidedBy: 'irisync' },
      version: candidate.version + 1,
    });
  }

  /**
   * Two records again, each as it was. What their own vendors or people changed since stays.
   * @returns what stays different from before.
   * @throws ConflictError when it is too late, or another merge stands on this one.
   */
  async undoIn(tx: Tx, by: Decider, candidate: Candidate): Promise<{ recordId: string; field: string }[]> {
    const { repository, links, relations, audit, clock } = this.deps;
    const merge = candidate.mergeId ? await tx.get(repository.mergeRef(candidate.mergeId)) : null;
    const now = clock.now();
    if (!merge || merge.undoneAt || merge.expiresAt <= now)
      throw new ConflictError('Merging can be undone for 30 days; that time is over.');
    const { survivorId, loserId } = merge;
    const [survivor, loser] = await tx.getAll([survivorId, loserId].map((id) => repository.recordRef(id)));
    const own = [loserId, ...merge.loser.mergedFrom];
    const later = !isLatest(survivor?.mergedFrom ?? own, own);
    if (survivor?.status === 'merged' || later)
      throw new ConflictError('Another record was merged into this one since. Undo that first.');
    if (!survivor || loser?.mergedInto !== survivorId)
      throw new ConflictError('One of the two records is not here any more.');
    const then = new Map(merge.links.map((link) => [link.id, link]));
    const current = await links.byIdIn(tx, [...then.keys()]);
    const moved = current.filter(({ id, recordId }) => then.get(id)?.moved && recordId === survivorId);
    if (moved.some(({ busy }) => busy))
      throw new ConflictError('A conflict of this record waits for a decision. Settle it first.');
    const movedIds = moved.map(({ id }) => id);
    const relate = await relations.movedIn(tx, movedIds, survivorId, loserId);
    const kept = this.#restoreIn(tx, { merge, survivor, loser, current, moved });
    for (const id of movedIds) links.moveIn(tx, id, loserId);
    relate();
    tx.update(repository.mergeRef(merge.id), { undoneAt: now });
    tx.update(repository.candidateRef(candidate.id), {
      ...{ status: 'open', undone: true, mergeId: null, undoUntil: null, decidedAt: null, decidedBy: null },
      version: candidate.version + 1,
    });
    audit.append(tx, by, {
      action: 'crm.duplicates_unmerged',
      target: { type: 'crm_record', id: survivorId, label: survivorId },
      facts: { restoredRecord: loserId, kept: kept.map(({ recordId, field }) => `${recordId}: ${field}`) },
    });
    return kept;
  }

  #restoreIn(
    tx: Tx,
    found: { merge: Merge; survivor: CrmRecord; loser: CrmRecord; current: LinkFacts[]; moved: LinkFacts[] },
  ): { recordId: string; field: string }[] {
    const { repository } = this.deps;
    const { merge, survivor, loser, current, moved } = found;
    const then = new Map(merge.links.map((link) => [link.id, link]));
    const agreed = (links: readonly LinkFacts[]): Agreed[] =>
      links.map(({ id, base }) => ({ was: then.get(id)?.base ?? {}, now: base }));
    const foreign = new Set([merge.loserId, ...merge.loser.mergedFrom]);
    const theirs = restoreLoser(merge.loser, agreed(moved));
    const mine = restoreSurvivor(
      merge.survivor,
      survivor,
      foreign,
      agreed(current.filter(({ id }) => !then.get(id)?.moved)),
    );
    const newer = survivor.lastActivityAt && survivor.lastActivityAt > merge.mergedAt;
    if (survivor.status === 'active')
      repository.changeIn(tx, survivor, mine.fields, {
        provenance: mine.provenance,
        mergedFrom: survivor.mergedFrom.filter((id) => !foreign.has(id)),
        lastActivityAt: newer ? survivor.lastActivityAt : merge.survivor.lastActivityAt,
        activityCount: Math.max(0, survivor.activityCount - merge.loser.activityCount),
      });
    const { externalUrl, issues, lastActivityAt, activityCount, mergedFrom, sync, syncMessage } = merge.loser;
    const gone = moved.length > 0 && moved.every(({ deleted }) => deleted);
    repository.changeIn(tx, loser, theirs.fields, {
      ...{ status: gone ? 'deleted' : 'active', mergedInto: null, provenance: theirs.provenance },
      ...{ externalUrl, issues, lastActivityAt, activityCount, mergedFrom, sync, syncMessage },
    });
    return [
      ...mine.kept.map((field) => ({ recordId: survivor.id, field })),
      ...theirs.kept.map((field) => ({ recordId: loser.id, field })),
    ];
  }
}

/** Merges are undone back to front: what it brought must be what was brought last. */
function isLatest(mergedFrom: readonly string[], own: readonly string[]): boolean {
  const last = mergedFrom.slice(-own.length);
  return own.every((id, at) => last[at] === id);
}

function absorbed(record: CrmRecord): string[] {
  return [record.id, ...record.mergedFrom];
}

function activityOf(survivor: CrmRecord, loser: CrmRecord) {
  const moments = [survivor, loser].flatMap(({ lastActivityAt }) => lastActivityAt ?? []);
  const [lastActivityAt = null] = moments.sort((a, b) => b.getTime() - a.getTime());
  return { lastActivityAt, activityCount: survivor.activityCount + loser.activityCount };
}

function sideOf(record: CrmRecord): MergeSide {
  const { id, fields, provenance, mergedFrom, externalUrl, issues, sync, syncMessage } = record;
  const { lastActivityAt, activityCount } = record;
  return {
    ...{ id, fields, provenance, mergedFrom, externalUrl, issues, sync, syncMessage },
    ...{ lastActivityAt, activityCount },
  };
}

function requireAlive(candidate: Candidate, ...records: (CrmRecord | null)[]): void {
  const alive = records.every(
    (record) =>
      record?.status === 'active' &&
      record.organizationId === candidate.organizationId &&
      record.entity === candidate.entity,
  );
  if (!alive) throw new ConflictError('One of the two records was deleted or merged meanwhile.');
  const many = records.reduce((sum, record) => sum + 1 + (record?.mergedFrom.length ?? 0), 0);
  if (many > MAX_MERGED) throw new ConflictError(`One record can stand for at most ${MAX_MERGED} others.`);
}

/** @throws ConflictError while something of them is on its way to a vendor, or waits for a decision. */
function requireIdle(records: readonly CrmRecord[], links: readonly LinkFacts[]): void {
  const waiting = records.some(({ sync }) => sync === 'due' || sync === 'conflict');
  if (waiting || links.some(({ busy }) => busy))
    throw new ConflictError(
      'A change of one of the two is on its way to its vendor, or waits for a decision. Merge them after that.',
    );
}
