import { z } from 'zod';
import type { GuardVerdict, Warning } from './schema';

/** What an organisation never says, or says only with a note. Terms are matched as whole words, whatever their case. */
const term = z.string().trim().min(2).max(80);
export const brandRules = z.strictObject({
  /** Blocked. */
  bannedWords: z.array(term).max(200).default([]),
  /** Flagged: a person decides. */
  competitors: z.array(term).max(100).default([]),
  /** Blocked: what must not be claimed, such as "guaranteed results". */
  forbiddenClaims: z.array(term).max(100).default([]),
  /** A text that mentions `when` must contain `require`. */
  disclosures: z
    .array(z.strictObject({ when: term, require: term }))
    .max(50)
    .default([]),
  personalData: z.enum(['allow', 'flag', 'block']).default('flag'),
});
export type BrandRules = z.output<typeof brandRules>;

interface Matcher {
  kind: Warning['kind'];
  verdict: GuardVerdict;
  pattern: RegExp;
  message: (excerpt: string) => string;
  /** Narrows what the pattern found. */
  holds?: (excerpt: string) => boolean;
}

/** Rules compiled once: one linear pattern per kind, no matter how many terms. */
export interface CompiledRules {
  matchers: readonly Matcher[];
  disclosures: readonly { when: RegExp; require: RegExp; text: string }[];
  /** Characters a stream holds back so that no blocked phrase is ever partly visible; 0 when nothing is blocked. */
  lookBack: number;
}

export function compileRules(rules: BrandRules, extraBanned: readonly string[] = []): CompiledRules {
  const banned = [...rules.bannedWords, ...extraBanned];
  const matchers: Matcher[] = [
    ...termMatcher('banned_word', 'block', banned, (word) => `"${word}" is on your list of banned words.`),
    ...termMatcher(
      'forbidden_claim',
      'block',
      rules.forbiddenClaims,
      (claim) => `"${claim}" is a claim you must not make.`,
    ),
    ...termMatcher('competitor', 'flag', rules.competitors, (name) => `"${name}" names a competitor.`),
  ];
  const { personalData } = rules;
  if (personalData !== 'allow') {
    for (const { name, pattern, holds } of PERSONAL_DATA) {
      matchers.push({
        kind: 'personal_data',
        // A card number is never something to publish.
        verdict: name === 'card number' ? 'block' : personalData,
        pattern,
        message: () => `This looks like a personal ${name}.`,
        ...(holds ? { holds } : {}),
      });
    }
  }
  const blockedTerms = [...banned, ...rules.forbiddenClaims];
  const longest = Math.max(0, ...blockedTerms.map(({ length }) => length));
  const blocksData = personalData !== 'allow';
  return {
    matchers,
    disclosures: rules.disclosures.map(({ when, require }) => ({
      when: wholeWords([when]),
      require: wholeWords([require]),
      text: require,
    })),
    lookBack: longest === 0 && !blocksData ? 0 : Math.max(longest + 1, blocksData ? 24 : 0),
  };
}

/** Everything a text breaks, worst first. Each excerpt is reported once. */
export function findings(text: string, rules: CompiledRules): Warning[] {
  const found: Warning[] = [];
  for (const { kind, verdict, pattern, message, holds } of rules.matchers) {
    const seen = new Set<string>();
    for (const match of text.matchAll(pattern)) {
      const excerpt = match[0];
      if (seen.has(excerpt.toLowerCase()) || (holds && !holds(excerpt))) continue;
      seen.add(excerpt.toLowerCase());
      found.push({ kind, verdict, message: message(excerpt), excerpt });
    }
  }
  for (const { when, require, text: needed } of rules.disclosures) {
    if (text.search(when) < 0 || text.search(require) >= 0) continue;
    found.push({
      kind: 'missing_disclosure',
      verdict: 'flag',
      message: `This needs the note "${needed}".`,
    });
  }
  return found.sort((a, b) => SEVERITY[b.verdict] - SEVERITY[a.verdict]);
}

const SEVERITY: Record<GuardVerdict, number> = { allow: 0, flag: 1, block: 2 };

export function worstOf(warnings: readonly Warning[]): GuardVerdict {
  let worst: GuardVerdict = 'allow';
  for (const { verdict } of warnings) if (SEVERITY[verdict] > SEVERITY[worst]) worst = verdict;
  return worst;
}

function termMatcher(
  kind: Warning['kind'],
  verdict: GuardVerdict,
  terms: readonly string[],
  message: Matcher['message'],
): Matcher[] {
  return terms.length === 0 ? [] : [{ kind, verdict, pattern: wholeWords(terms), message }];
}

/** One alternation of literals with Unicode word borders: linear, whatever the terms contain. Spaces match any run. */
function wholeWords(terms: readonly string[]): RegExp {
  const literals = [...terms]
    .sort((a, b) => b.length - a.length)
    .map((text) =>
      text
        .trim()
        .replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
        .replaceAll(/\s+/g, '\\s+'),
    );
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${literals.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
}

const PERSONAL_DATA: readonly { name: string; pattern: RegExp; holds?: (text: string) => boolean }[] = [
  { name: 'e-mail address', pattern: /[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{2,63}){1,4}/gi },
  { name: 'card number', pattern: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, holds: isCardNumber },
  { name: 'phone number', pattern: /(?<![\w\d])\+\d{1,3}[ \d()/-]{7,16}\d(?!\d)/g },
  { name: 'bank account', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g },
];

/** Luhn: an order number of the same length is no card. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length >= 13 && sum % 10 === 0;
}
