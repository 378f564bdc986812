import type { PlatformId } from '@/features/platforms/schema';
import {
  type CalendarAnswer,
  type CalendarItem,
  type CalendarSlot,
  OFF_CALENDAR,
} from '../../calendar/schema';
import type { Run, RunStatus } from '../../schema';
import { type CalendarView, keyAt } from './calendar-days';
import { isMovable } from './moving';

/** What the calendar draws, made of what the API answered and what has changed since. Pure. */

/** One post at one time, on one channel or several. */
export interface Entry {
  key: string;
  postId: string;
  dueAt: Date;
  zone: string;
  version: number;
  text: string;
  status: RunStatus;
  sandbox: boolean;
  movable: boolean;
  conflict: boolean;
  channels: readonly { id: string; connectionId: string; platform: PlatformId; status: RunStatus }[];
}

/** The answer as it arrives: instants are text. */
type Wire<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] };
export type CalendarWire = Omit<CalendarAnswer, 'items' | 'slots'> & {
  items: Wire<CalendarItem>[];
  slots: Wire<CalendarSlot>[];
};

export function received(answers: readonly CalendarWire[]): Pick<CalendarAnswer, 'items' | 'slots'> {
  return {
    items: answers.flatMap(({ items }) => items.map((item) => ({ ...item, dueAt: new Date(item.dueAt) }))),
    // Slots do not follow the pages: each answer has all of them.
    slots: (answers[0]?.slots ?? []).map((slot) => ({ ...slot, at: new Date(slot.at) })),
  };
}

export interface LiveRuns {
  /** Every listener has answered, and none reached its limit. */
  complete: boolean;
  byId: ReadonlyMap<string, Run>;
}

/** What listeners know is newer: a run that moved, went out, or is gone. */
export function refreshed(items: readonly CalendarItem[], live: LiveRuns): CalendarItem[] {
  return items.flatMap((item) => {
    const run = live.byId.get(item.id);
    if (!run) return live.complete ? [] : [item];
    if (OFF_CALENDAR.has(run.status)) return [];
    const { status, dueAt, zone, slotId } = run;
    return [{ ...item, status, dueAt, zone, slotId, permalink: run.permalink ?? null }];
  });
}

/** What listeners know that the answer does not: names of new runs and new content. Empty: nothing to ask again. */
export function unknownOf(items: readonly CalendarItem[], live: LiveRuns): string {
  const known = new Map(items.map((item) => [item.id, item.version]));
  return [...live.byId.values()]
    .filter((run) => !OFF_CALENDAR.has(run.status) && run.contentVersion > (known.get(run.id) ?? 0))
    .map((run) => `${run.id}@${run.contentVersion}`)
    .sort()
    .join(' ');
}

/** The channels of a post that go out together are one entry. @param moved where entries were put that are being saved. */
export function entriesOf(
  items: readonly CalendarItem[],
  conflicts: ReadonlySet<string>,
  moved: ReadonlyMap<string, Date>,
): Entry[] {
  const groups = new Map<string, CalendarItem[]>();
  for (const item of items) {
    const key = `${item.postId} ${(moved.get(item.id) ?? item.dueAt).getTime()}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()]
    .flatMap((group): Entry[] => {
      const [first] = group;
      if (!first) return [];
      const { postId, zone, version, text } = first;
      return [
        {
          key: `${postId} ${group.map((item) => item.connectionId).sort()}`,
          postId,
          zone,
          version: Math.max(...group.map((item) => item.version), version),
          text,
          dueAt: moved.get(first.id) ?? first.dueAt,
          status: worstOf(group),
          sandbox: group.every((item) => item.sandbox),
          movable: group.every((item) => isMovable(item.status)),
          conflict: group.some((item) => conflicts.has(item.id)),
          channels: group.map(({ id, connectionId, platform, status }) => ({
            id,
            connectionId,
            platform,
            status,
          })),
        },
      ];
    })
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || a.key.localeCompare(b.key));
}

/** The state that asks most of a person speaks for the entry. */
const LOUDEST: readonly RunStatus[] = ['failed', 'blocked', 'unconfirmed', 'partial', 'pending_approval'];

function worstOf(group: readonly CalendarItem[]): RunStatus {
  const loud = LOUDEST.find((status) => group.some((item) => item.status === status));
  return loud ?? group[0]?.status ?? 'scheduled';
}

/** Things by the cell they lie in. */
export function byCell<T>(
  things: readonly T[],
  at: (thing: T) => Date,
  zone: string,
  view: Exclude<CalendarView, 'list'>,
): ReadonlyMap<string, readonly T[]> {
  const cells = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyAt(at(thing), zone, view);
    cells.set(key, [...(cells.get(key) ?? []), thing]);
  }
  return cells;
}
