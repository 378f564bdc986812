import { z } from 'zod';
import { zoneSchema } from '@/core/time/zones';
import { platformIdSchema } from '@/features/platforms/schema';
import { type RunStatus, runStatusSchema } from '../schema';

/** The words of the calendar: what is planned and out, channel by channel, beside the free slots. Isomorphic. */

/** Two posts on one channel closer than this stand in each other's way. */
export const TOO_CLOSE_MS = 15 * 60_000;
/** Longest time one answer covers: a month with the days around it, and some. */
export const RANGE_MAX_DAYS = 62;
export const CALENDAR_PAGE = 2_000;

const DAY = 24 * 3600_000;
const idList = z
  .union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).max(50)])
  .transform((value) => [value].flat())
  .optional();

export const calendarQuerySchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
    to: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
    /** In which local times of the answer are told. */
    zone: zoneSchema,
    channel: idList,
    status: z
      .union([runStatusSchema, z.array(runStatusSchema).max(20)])
      .transform((value) => [value].flat())
      .optional(),
    campaign: z.string().max(200).optional(),
    tag: z.string().max(60).optional(),
    author: z.string().max(200).optional(),
    cursor: z.string().max(2_000).optional(),
  })
  .check((ctx) => {
    const { from, to } = ctx.value;
    const fault = (path: string, message: string) =>
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value });
    if (to <= from) fault('to', 'The end lies after the start.');
    if (to.getTime() - from.getTime() > RANGE_MAX_DAYS * DAY)
      fault('to', `Ask for at most ${RANGE_MAX_DAYS} days at a time.`);
  });
export type CalendarQuery = z.output<typeof calendarQuerySchema>;

/** One post on one channel. */
export const calendarItemSchema = z.object({
  /** The run's id. */
  id: z.string(),
  postId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  status: runStatusSchema,
  dueAt: z.date(),
  /** As a clock in the asked zone shows it. */
  shownAt: z.string(),
  /** Where it was planned: the wall time that stays when it is moved by days. */
  zone: z.string(),
  slotId: z.string().nullable(),
  permalink: z.string().nullable(),
  /** The post's version, for `If-Match`. */
  version: z.int(),
  /** The first line that has words, at most 140 characters. */
  text: z.string(),
  tags: z.array(z.string()),
  campaignId: z.string().nullable(),
  authorId: z.string(),
  seriesId: z.string().nullable(),
  sandbox: z.boolean(),
});
export type CalendarItem = z.output<typeof calendarItemSchema>;

export const calendarSlotSchema = z.object({
  slotId: z.string(),
  connectionId: z.string(),
  at: z.date(),
  shownAt: z.string(),
  label: z.string(),
  /** The run that is planned at that instant; null: free. */
  takenBy: z.string().nullable(),
});
export type CalendarSlot = z.output<typeof calendarSlotSchema>;

export const calendarConflictSchema = z.object({ connectionId: z.string(), runIds: z.array(z.string()) });
export type CalendarConflict = z.output<typeof calendarConflictSchema>;

export const calendarAnswerSchema = z.object({
  items: z.array(calendarItemSchema),
  slots: z.array(calendarSlotSchema),
  conflicts: z.array(calendarConflictSchema),
  /** Null: everything of the range is here. */
  cursor: z.string().nullable(),
});
export type CalendarAnswer = z.output<typeof calendarAnswerSchema>;

export type CalendarFilters = Pick<CalendarQuery, 'channel' | 'status' | 'campaign' | 'tag' | 'author'>;

/** The one meaning of the filters, for the API and the page. */
export function matchesFilters(item: CalendarItem, filters: CalendarFilters): boolean {
  const { channel, status, campaign, tag, author } = filters;
  if (channel?.length && !channel.includes(item.connectionId)) return false;
  if (status?.length && !status.includes(item.status)) return false;
  if (campaign && item.campaignId !== campaign) return false;
  if (tag && !item.tags.includes(tag)) return false;
  return !author || item.authorId === author;
}

/** Nothing of these takes time on a channel. */
export const OFF_CALENDAR: ReadonlySet<RunStatus> = new Set<RunStatus>(['cancelled', 'deleted']);

/** Posts of one channel that follow each other too closely, as groups in order of time. */
export function conflictsOf(
  items: readonly Pick<CalendarItem, 'id' | 'connectionId' | 'dueAt' | 'status'>[],
): CalendarConflict[] {
  const byChannel = new Map<string, typeof items>();
  for (const item of items) {
    if (OFF_CALENDAR.has(item.status) || item.status === 'failed') continue;
    byChannel.set(item.connectionId, [...(byChannel.get(item.connectionId) ?? []), item]);
  }
  return [...byChannel].flatMap(([connectionId, own]) => {
    const groups: (typeof items)[number][][] = [];
    for (const item of [...own].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())) {
      const last = groups.at(-1)?.at(-1);
      if (last && item.dueAt.getTime() - last.dueAt.getTime() < TOO_CLOSE_MS) groups.at(-1)?.push(item);
      else groups.push([item]);
    }
    return groups
      .filter((group) => group.length > 1)
      .map((group) => ({ connectionId, runIds: group.map((item) => item.id) }));
  });
}
