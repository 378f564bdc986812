import type { DedupPolicy, DedupRule } from './schema';

const rule = (field: string, method: DedupRule['method'], weight: number, strong = false): DedupRule => ({
  ...{ field, method, weight, strong },
  expression: null,
});

/** Who else has this address or this number says much; who is called alike says something; who works there says little. */
const PERSON: DedupRule[] = [
  rule('email', 'exact', 2, true),
  rule('email', 'fuzzy', 1),
  rule('phone', 'exact', 2),
  rule('name', 'fuzzy', 5),
  rule('name', 'phonetic', 1),
  rule('companyName', 'fuzzy', 1),
  rule('domain', 'exact', 0.5),
];

const COMPANY: DedupRule[] = [
  rule('domain', 'exact', 3, true),
  rule('name', 'fuzzy', 4),
  rule('name', 'phonetic', 1),
  rule('phone', 'exact', 1.5),
  rule('address.city', 'fuzzy', 0.5),
];

export const DEFAULT_RULES: DedupPolicy['rules'] = { contact: PERSON, company: COMPANY, lead: PERSON };
