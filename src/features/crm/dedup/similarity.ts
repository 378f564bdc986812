import { doubleMetaphone } from 'double-metaphone';
import { distance } from 'fastest-levenshtein';
import { NICKNAMES } from './words.data';

/** How alike two values are, from 0 to 1, whichever comes first. Pure. */

/** Edits that lead from one to the other, as a share of the longer. */
export function levenshteinRatio(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - distance(a, b) / longer;
}

/** Words that nearly all are one another's misspellings. */
const MISSPELT = 0.8;

/** Words in common, whatever their order; each counts once. */
export function tokenSetRatio(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  // The shorter list chooses, and both in order: the same whichever comes first.
  const [few, many] = [a, b]
    .map((words) => words.toSorted())
    .sort((one, other) => one.length - other.length || (one.join(' ') < other.join(' ') ? -1 : 1));
  const left = [...(many ?? [])];
  let common = 0;
  for (const word of few ?? []) {
    const ratios = left.map((other) => levenshteinRatio(word, other));
    const best = Math.max(0, ...ratios);
    if (best < MISSPELT) continue;
    common += best;
    left.splice(ratios.indexOf(best), 1);
  }
  return (2 * common) / (a.length + b.length);
}

export function fuzzyRatio(a: readonly string[], b: readonly string[]): number {
  return Math.max(levenshteinRatio(a.join(' '), b.join(' ')), tokenSetRatio(a, b));
}

const sounds = new Map<string, readonly [string, string]>();
const MAX_SOUNDS = 20_000;

/** How a word sounds, in one or two ways. */
export function soundsOf(word: string): readonly [string, string] {
  const known = sounds.get(word);
  if (known) return known;
  if (sounds.size >= MAX_SOUNDS) sounds.clear();
  const made = doubleMetaphone(word);
  sounds.set(word, made);
  return made;
}

function soundsAlike(a: string, b: string): boolean {
  const [one, two] = [soundsOf(a), soundsOf(b)];
  return one.some((sound) => sound !== '' && two.includes(sound)) || a === b;
}

/** Words that sound alike, as a share of all. */
export function phoneticRatio(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const heard = (these: readonly string[], those: readonly string[]) =>
    these.filter((word) => those.some((other) => soundsAlike(word, other))).length;
  return (heard(a, b) + heard(b, a)) / (a.length + b.length);
}

/** Below this, two names have letters in common and no more. */
const UNRELATED = 0.4;

function spelling(a: string, b: string): number {
  return Math.max(0, (levenshteinRatio(a, b) - UNRELATED) / (1 - UNRELATED));
}

/** How alike two first names are: written out, shortened, said for one another, or an initial. */
function givenRatio(a: readonly string[], b: readonly string[]): number {
  const [one, two] = [a.join(''), b.join('')];
  if (one === two) return 1;
  const spelt = spelling(one, two);
  const [first = '', other = ''] = [a[0], b[0]];
  if (a.includes(other) || b.includes(first)) return Math.max(spelt, 0.9);
  const group = NICKNAMES.get(first);
  if (group !== undefined && group === NICKNAMES.get(other)) return Math.max(spelt, 0.9);
  const [short, long] = one.length < two.length ? [one, two] : [two, one];
  if (long.startsWith(short)) return Math.max(spelt, short.length === 1 ? 0.8 : short.length > 2 ? 0.85 : 0);
  return spelt;
}

function familyRatio(a: readonly string[], b: readonly string[]): number {
  const whole = spelling(a.join(''), b.join(''));
  // Of a double name, often one part alone is used.
  const part = a.length !== b.length && a.some((word) => b.includes(word));
  return part ? Math.max(whole, 0.85) : whole;
}

export interface PersonName {
  first: readonly string[];
  last: readonly string[];
}

/** First and last name may have been swapped. */
const SWAPPED = 0.98;
/** What a name is worth where one of them has no first, or no last name. */
const PARTLY = 0.75;

export function nameRatio(a: PersonName, b: PersonName): number {
  const straight = inOrder(a, b);
  if (straight === 1) return 1;
  const swapped = Math.max(inOrder(a, swap(b)), inOrder(swap(a), b));
  return Math.max(straight, SWAPPED * swapped);
}

function swap({ first, last }: PersonName): PersonName {
  return { first: last, last: first };
}

function inOrder(a: PersonName, b: PersonName): number {
  const parts: number[] = [];
  if (a.first.length > 0 && b.first.length > 0) parts.push(givenRatio(a.first, b.first));
  if (a.last.length > 0 && b.last.length > 0) parts.push(familyRatio(a.last, b.last));
  if (parts.length === 2) return ((parts[0] ?? 0) + (parts[1] ?? 0)) / 2;
  return (parts[0] ?? 0) * PARTLY;
}
