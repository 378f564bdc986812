import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import { type Expressions, type FieldFault, mapRecord } from '../mapping/mapper';
import { isPlain } from '../mapping/paths';
import type { DataMapping } from '../mapping/repository';
import type { VendorRecord } from '../providers/types';
import { canonical, type Fields, fieldOf, same } from './values';

/** A vendor's record as it is taken over, or why it cannot be. */
export interface MappedRecord {
  externalId: string;
  updatedAt: Date;
  fields: Record<string, unknown>;
  hash: string;
  issues: FieldFault[];
  /** Ids of records that were merged into this one there. */
  absorbed: readonly string[];
  /** The record as a whole cannot be taken over. */
  fault: string | null;
}

/** Names a set of mappings: another one makes every record be looked at again. */
export function mappingVersionOf(mappings: readonly DataMapping[]): string {
  return sha256hex(
    mappings
      .map(({ id, version }) => `${id}:${version}`)
      .sort()
      .join('\n'),
  ).slice(0, 16);
}

/** A required field that is missing or wrong fails its record alone; any other field that fails is left out and named. */
export async function mapVendorRecord(
  record: VendorRecord,
  mappings: readonly DataMapping[],
  mappingVersion: string,
  expressions: Expressions,
): Promise<MappedRecord> {
  const { record: nested, errors } = await mapRecord(record.data, mappings, expressions);
  const required = new Set(mappings.filter(({ isRequired }) => isRequired).map((one) => one.externalField));
  const fatal = errors.find(({ field }) => required.has(field));
  const fields = flatten(nested);
  return {
    externalId: record.externalId,
    updatedAt: record.updatedAt,
    fields,
    hash: sha256hex(`${mappingVersion}\n${canonical(fields)}\n${canonical(errors)}`),
    issues: errors,
    absorbed: record.absorbed ?? [],
    fault: fatal ? `${fatal.field}: ${fatal.message}` : null,
  };
}

/** `{address: {city}}` as `{'address.city'}`: each leaf has a past of its own. */
export function flatten(nested: Record<string, unknown>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(nested).flatMap(([key, value]): [string, unknown][] =>
      isPlain(value) && Object.keys(value).length > 0
        ? Object.entries(flatten(value, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value ?? null]],
    ),
  );
}

/** Fields that differ, with both values. */
export function diffOf(before: Fields, after: Fields): { field: string; before: unknown; after: unknown }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((field) => !same(fieldOf(before, field), fieldOf(after, field)))
    .map((field) => ({ field, before: fieldOf(before, field), after: fieldOf(after, field) }));
}
