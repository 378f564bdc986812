import { z } from 'zod';

/** A name for people and the address itself: `IriSync <hello@example.com>`. */
export interface Mailbox {
  name: string;
  address: string;
}

const addressSchema = z.email().max(254);
const NAMED = /^([^<>"\r\n]{0,100})<([^<>\s]+)>$/;
/** Everything that could end a header line or hide in one. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
/** Characters that reorder or hide text around them: a subject must read as what it is. */
const INVISIBLE = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** One bare address, nothing around it. */
export function isMailAddress(text: string): boolean {
  return addressSchema.safeParse(text).success;
}

/** `name@host` or `Name <name@host>`; null for anything else. */
export function parseMailbox(text: string): Mailbox | null {
  const named = NAMED.exec(text.trim());
  const address = named ? (named[2] ?? '') : text.trim();
  if (!isMailAddress(address)) return null;
  return { name: headerText(named?.[1] ?? '', 100), address };
}

/** What people wrote, fit for one header line. */
export function headerText(text: string, maximum = 200): string {
  const line = text.replace(CONTROL, ' ').replace(INVISIBLE, '').replace(/ {2,}/g, ' ').trim();
  const characters = [...line];
  return characters.length > maximum ? `${characters.slice(0, maximum - 1).join('')}…` : line;
}
