import 'server-only';
import type { Type } from 'avsc';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { logger } from '@/core/telemetry/logger';
import type { ChangeHint } from '../types';
import { caseSafeId, isRecordId } from './ids';

const SCHEMAS = 500;
const UNKNOWN_MS = 5 * 60_000;
/** All that is read of an event: its fields' values are asked for anew anyway. */
const READ = new Set(['changeType', 'recordIds']);

const fieldList = z.array(z.looseObject({ name: z.string(), type: z.unknown() }));
const recordSchema = z.looseObject({ type: z.literal('record'), fields: fieldList });
const header = z.object({
  ChangeEventHeader: z.object({ changeType: z.string(), recordIds: z.array(z.string()) }),
});

interface Reader {
  resolver: ReturnType<Type['createResolver']>;
  reader: Type;
}

/**
 * Reads whom a change event is about. Schemas are named by fingerprints of themselves, so that one is asked for once.
 * @see https://developer.salesforce.com/docs/atlas.en-us.change_data_capture.meta/change_data_capture/cdc_event_fields_header.htm
 */
export class ChangeEvents {
  readonly #readers = new LRUCache<string, { reader: Reader | null }>({ max: SCHEMAS });

  /**
   * @param schemaOf Avro, as JSON; null where the vendor does not know it.
   * @throws what `schemaOf` threw.
   */
  async hint(
    schemaId: string,
    payload: Uint8Array,
    schemaOf: (schemaId: string) => Promise<string | null>,
  ): Promise<ChangeHint> {
    const known = this.#readers.get(schemaId) ?? (await this.#learn(schemaId, schemaOf));
    const read = known.reader && decoded(known.reader, payload);
    if (!read?.success) return { kind: 'some' };
    const { changeType, recordIds } = read.data.ChangeEventHeader;
    // A whole kind of record is named by its prefix and a star, and what was too much by an id of zeros.
    if (changeType === 'GAP_OVERFLOW' || !recordIds.every(isRecordId)) return { kind: 'all' };
    return { kind: 'records', ids: recordIds.map(caseSafeId) };
  }

  /** One that nobody knows, or that cannot be read, is asked for again only after a while. */
  async #learn(
    schemaId: string,
    schemaOf: (schemaId: string) => Promise<string | null>,
  ): Promise<{ reader: Reader | null }> {
    const learnt = { reader: await readerOf(await schemaOf(schemaId)) };
    this.#readers.set(schemaId, learnt, learnt.reader ? {} : { ttl: UNKNOWN_MS });
    return learnt;
  }
}

async function readerOf(json: string | null): Promise<Reader | null> {
  const { default: avro } = await import('avsc');
  const typeOf = (schema: object) => avro.Type.forSchema(schema as Parameters<typeof avro.Type.forSchema>[0]);
  try {
    const schema = recordSchema.parse(JSON.parse(json ?? 'null'));
    const narrowed = headerAlone(schema);
    if (!narrowed) return null;
    const reader = typeOf(narrowed);
    return { reader, resolver: reader.createResolver(typeOf(schema)) };
  } catch (error) {
    logger.warn({ err: error }, 'a schema of change events cannot be read');
    return null;
  }
}

function decoded({ reader, resolver }: Reader, payload: Uint8Array) {
  try {
    return header.safeParse(reader.fromBuffer(Buffer.from(payload), resolver));
  } catch (error) {
    return { success: false as const, error };
  }
}

/** The same schema with nothing but the header's two fields, or null where it has none. */
function headerAlone(schema: z.output<typeof recordSchema>): object | null {
  const field = schema.fields.find(({ name }) => name === 'ChangeEventHeader');
  const inner = recordSchema.safeParse(field?.type);
  if (!field || !inner.success) return null;
  const fields = inner.data.fields.filter(({ name }) => READ.has(name));
  return { ...schema, fields: [{ ...field, type: { ...inner.data, fields } }] };
}
