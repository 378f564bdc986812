import type { PropertyView } from '../connections/schema';
import type { FieldType, MappingRule } from './schema';
import { standardFields } from './standard';
import { MAPPING_TEMPLATES } from './templates.data';

/** Which of a vendor's fields probably belong to which of ours, by their names. */

/** Less alike than this is no suggestion. */
const ALIKE = 0.72;

const TYPES: Readonly<Record<string, FieldType>> = {
  bool: 'boolean',
  boolean: 'boolean',
  checkbox: 'boolean',
  currency: 'currency',
  date: 'date',
  datetime: 'datetime',
  double: 'number',
  email: 'email',
  enumeration: 'enum',
  int: 'integer',
  integer: 'integer',
  number: 'number',
  object: 'object',
  percent: 'number',
  phone: 'phone',
  phone_number: 'phone',
  picklist: 'enum',
  reference: 'reference',
  select: 'enum',
  status: 'enum',
  url: 'url',
};
/** More than a rule may name. */
const MAX_VALUES = 500;

/** Where mappings read a vendor's field. */
export function pathOfProperty({ path, name }: PropertyView): string {
  return path ?? name;
}

/** A mapping of a vendor's field as it stands before anybody edited it. */
export function ruleFor(property: PropertyView, internalField: string, type?: FieldType): MappingRule {
  const found = type ?? TYPES[property.type.toLowerCase()] ?? 'string';
  const values = property.options.map(({ value }) => value).slice(0, MAX_VALUES);
  const enumerated = found === 'enum' && values.length > 0;
  return {
    externalField: pathOfProperty(property),
    internalField,
    fieldType: found === 'enum' && !enumerated ? 'string' : found,
    isRequired: false,
    defaultValue: null,
    transformation: null,
    language: null,
    validation: enumerated ? { values } : {},
  };
}

/** `hs_mailing_city`, `MailingCity` and `address.city` as their words. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** 0 to 1: the share of pairs of letters that two names have in common, the last word counting for most. */
export function likeness(name: string, field: string): number {
  const [a, b] = [wordsOf(name), wordsOf(field)];
  if (a.length === 0 || b.length === 0) return 0;
  const whole = pairsInCommon(a.join(''), b.join(''));
  const last = pairsInCommon(a.at(-1) ?? '', b.at(-1) ?? '');
  const nested = b.length > 1 || a.length > 1;
  return Math.max(whole, nested ? 0.25 * whole + 0.65 * last : 0);
}

function pairsInCommon(a: string, b: string): number {
  if (a === b) return 1;
  const left = new Map<string, number>();
  for (const pair of pairs(a)) left.set(pair, (left.get(pair) ?? 0) + 1);
  let shared = 0;
  for (const pair of pairs(b)) {
    const there = left.get(pair) ?? 0;
    if (there === 0) continue;
    left.set(pair, there - 1);
    shared += 1;
  }
  const total = Math.max(0, a.length - 1) + Math.max(0, b.length - 1);
  return total === 0 ? 0 : (2 * shared) / total;
}

function pairs(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2));
}

export interface Suggestion {
  rule: MappingRule;
  label: string;
  /** 1: the vendor's own template says so. */
  score: number;
}

/**
 * One suggestion for each field of ours that is not mapped yet, best first. Neither side is suggested twice.
 * @param mapped what is mapped now.
 */
export function suggestionsFor(
  kind: { integrationType: string; entityType: string },
  properties: readonly PropertyView[],
  mapped: readonly Pick<MappingRule, 'externalField' | 'internalField'>[],
): Suggestion[] {
  const template = MAPPING_TEMPLATES.find(
    (one) => one.integrationType === kind.integrationType && one.entityType === kind.entityType,
  );
  const known = new Map(template?.mappings.map((rule) => [rule.externalField, rule]));
  const taken = new Set(mapped.map(({ externalField }) => externalField));
  const filled = new Set(mapped.map(({ internalField }) => internalField));
  const ours = standardFields(kind.entityType).filter(({ field }) => !filled.has(field));
  const found = properties
    .filter((property) => !taken.has(pathOfProperty(property)))
    .flatMap((property): Suggestion[] => {
      const rule = known.get(pathOfProperty(property));
      if (rule) return filled.has(rule.internalField) ? [] : [{ rule, label: property.label, score: 1 }];
      return ours.flatMap(({ field, type }) => {
        const score = 0.99 * Math.max(likeness(property.name, field), likeness(property.label, field));
        return score >= ALIKE ? [{ rule: ruleFor(property, field, type), label: property.label, score }] : [];
      });
    })
    .sort((a, b) => b.score - a.score);
  const used = new Set<string>();
  return found.filter(({ rule: { externalField, internalField } }) => {
    if (used.has(`<${externalField}`) || used.has(`>${internalField}`)) return false;
    used.add(`<${externalField}`).add(`>${internalField}`);
    return true;
  });
}
