import { z } from 'zod';
import { jsonOf } from '../delivery';
import type { ToldChange } from '../types';

const ENTITY = 'page';
const SOME: readonly ToldChange[] = [{ entity: ENTITY, hint: { kind: 'some' } }];

/** With or without dashes; pages are known here as Notion's answers write them. */
const pageId = z
  .string()
  .transform((text) => text.replaceAll('-', '').toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{32}$/))
  .transform((hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
const event = z.looseObject({ entity: z.looseObject({ type: z.string(), id: z.unknown().optional() }) });

/** What one of Notion's events names. @see https://developers.notion.com/reference/webhooks-events-delivery */
export function toldByNotion(delivery: Uint8Array): readonly ToldChange[] | null {
  const read = event.safeParse(jsonOf(delivery));
  if (!read.success) return null;
  const { type, id } = read.data.entity;
  switch (type) {
    case 'page': {
      const page = pageId.safeParse(id);
      return page.success ? [{ entity: ENTITY, hint: { kind: 'records', ids: [page.data] } }] : null;
    }
    // Any of the pages in it may have another property now.
    case 'database':
    case 'data_source':
    case 'block':
      return SOME;
    // Comments stand beside a page, and are not synced.
    case 'comment':
      return [];
    default:
      return null;
  }
}
