import type { DataMapping } from '../mapping/repository';
import type { VendorWriter } from '../providers/types';

/**
 * Mappings that lead back, by field of ours: one for the field, without a transformation, to a property that the vendor lets be
 * written.
 */
export function writableRules(
  mappings: readonly DataMapping[],
  writer: VendorWriter | undefined,
  entity: string,
): Map<string, DataMapping> {
  const found = new Map<string, DataMapping>();
  for (const rule of mappings) {
    const { internalField, externalField, transformation, fieldType } = rule;
    const alone = mappings.filter((other) => other.internalField === internalField).length === 1;
    if (alone && transformation === null && fieldType !== 'object' && writer?.writes(entity, externalField))
      found.set(internalField, rule);
  }
  return found;
}

/** Values of ours by the vendor's fields. */
export function outward(
  values: Readonly<Record<string, unknown>>,
  rules: ReadonlyMap<string, DataMapping>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([field, value]): [string, unknown][] => {
      const rule = rules.get(field);
      if (!rule) return [];
      const { separator } = rule.validation;
      return [[rule.externalField, Array.isArray(value) && separator ? value.join(separator) : value]];
    }),
  );
}
