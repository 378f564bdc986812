import type { Ids } from '@/core/ids';

/** `irs_<id>_<secret>`: the id finds the document, the hash of the whole text proves the rest. The prefix lets secret scanners find leaks. */
const FORMAT = /^irs_([0-9A-Za-z]{20})_[0-9A-Za-z]{43}$/;

export function parseApiKey(text: string): { id: string } | null {
  const id = FORMAT.exec(text)?.[1];
  return id ? { id } : null;
}

export function newApiKey(ids: Ids): { id: string; text: string } {
  const id = ids.next();
  return { id, text: `irs_${id}_${ids.secret()}` };
}
