import { z } from 'zod';
import { jsonOf } from '../delivery';
import type { ToldChange } from '../types';

const PEOPLE: ReadonlySet<string> = new Set(['user_change', 'user_profile_changed', 'team_join']);

/** Some events carry the whole thing, others its id alone. */
const idOf = (pattern: RegExp) => {
  const id = z.string().regex(pattern);
  return z.union([id, z.looseObject({ id }).transform((whole) => whole.id)]);
};
const channelId = idOf(/^[CG][A-Z0-9]{2,30}$/);
const userId = idOf(/^[UW][A-Z0-9]{2,30}$/);
const callback = z.looseObject({
  type: z.literal('event_callback'),
  event: z.looseObject({ type: z.string(), channel: z.unknown().optional(), user: z.unknown().optional() }),
});

/** What one of Slack's events names. @see https://docs.slack.dev/reference/events */
export function toldBySlack(delivery: Uint8Array): readonly ToldChange[] | null {
  const read = callback.safeParse(jsonOf(delivery));
  // Commands and buttons change nothing; a word that events were left out is one to look at everything.
  if (!read.success) return null;
  const { type, channel, user } = read.data.event;
  if (type.startsWith('channel_')) return named('channel', channelId.safeParse(channel));
  if (PEOPLE.has(type)) return named('user', userId.safeParse(user));
  return [];
}

function named(entity: string, id: z.ZodSafeParseResult<string>): readonly ToldChange[] {
  return [{ entity, hint: id.success ? { kind: 'records', ids: [id.data] } : { kind: 'some' } }];
}
