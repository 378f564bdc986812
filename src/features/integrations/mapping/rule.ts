import { type MappingRule, mappingRuleSchema } from './schema';

const RULE_KEYS = Object.keys(mappingRuleSchema.shape) as (keyof MappingRule)[];

/** What a stored mapping says, without whose it is. */
export function ruleOf(mapping: MappingRule): MappingRule {
  return Object.fromEntries(RULE_KEYS.map((key) => [key, mapping[key]])) as MappingRule;
}

/** What of a mapping another rule says differently, as that rule says it. */
export function differenceOf(before: MappingRule, rule: MappingRule): Partial<MappingRule> {
  const other = RULE_KEYS.filter((key) => spelled(before[key]) !== spelled(rule[key]));
  return Object.fromEntries(other.map((key) => [key, rule[key]]));
}

export function sameRule(a: MappingRule, b: MappingRule): boolean {
  return Object.keys(differenceOf(a, b)).length === 0;
}

/** The same text for the same value, whatever the order of its keys. */
function spelled(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
