import { diffOf, type MappedRecord } from './mapped';
import type { RecordLink } from './repository';
import type { LinkMark, SyncDiff, SyncPass } from './schema';
import { same } from './values';

/** What a record's reading leads to. Pure: a dry run and a real one decide by the same words. */
export type Change =
  | { kind: 'create' | 'update' | 'touch'; mapped: MappedRecord; link: RecordLink | null }
  | { kind: 'delete'; link: RecordLink; erase: boolean };

export const MAX_FAULTS = 20;
/** Of each direction and sort of change. */
const MAX_DIFFS = 50;
/** Losing more than this share, and this many, waits for an admin. */
const GUARD_SHARE = 0.2;
const GUARD_COUNT = 50;

export interface Planned {
  change: Change | null;
  counted: 'created' | 'updated' | 'unchanged' | 'failed';
}

/** Equal fields under an equal mapping are unchanged: nothing is written at all. */
export function planRecord(mapped: MappedRecord, link: RecordLink | null): Planned {
  if (mapped.fault !== null) return { change: null, counted: 'failed' };
  const absorbs = newlyAbsorbed(mapped.absorbed, link).length > 0;
  if (link && isUnchanged(mapped, link)) return { change: null, counted: 'unchanged' };
  // Our own change comes back. What is read after that is compared with what was read, so that a later edit to the same is one.
  if (link?.lastPushed && !link.deleted && !absorbs && same(link.lastPushed, mapped.fields))
    return { change: null, counted: 'unchanged' };
  const fields = diffOf(link?.deleted ? {} : (link?.base ?? {}), mapped.fields);
  if (!link) return { change: { kind: 'create', mapped, link }, counted: 'created' };
  if (fields.length === 0 && !link.deleted)
    return { change: { kind: 'touch', mapped, link }, counted: 'unchanged' };
  return { change: { kind: 'update', mapped, link }, counted: 'updated' };
}

/** What its link remembers tells it without any values: the digest of what is mapped, and how. */
export function isUnchanged(
  mapped: Pick<MappedRecord, 'fault' | 'hash' | 'absorbed'>,
  link: Pick<RecordLink, 'deleted' | 'fieldHash' | 'aliases'>,
): boolean {
  const same = !link.deleted && link.fieldHash === mapped.hash;
  return mapped.fault === null && same && newlyAbsorbed(mapped.absorbed, link).length === 0;
}

/** Records that the vendor merged into this one since it was read. */
export function newlyAbsorbed(
  absorbed: readonly string[],
  link: Pick<RecordLink, 'aliases'> | null,
): string[] {
  return absorbed.filter((id) => !link?.aliases.includes(id));
}

/** Whether so many are gone at once that a person should look first: a revoked scope looks like an empty account. */
export function deletesAreHeld(pass: Pick<SyncPass, 'gone' | 'counts' | 'known'>): boolean {
  const losing = pass.gone.length + pass.counts.deleted;
  return losing > GUARD_COUNT && losing > pass.known * GUARD_SHARE;
}

/** The first of each direction and sort of change: a preview is looked at by people. */
export function withinLimits(diffs: readonly SyncDiff[]): SyncDiff[] {
  const many = new Map<string, number>();
  return diffs.filter(({ direction, change }) => {
    const sort = `${direction} ${change}`;
    const count = (many.get(sort) ?? 0) + 1;
    many.set(sort, count);
    return count <= MAX_DIFFS;
  });
}

export function byId<L extends LinkMark>(links: readonly L[]): Map<string, L> {
  return new Map(links.map((link) => [link.externalId, link]));
}

/** Whether a link's values were read as well. */
export function isWhole(link: LinkMark | RecordLink): link is RecordLink {
  return 'base' in link;
}
