import { describe, expect, it } from 'vitest';
import { type CalendarItem, conflictsOf, matchesFilters } from '../../calendar/schema';
import type { Run } from '../../schema';
import { entriesOf, refreshed, unknownOf } from './entries';

const item = (over: Partial<CalendarItem> = {}): CalendarItem => ({
  id: 'p_a',
  postId: 'p',
  connectionId: 'a',
  platform: 'sandbox',
  status: 'scheduled',
  dueAt: new Date('2026-03-02T09:00Z'),
  shownAt: '2026-03-02T09:00',
  zone: 'UTC',
  slotId: null,
  permalink: null,
  version: 1,
  text: 'Hello',
  tags: ['spring'],
  campaignId: 'c',
  authorId: 'ann',
  seriesId: null,
  sandbox: true,
  ...over,
});
const run = (over: Partial<Run>): Run =>
  ({
    id: 'p_a',
    status: 'scheduled',
    dueAt: item().dueAt,
    zone: 'UTC',
    slotId: null,
    contentVersion: 1,
    ...over,
  }) as Run;
const live = (...runs: Run[]) => ({ complete: true, byId: new Map(runs.map((one) => [one.id, one])) });

describe('what the calendar draws', () => {
  it('listeners know what is newer, and what is gone', () => {
    const later = new Date('2026-03-04T09:00Z');
    expect(refreshed([item()], live(run({ dueAt: later, status: 'published' })))).toEqual([
      item({ dueAt: later, status: 'published' }),
    ]);
    expect(refreshed([item()], live())).toEqual([]);
    expect(refreshed([item()], live(run({ status: 'cancelled' })))).toEqual([]);
    expect(refreshed([item()], { ...live(), complete: false })).toEqual([item()]);
  });

  it('asks again for what the answer does not have, and only for that', () => {
    expect(unknownOf([item()], live(run({})))).toBe('');
    expect(unknownOf([item()], live(run({ contentVersion: 2 })))).toBe('p_a@2');
    expect(unknownOf([], live(run({ status: 'cancelled' })))).toBe('');
  });

  it('channels that go out together are one entry; the loudest state speaks', () => {
    const other = item({ id: 'p_b', connectionId: 'b', status: 'blocked' });
    const [entry, ...rest] = entriesOf([item(), other], new Set(['p_b']), new Map());
    expect(rest).toEqual([]);
    expect(entry).toMatchObject({ status: 'blocked', movable: true, conflict: true });
    const apart = entriesOf([item(), other], new Set(), new Map([['p_b', new Date('2026-03-05T09:00Z')]]));
    expect(apart.map(({ channels }) => channels.map(({ connectionId }) => connectionId))).toEqual([
      ['a'],
      ['b'],
    ]);
  });

  it('posts of a channel less than a quarter of an hour apart are in conflict', () => {
    const at = (id: string, minutes: number, connectionId = 'a') =>
      item({ id, connectionId, dueAt: new Date(Date.UTC(2026, 2, 2, 9, minutes)) });
    const rows = [
      at('1', 0),
      at('2', 14),
      at('3', 29),
      at('4', 5, 'b'),
      { ...at('5', 1), status: 'failed' as const },
    ];
    expect(conflictsOf(rows)).toEqual([{ connectionId: 'a', runIds: ['1', '2'] }]);
  });

  it('filters mean the same everywhere', () => {
    expect(
      matchesFilters(item(), {
        channel: ['a'],
        status: ['scheduled'],
        campaign: 'c',
        tag: 'spring',
        author: 'ann',
      }),
    ).toBe(true);
    for (const filters of [
      { channel: ['b'] },
      { status: ['failed' as const] },
      { campaign: 'd' },
      { tag: 'x' },
      { author: 'ben' },
    ])
      expect(matchesFilters(item(), filters)).toBe(false);
  });
});
