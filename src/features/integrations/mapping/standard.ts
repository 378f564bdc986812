import type { FieldType } from './schema';
import { MAPPING_TEMPLATES } from './templates.data';

/** A field that records of ours usually have. */
export interface StandardField {
  field: string;
  type: FieldType;
  /** Records are hard to tell apart without it. */
  required: boolean;
}

/** Fields that any vendor's template fills for this kind of record, the required ones first. */
export function standardFields(entity: string): StandardField[] {
  const found = new Map<string, StandardField>();
  for (const { entityType, mappings } of MAPPING_TEMPLATES) {
    if (entityType !== entity) continue;
    for (const { internalField: field, fieldType: type, isRequired } of mappings) {
      const known = found.get(field);
      found.set(field, {
        field,
        type: known?.type ?? type,
        required: isRequired || known?.required === true,
      });
    }
  }
  return [...found.values()].sort((a, b) => Number(b.required) - Number(a.required));
}
