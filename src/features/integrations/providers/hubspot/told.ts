import { z } from 'zod';
import { jsonOf } from '../delivery';
import type { ToldChange } from '../types';
import { OBJECT_TYPE_IDS } from './objects.data';

const ENTITIES = Object.keys(OBJECT_TYPE_IDS);

/** Beyond what a JSON number holds exactly it would be another record's. */
const id = z.union([z.int().positive(), z.string().regex(/^\d{1,20}$/)]).transform(String);
const one = id.optional().catch(undefined);
const word = z.string().optional().catch(undefined);
const event = z.looseObject({
  subscriptionType: z.string(),
  objectTypeId: word,
  fromObjectTypeId: word,
  toObjectTypeId: word,
  /** `CONTACT_TO_COMPANY` */
  associationType: word,
  objectId: one,
  fromObjectId: one,
  toObjectId: one,
  primaryObjectId: one,
  newObjectId: one,
  mergedObjectIds: z.array(id).max(1_000).optional().catch(undefined),
});
type Event = z.output<typeof event>;

/** A record that an event names; without an id, some record of that kind. */
interface Named {
  entity: string;
  id: string | undefined;
}

/**
 * What a batch of HubSpot's events names, in the older form (`contact.creation`) and the generic one (`object.creation` beside the
 * object's number). @see https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
 */
export function toldByHubSpot(delivery: Uint8Array): readonly ToldChange[] | null {
  const events = z.array(z.unknown()).safeParse(jsonOf(delivery));
  if (!events.success) return null;
  const named: Named[] = [];
  const erased = new Map(ENTITIES.map((entity) => [entity, new Set<string>()]));
  for (const each of events.data) {
    const read = event.safeParse(each);
    if (!read.success) named.push(...ENTITIES.map((entity) => ({ entity, id: undefined })));
    else if (read.data.subscriptionType.endsWith('.privacyDeletion')) {
      const { objectId } = read.data;
      const entity = entityOf(read.data);
      if (entity && objectId) erased.get(entity)?.add(objectId);
    } else named.push(...namedBy(read.data));
  }
  return ENTITIES.flatMap((entity) => toldOf(entity, named, erased.get(entity) ?? new Set()));
}

/** Who was removed for good is not asked for once more. */
function toldOf(entity: string, named: readonly Named[], erased: ReadonlySet<string>): ToldChange[] {
  const own = named.filter((each) => each.entity === entity);
  const ids = [...new Set(own.flatMap(({ id: known }) => known ?? []))].filter((known) => !erased.has(known));
  const some = own.some(({ id: known }) => known === undefined);
  return [
    ...(erased.size > 0 ? [{ entity, erased: [...erased] }] : []),
    ...(ids.length > 0 ? [{ entity, hint: { kind: 'records' as const, ids } }] : []),
    ...(some ? [{ entity, hint: { kind: 'some' as const } }] : []),
  ];
}

function namedBy(told: Event): Named[] {
  const entity = entityOf(told);
  if (told.subscriptionType.endsWith('.associationChange')) {
    const from = entityOfType(told.fromObjectTypeId) ?? entity;
    const to = entityOfType(told.toObjectTypeId) ?? endOf(told.associationType);
    return [
      ...(from ? [{ entity: from, id: told.fromObjectId }] : []),
      ...(to ? [{ entity: to, id: told.toObjectId }] : []),
    ];
  }
  if (!entity) return [];
  const { objectId, primaryObjectId, newObjectId, mergedObjectIds = [] } = told;
  const ids = [objectId, primaryObjectId, newObjectId, ...mergedObjectIds].filter(
    (known) => known !== undefined,
  );
  return ids.length > 0 ? ids.map((known) => ({ entity, id: known })) : [{ entity, id: undefined }];
}

/** Nothing for objects that are not synced: tickets, conversations. */
function entityOf({ subscriptionType, objectTypeId }: Event): string | undefined {
  const [kind = ''] = subscriptionType.split('.');
  return kind === 'object' ? entityOfType(objectTypeId) : ENTITIES.find((entity) => entity === kind);
}

function entityOfType(objectTypeId: string | undefined): string | undefined {
  return ENTITIES.find((entity) => OBJECT_TYPE_IDS[entity] === objectTypeId);
}

/** The older form names the other object only in the kind of association. */
function endOf(associationType: string | undefined): string | undefined {
  const words = associationType?.toLowerCase().split('_') ?? [];
  return words.includes('to') ? ENTITIES.find((entity) => entity === words.at(-1)) : undefined;
}
