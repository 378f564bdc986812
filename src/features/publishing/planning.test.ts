import { aRun, at, now, plan, post, rootOut } from '@tests/support/runs';
import { describe, expect, it } from 'vitest';
import { decideCancel, decideContentChanged, decideReplan } from './planning';
import { postStatusOf } from './roll-up';
import { RUN_STATUSES, type RunStatus, resolveRequestSchema } from './schema';
import { TERMINAL_STATUSES } from './states';
import { isRootOut } from './transition';

describe('planning', () => {
  it('too late once anything left or may have', () => {
    for (const status of RUN_STATUSES) {
      const run = aRun({ status, nextActionAt: TERMINAL_STATUSES.has(status) ? null : now });
      const open = [
        'pending_approval',
        'scheduled',
        'preparing',
        'processing',
        'ready',
        'blocked',
        'failed',
        'cancelled',
      ];
      const attempt = () => decideReplan(run, post, { ...plan, dueAt: at(60) }, now);
      if (open.includes(status))
        expect(attempt(), status).toMatchObject({ status: 'scheduled', dueAt: at(60) });
      else expect(attempt, status).toThrow(expect.objectContaining({ code: 'too_late' }));
    }
    expect(() => decideCancel(rootOut(aRun({ status: 'preparing' })))).toThrow(
      expect.objectContaining({ code: 'too_late' }),
    );
  });

  it('takes the run out of a worker’s hands', () => {
    const run = aRun({
      status: 'preparing',
      leaseOwner: 'w',
      leaseUntil: at(60),
      nextActionAt: at(60),
      fence: 4,
    });
    expect(decideCancel(run)).toMatchObject({
      status: 'cancelled',
      fence: 5,
      leaseOwner: null,
      nextActionAt: null,
    });
    expect(decideContentChanged(run, post, 'new', now)).toMatchObject({
      status: 'scheduled',
      fence: 5,
      leaseOwner: null,
      nextActionAt: now,
      contentHash: 'new',
    });
  });

  it('an unchanged plan changes nothing', () => {
    expect(decideReplan(aRun(), post, plan, now)).toBeNull();
  });

  it('an edit keeps the time of what waits, and what waits for a person goes on waiting', () => {
    const later = aRun({ nextActionAt: at(600), dueAt: at(600) });
    expect(decideContentChanged(later, post, 'new', now)).toMatchObject({ nextActionAt: at(600) });
    const blocked = aRun({ status: 'blocked', blockedReason: 'rules' });
    expect(decideContentChanged(blocked, post, 'new', now)).toEqual({
      contentVersion: 1,
      contentHash: 'new',
    });
  });
});

describe('the post’s own status', () => {
  it.each([
    [['scheduled'], 'scheduled'],
    [['scheduled', 'pending_approval'], 'scheduled'],
    [['published', 'scheduled'], 'publishing'],
    [['committing'], 'publishing'],
    [['published', 'published'], 'published'],
    [['published', 'cancelled'], 'published'],
    [['published', 'failed'], 'partial'],
    [['partial'], 'partial'],
    [['published', 'unconfirmed'], 'attention'],
    [['blocked', 'scheduled'], 'attention'],
    [['failed', 'failed'], 'failed'],
    [['cancelled'], 'cancelled'],
    [['deleted', 'deleted'], 'deleted'],
    [['published', 'deleted'], 'partial'],
    [['deleting'], 'published'],
  ] as [RunStatus[], string][])('%j is %s', (statuses, expected) => {
    expect(postStatusOf(statuses.map((status) => ({ status })))).toBe(expected);
  });

  it('is not decided by publishing without runs', () => {
    expect(postStatusOf([])).toBeUndefined();
  });
});

it('an answer that contradicts itself is refused with its path', () => {
  const paths = (value: unknown) =>
    resolveRequestSchema.safeParse(value).error?.issues.map((issue) => issue.path.join('.'));
  expect(paths({ outcome: 'published', resend: true })).toEqual(['resend']);
  expect(paths({ outcome: 'absent', permalink: 'https://x.test/1' })).toEqual(['permalink']);
  expect(paths({ outcome: 'published', permalink: 'javascript:alert(1)' })).toEqual(['permalink']);
  expect(resolveRequestSchema.parse({ outcome: 'absent' })).toEqual({ outcome: 'absent', resend: false });
  expect(isRootOut(aRun())).toBe(false);
});
