import { companyWords, emailOf, ownDomainOf, phoneOf, textOf, wordsOf } from './normal';
import type { DedupEntity, DedupPolicy, DedupRule, Evidence } from './schema';
import { fuzzyRatio, levenshteinRatio, nameRatio, type PersonName, phoneticRatio } from './similarity';

/** How sure it is that two records are one. Pure. */

export type Fields = Readonly<Record<string, unknown>>;

export interface Score {
  /** From 0 to 1. */
  score: number;
  /** A value that belongs to one person or company alone is the same in both. */
  strong: boolean;
  evidence: Evidence[];
}

/** What expressions gave, by the rule's place; `null` where one failed. */
export type CustomResults = ReadonlyMap<number, number | null>;

/** What a task's mailbox counts of its weight. */
const WEAK = 0.25;

interface Compared {
  similarity: number | null;
  left: string;
  right: string;
  weight: number;
  strong: boolean;
}

/**
 * The weighted mean over what both records have. Null where that is less than two of their fields, unless they share a value that
 * is nobody else's.
 */
export function scoreOf(
  entity: DedupEntity,
  left: Fields,
  right: Fields,
  rules: readonly DedupRule[],
  custom: CustomResults = new Map(),
): Score | null {
  const evidence: Evidence[] = [];
  const seen = new Set<string>();
  for (const [at, rule] of rules.entries()) {
    const made = compared(entity, left, right, rule, custom.get(at));
    if (!made) continue;
    evidence.push({ field: rule.field, method: rule.method, ...made });
    if (made.similarity !== null && made.weight > 0) seen.add(sourceOf(rule.field, left, right));
  }
  const counted = evidence.filter(({ similarity }) => similarity !== null);
  const weight = counted.reduce((sum, one) => sum + one.weight, 0);
  const strong = counted.some((one) => one.strong && one.similarity === 1);
  if (weight === 0 || (seen.size < 2 && !strong)) return null;
  const sum = counted.reduce((all, one) => all + one.weight * (one.similarity ?? 0), 0);
  return { score: Math.min(1, Math.max(0, sum / weight)), strong, evidence };
}

/** The most an expression could still make of it: when that is too little, it need not run. */
export function bestCase(
  entity: DedupEntity,
  left: Fields,
  right: Fields,
  rules: readonly DedupRule[],
): number {
  const all = new Map(
    [...rules.entries()].flatMap(([at, { method }]): [number, number][] =>
      method === 'custom' ? [[at, 1]] : [],
    ),
  );
  return scoreOf(entity, left, right, rules, all)?.score ?? 0;
}

/**
 * Merging by itself takes a score and a value that is one person's or company's alone: names, a company and a switchboard's number
 * can all be the same for two.
 */
export function outcomeOf(
  { score, strong }: Pick<Score, 'score' | 'strong'>,
  { mergeFrom, reviewFrom }: Pick<DedupPolicy, 'mergeFrom' | 'reviewFrom'>,
): 'merge' | 'review' | 'none' {
  if (score >= mergeFrom && strong) return 'merge';
  return score >= reviewFrom ? 'review' : 'none';
}

/** A domain that was read from an address is no second thing they have in common. */
function sourceOf(field: string, left: Fields, right: Fields): string {
  if (field !== 'domain') return field;
  const own = [left, right].every((fields) => textOf(fields, 'domain') || textOf(fields, 'website'));
  return own ? 'domain' : 'email';
}

function compared(
  entity: DedupEntity,
  left: Fields,
  right: Fields,
  rule: DedupRule,
  custom: number | null | undefined,
): Compared | null {
  const { method, weight } = rule;
  const [a, b] = [shownOf(entity, left, rule.field), shownOf(entity, right, rule.field)];
  if (!a || !b) return null;
  const base = { left: a, right: b, weight, strong: false };
  if (method === 'custom')
    return { ...base, similarity: custom === undefined || custom === null ? null : inRange(custom) };
  if (rule.field === 'email') return emails(a, b, rule);
  if (method === 'exact') {
    const [one, two] = [exactOf(rule.field, a), exactOf(rule.field, b)];
    if (one === null || two === null) return null;
    return { ...base, similarity: one === two ? 1 : 0, strong: rule.strong };
  }
  if (rule.field === 'name' && entity !== 'company') {
    const [one, two] = [personOf(left), personOf(right)];
    const similarity =
      method === 'fuzzy'
        ? nameRatio(one, two)
        : phoneticRatio([...one.first, ...one.last], [...two.first, ...two.last]);
    return { ...base, similarity };
  }
  const [one, two] = [wordsFor(entity, rule.field, a), wordsFor(entity, rule.field, b)];
  if (one.length === 0 || two.length === 0) return null;
  return { ...base, similarity: method === 'fuzzy' ? fuzzyRatio(one, two) : phoneticRatio(one, two) };
}

/** The same mailbox, or one that is nearly written like it. */
function emails(left: string, right: string, { method, weight, strong }: DedupRule): Compared | null {
  const [a, b] = [emailOf(left), emailOf(right)];
  if (!a || !b) return null;
  const role = a.role || b.role;
  const equal = a.address === b.address;
  const alike = equal
    ? 1
    : method === 'exact'
      ? 0
      : levenshteinRatio(a.local, b.local) * (a.domain === b.domain ? 1 : 0.5);
  return {
    ...{ left, right },
    similarity: alike,
    weight: role ? weight * WEAK : weight,
    strong: method === 'exact' && strong && !role,
  };
}

function shownOf(entity: DedupEntity, fields: Fields, field: string): string {
  if (field === 'domain') return ownDomainOf(fields) ?? '';
  if (field === 'name' && entity !== 'company')
    return [textOf(fields, 'firstName'), textOf(fields, 'lastName')].filter(Boolean).join(' ');
  return textOf(fields, field);
}

function exactOf(field: string, value: string): string | null {
  return field === 'phone' ? phoneOf(value) : wordsOf(value).join(' ') || null;
}

function wordsFor(entity: DedupEntity, field: string, value: string): string[] {
  return field === 'companyName' || (field === 'name' && entity === 'company')
    ? companyWords(value)
    : wordsOf(value);
}

export function personOf(fields: Fields): PersonName {
  return { first: wordsOf(textOf(fields, 'firstName')), last: wordsOf(textOf(fields, 'lastName')) };
}

function inRange(value: number): number {
  return Math.min(1, Math.max(0, value));
}
