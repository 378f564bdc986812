import { z } from 'zod';
import type { VendorRecord } from '../types';

/** A page as the API gives it, as far as it is read here. @see https://developers.notion.com/reference/page */
export const pageSchema = z.looseObject({
  object: z.literal('page'),
  id: z.string(),
  last_edited_time: z.coerce.date(),
  archived: z.boolean().optional(),
  in_trash: z.boolean().optional(),
  properties: z.record(z.string(), z.looseObject({ type: z.string() })).default({}),
});
export type NotionPage = z.output<typeof pageSchema>;

/**
 * The page as it is, and what mappings would have to dig for: its title, whose property has another name in each data source, and
 * the values of its properties without their wrapping.
 */
export function toRecord(page: NotionPage): VendorRecord {
  const properties = Object.entries(page.properties);
  const title = properties.find(([, { type }]) => type === 'title')?.[1];
  const values = properties.flatMap(([name, property]): [string, unknown][] =>
    property.type === 'title' ? [] : [[fieldName(name), plainValue(property)]],
  );
  return {
    externalId: page.id,
    data: {
      ...page,
      last_edited_time: page.last_edited_time.toISOString(),
      title: title ? plainValue(title) : null,
      values: Object.fromEntries(values),
    },
    updatedAt: page.last_edited_time,
  };
}

/** A name that our store takes as a field: not empty, and not of the form that it keeps to itself. */
export function fieldName(name: string): string {
  return name.replace(/^__(.*)__$/, '$1').trim() || 'unnamed';
}

const named = z.looseObject({ name: z.string().nullish() });
const text = z.array(z.looseObject({ plain_text: z.string() }));

/** A property's value as text, number, boolean or a list of texts; null for what has no such form. */
function plainValue(property: { type: string; [field: string]: unknown }): unknown {
  const value = property[property.type];
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return (
        text
          .safeParse(value)
          .data?.map(({ plain_text }) => plain_text)
          .join('') || null
      );
    case 'select':
    case 'status':
    case 'created_by':
    case 'last_edited_by':
      return named.safeParse(value).data?.name ?? null;
    case 'multi_select':
    case 'people':
    case 'files':
      return (
        z
          .array(named)
          .safeParse(value)
          .data?.flatMap(({ name }) => name ?? []) ?? null
      );
    case 'relation':
      return (
        z
          .array(z.looseObject({ id: z.string() }))
          .safeParse(value)
          .data?.map(({ id }) => id) ?? null
      );
    case 'date':
      return z.looseObject({ start: z.string() }).safeParse(value).data?.start ?? null;
    case 'unique_id': {
      const id = z.looseObject({ prefix: z.string().nullish(), number: z.number() }).safeParse(value).data;
      return id ? [id.prefix, id.number].filter((part) => part ?? false).join('-') : null;
    }
    case 'formula':
    case 'rollup': {
      const inner = z.looseObject({ type: z.string() }).safeParse(value).data;
      return inner && inner.type !== 'array' ? plainValue(inner) : null;
    }
    default:
      return isScalar(value) ? value : null;
  }
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
