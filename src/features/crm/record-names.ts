import { blockKeysOf } from './dedup/blocking';
import { folded, subtitleOf, termsOf, titleOf } from './record-words';
import type { RecordKind } from './schema';

/** What a record is called and found by. */
export function namesOf(entity: RecordKind, fields: Record<string, unknown>, externalId: string) {
  const title = titleOf(entity, fields, externalId);
  const subtitle = subtitleOf(entity, fields);
  const sortTitle = folded(title).slice(0, 100);
  const blocks = blockKeysOf(entity, fields);
  return { title, subtitle, sortTitle, terms: termsOf(title, subtitle), blocks };
}
