import { describe, expect, it } from 'vitest';
import { RUN_STATUSES } from '@/features/publishing/schema';
import { isLocked, isOpen, planEdit } from './edit-plan';
import type { ComposedContent } from './schema';

const content = (over: Partial<ComposedContent> = {}): ComposedContent => ({
  master: { text: 'Hello', mediaIds: [] },
  channels: [
    { connectionId: 'a', platform: 'x' },
    { connectionId: 'b', platform: 'mastodon', variant: { text: 'Own' } },
  ],
  ...over,
});
const runs = [
  { id: 'p_a', connectionId: 'a', status: 'scheduled' },
  { id: 'p_b', connectionId: 'b', status: 'published' },
];
const ids = (plan: ReturnType<typeof planEdit<(typeof runs)[number]>>) => ({
  joined: plan.joined,
  left: plan.left.map((run) => run.connectionId),
  changed: plan.changed.map((run) => run.connectionId),
});

describe('what an edit means for runs', () => {
  it('touches only channels that would get something else', () => {
    const after = content({ master: { text: 'Hello!', mediaIds: [] } });
    // Channel b has a text of its own, so the master does not reach it.
    expect(ids(planEdit(content(), after, runs))).toEqual({ joined: [], left: [], changed: ['a'] });
    const [a, b] = content().channels;
    if (!a || !b) throw new Error('fixture');
    const own = content({ channels: [a, { ...b, variant: { text: 'Other' } }] });
    expect(ids(planEdit(content(), own, runs)).changed).toEqual(['b']);
    expect(ids(planEdit(content(), content(), runs))).toEqual({ joined: [], left: [], changed: [] });
  });

  it('knows who joins and who leaves, and takes a cancelled run as none', () => {
    const [a] = content().channels;
    if (!a) throw new Error('fixture');
    const after = content({ channels: [a, { connectionId: 'c', platform: 'bluesky' }] });
    expect(ids(planEdit(content(), after, runs))).toEqual({ joined: ['c'], left: ['b'], changed: [] });
    const cancelled = [{ id: 'p_a', connectionId: 'a', status: 'cancelled' }];
    expect(ids(planEdit(content(), content(), cancelled))).toEqual({
      joined: ['a', 'b'],
      left: [],
      changed: [],
    });
  });

  it('sorts every status into changeable, locked or gone', () => {
    const sorted = RUN_STATUSES.map((status) => [
      status,
      isOpen({ status }) ? 'open' : isLocked({ status }) ? 'locked' : 'gone',
    ]);
    expect(Object.fromEntries(sorted)).toEqual({
      pending_approval: 'open',
      scheduled: 'open',
      preparing: 'open',
      processing: 'open',
      ready: 'open',
      blocked: 'open',
      failed: 'open',
      committing: 'locked',
      confirming: 'locked',
      unconfirmed: 'locked',
      published: 'locked',
      partial: 'locked',
      deleting: 'locked',
      cancelled: 'gone',
      deleted: 'gone',
    });
  });
});
