import { createHash } from 'node:crypto';

/** A digest's letters: 48 bits, so that two of twenty thousand ids are alike once in a million passes. */
const LETTERS = 8;
/** They are kept with the pass in one document, which has its limits. */
const MAX_MET = 20_000;

/** What a full pass met so far, and these. @returns null once they are too many to remember: nothing then counts as missing. */
export function metWith(met: string | null, ids: readonly string[]): string | null {
  if (met === null || met.length / LETTERS + ids.length > MAX_MET) return null;
  return met + ids.map(digestOf).join('');
}

/** Ids of links whose records are there as far as we know, and were not met. */
export function unmetOf(met: string, links: readonly { externalId: string; deleted: boolean }[]): string[] {
  const digests = new Set<string>();
  for (let at = 0; at < met.length; at += LETTERS) digests.add(met.slice(at, at + LETTERS));
  return links.flatMap(({ externalId, deleted }) =>
    deleted || digests.has(digestOf(externalId)) ? [] : [externalId],
  );
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, LETTERS);
}
