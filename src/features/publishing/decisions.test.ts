import { aRun, at, now, plan, post, rootOut } from '@tests/support/runs';
import { describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import type { Post } from '@/features/content/schema';
import { decideClaim } from './claiming';
import { decideCommitResult } from './committing';
import { decideFailure, type Moment } from './failing';
import { decideIntent, type IntentFacts } from './intent';
import { decideReplan } from './planning';
import type { Lane, Run, RunStatus } from './schema';
import { decideLook, decideResolve, decideRetry, lookLater } from './settling';
import { DEFAULT_TIMING, outageDelayMs } from './timing';

const moment: Moment = { now, startedAt: now, random: () => 0, timing: DEFAULT_TIMING };
const error = (facts: Partial<ExternalServiceError> = {}) =>
  new ExternalServiceError('no', {
    provider: 'sandbox',
    kind: 'unavailable',
    retryable: true,
    outcome: 'not_sent',
    ...facts,
  });

describe('claim', () => {
  const facts = { owner: 'w', account: null, app: null, lateLimit: 6 * 3600_000 };

  it('takes what is due and free, and points the sweep at the end of the lease', () => {
    const decision = decideClaim(aRun(), facts, moment);
    expect(decision).toMatchObject({
      kind: 'claim',
      change: {
        patch: { status: 'preparing', leaseOwner: 'w', fence: 1, leaseUntil: at(60), nextActionAt: at(60) },
      },
    });
  });

  it.each([
    ['not due', { nextActionAt: at(1) }, 'early'],
    ['leased', { leaseOwner: 'x', leaseUntil: at(1), status: 'preparing' }, 'leased'],
    ['over', { status: 'published', nextActionAt: null }, 'over'],
  ] as [string, Partial<Run>, string][])('leaves alone what is %s', (_, over, why) => {
    expect(decideClaim(aRun(over), facts, moment)).toEqual({ kind: 'skip', why });
  });

  it('turns a commit whose worker is gone into a question, never into a second send', () => {
    const commit = { id: 'k', step: 'root' as const, fingerprint: 'f', sentAt: at(-70), deadline: at(-20) };
    const run = aRun({
      status: 'committing',
      leaseOwner: 'x',
      leaseUntil: at(-1),
      nextActionAt: at(-1),
      commit,
    });
    expect(decideClaim(run, facts, moment)).toMatchObject({
      kind: 'claim',
      lost: true,
      change: { patch: { status: 'unconfirmed', uncertain: true }, attempt: { outcome: 'unknown' } },
    });
  });

  it('a pause of the account or of the whole network delays, until the later of the two', () => {
    const lane = (seconds: number): Lane =>
      ({ slots: [], pausedUntil: at(seconds), pausedReason: 'rate_limit' }) as unknown as Lane;
    const decision = decideClaim(aRun(), { ...facts, account: lane(10), app: lane(40) }, moment);
    expect(decision).toMatchObject({
      kind: 'rest',
      change: { patch: { status: 'scheduled', nextActionAt: at(40), lastErrorClass: 'rate_limit' } },
    });
  });

  it.each([
    [{}, 'claim'],
    [{ releasedAt: at(-60) }, 'claim'],
    [{ dueAt: at(-6 * 3600 - 1) }, 'rest'],
    [{ dueAt: at(-7 * 3600), releasedAt: at(-60) }, 'claim'],
  ])('lateness counts from the due time or from a person’s "now": %j', (over, kind) => {
    expect(decideClaim(aRun(over), facts, moment).kind).toBe(kind);
  });

  it('lateness does not stop a thread whose first post is out', () => {
    const run = rootOut(aRun({ dueAt: at(-7 * 3600) }));
    expect(decideClaim(run, facts, moment).kind).toBe('claim');
  });

  it('gives up a block after a month of reminders', () => {
    const run = aRun({
      status: 'blocked',
      blockedReason: 'rules',
      phaseSince: at(-31 * 24 * 3600),
      reminders: 4,
    });
    expect(decideClaim(run, facts, moment)).toMatchObject({ change: { patch: { status: 'failed' } } });
    const young = aRun({ status: 'blocked', blockedReason: 'rules', phaseSince: at(-24 * 3600) });
    expect(decideClaim(young, facts, moment)).toMatchObject({
      change: { patch: { status: 'blocked', reminders: 1 }, announce: [{ payload: { reminder: 1 } }] },
    });
  });
});

describe('intent', () => {
  const run = aRun({ status: 'preparing', leaseOwner: 'w', leaseUntil: at(40), nextActionAt: at(40) });
  const facts = (over: Partial<IntentFacts> = {}): IntentFacts => ({
    commitId: 'k',
    contentHash: plan.contentHash,
    fingerprint: 'f',
    steps: ['root'],
    artefacts: {},
    artefactsFor: 'f',
    post,
    channel: { health: 'healthy', requiresApproval: false, concurrentCommits: 1 },
    slots: { lane: null, open: [] },
    ...over,
  });

  it('opens the way, with a deadline well inside the lease', () => {
    const decision = decideIntent(run, facts(), moment);
    expect(decision).toMatchObject({ kind: 'send', deadline: at(50), slot: { until: at(50) } });
    expect(decision).toMatchObject({ change: { patch: { status: 'committing', leaseUntil: at(60) } } });
  });

  it.each([
    ['the post is gone', { post: null }, 'cancelled'],
    ['the channel was taken off the post', { post: { ...post, channels: [] } }, 'cancelled'],
    ['the post was withdrawn', { post: { ...post, status: 'deleted' } }, 'cancelled'],
    ['the content changed', { contentHash: 'other' }, 'scheduled'],
    ['the channel is gone', { channel: null }, 'blocked'],
  ] as [string, Partial<IntentFacts>, RunStatus][])('stops when %s', (_, over, status) => {
    expect(decideIntent(run, facts(over), moment)).toMatchObject({
      kind: 'stop',
      change: { patch: { status } },
    });
  });

  it.each([
    ['needs_reauth', 'reconnect'],
    ['disabled', 'platform'],
  ] as const)('blocks on a channel that is %s', (health, blockedReason) => {
    const channel = { health, requiresApproval: false, concurrentCommits: 1 };
    expect(decideIntent(run, facts({ channel }), moment)).toMatchObject({
      change: { patch: { status: 'blocked', blockedReason } },
    });
  });

  it('an approval of other content is none, even where none is asked for', () => {
    const approved = { ...post, approval: { status: 'approved', hash: 'older' } } as Post;
    expect(decideIntent(run, facts({ post: approved }), moment)).toMatchObject({
      change: { patch: { status: 'blocked', blockedReason: 'approval' } },
    });
    const channel = { health: 'healthy', requiresApproval: true, concurrentCommits: 1 } as const;
    expect(decideIntent(run, facts({ channel }), moment).kind).toBe('stop');
    const right = { ...post, approval: { status: 'approved', hash: 'h' } } as Post;
    expect(decideIntent(run, facts({ post: right, channel }), moment).kind).toBe('send');
  });

  it('a channel that is in review is held, one that trusts the author is not, for exactly that content', () => {
    const channel = { health: 'healthy', requiresApproval: true, concurrentCommits: 1 } as const;
    const free = { ...channel, requiresApproval: false };
    const kind = (approval: Post['approval'], gate: typeof channel | typeof free) =>
      decideIntent(run, facts({ post: { ...post, approval }, channel: gate }), moment).kind;
    expect(kind({ status: 'in_review', hash: 'h', channels: ['c'] }, free)).toBe('stop');
    expect(kind({ status: 'changes_requested', channels: ['c'] }, free)).toBe('stop');
    expect(kind({ status: 'in_review', hash: 'h', channels: ['other'] }, free)).toBe('send');
    expect(kind({ status: 'none', hash: 'h', exempt: ['c'] }, channel)).toBe('send');
    expect(kind({ status: 'none', hash: 'older', exempt: ['c'] }, channel)).toBe('stop');
  });

  it('waits for another commit of the account, but not for one whose time is over', () => {
    const slot = (seconds: number) => ({ runId: 'other', commitId: 'x', until: at(seconds) });
    expect(decideIntent(run, facts({ slots: { lane: null, open: [slot(5)] } }), moment)).toEqual({
      kind: 'busy',
      until: at(5),
    });
    expect(decideIntent(run, facts({ slots: { lane: null, open: [slot(-1)] } }), moment).kind).toBe('send');
  });
});

describe('failures', () => {
  const run = aRun({ status: 'preparing', leaseOwner: 'w', leaseUntil: at(60), nextActionAt: at(60) });

  it('follow Retry-After exactly and pause its scope', () => {
    const failed = {
      status: 'failed',
      error: error({ kind: 'rate_limit', retryAfterMs: 90_000 }),
      scope: 'app',
    } as const;
    expect(decideFailure(run, failed, 'prepare', moment)).toMatchObject({
      patch: { status: 'scheduled', nextActionAt: at(90), attempts: 1 },
      pauses: [{ scope: 'app', until: at(90) }],
    });
  });

  it('end after six tries, and at once when trying again cannot help', () => {
    const fifth = { ...run, attempts: 4 };
    const failed = { status: 'failed', error: error() } as const;
    expect(decideFailure(fifth, failed, 'prepare', moment).patch.status).toBe('scheduled');
    expect(decideFailure({ ...run, attempts: 5 }, failed, 'prepare', moment).patch.status).toBe('failed');
    const no = { status: 'failed', error: error({ kind: 'content_policy', retryable: false }) } as const;
    const ended = decideFailure(run, no, 'prepare', moment);
    expect(ended.patch).toMatchObject({ status: 'failed', nextActionAt: null, leaseOwner: null });
    expect(ended.announce?.map(({ event }) => event.name)).toEqual(['post.failed']);
  });

  it('leave a partial run once its first post is out', () => {
    const no = { status: 'failed', error: error({ retryable: false }) } as const;
    expect(decideFailure(rootOut(run), no, 'prepare', moment).patch.status).toBe('partial');
  });

  it('wait longer each time', () => {
    const waits = [1, 2, 3, 4, 5].map((failures) => outageDelayMs(failures, () => 1));
    expect(waits).toEqual([1_000, 4_000, 16_000, 64_000, 256_000]);
  });
});

describe('a lost answer', () => {
  const commit = { id: 'k', step: 'root' as const, fingerprint: 'f', sentAt: now, deadline: at(50) };
  const committing = aRun({
    status: 'committing',
    leaseOwner: 'w',
    leaseUntil: at(60),
    nextActionAt: at(60),
    commit,
  });
  const lost = { status: 'failed', error: error({ outcome: 'unknown' }) } as const;
  const unconfirmed = aRun({ status: 'unconfirmed', nextActionAt: now, commit, uncertain: true });

  it.each([
    ['exact', at(50), null],
    ['eventual', at(50), null],
    ['none', at(24 * 3600), now],
  ] as const)(
    '%s: the first look comes after the request can be over; only "none" asks at once',
    (mode, next, asked) => {
      const { patch, announce } = decideCommitResult(committing, lost, mode, moment);
      expect(patch).toMatchObject({ status: 'unconfirmed', uncertain: true, nextActionAt: next });
      expect(patch.askedAt ?? null).toEqual(asked);
      expect(announce?.length ?? 0).toBe(asked ? 1 : 0);
    },
  );

  it('an eventual network is looked at 30 s, 3 and 15 min after the call; then a person is asked', () => {
    let run: Run = unconfirmed;
    let clock = at(50);
    const looks: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const then = { ...moment, now: clock };
      expect(lookLater(run, 'eventual', then)).toBeNull();
      const absent = { mode: 'eventual', result: { status: 'absent' }, automaticResend: false } as const;
      const change = decideLook(run, absent, then);
      run = { ...run, ...change.patch } as Run;
      if (count < 2) looks.push((run.nextActionAt?.getTime() ?? 0) - now.getTime());
      else expect([run.status, run.askedAt, change.announce?.length]).toEqual(['unconfirmed', clock, 1]);
      clock = run.nextActionAt ?? clock;
    }
    expect(looks).toEqual([180_000, 900_000]);
  });

  it('certain absence sends again; uncertainty never does', () => {
    const look = (mode: 'exact' | 'eventual', status: 'absent' | 'unknown') =>
      decideLook({ ...unconfirmed, looks: 9 }, { mode, result: { status }, automaticResend: false }, moment)
        .patch.status;
    expect(look('exact', 'absent')).toBe('scheduled');
    expect(look('exact', 'unknown')).toBe('unconfirmed');
    expect(look('eventual', 'absent')).toBe('unconfirmed');
    expect(look('eventual', 'unknown')).toBe('unconfirmed');
  });

  it('a person may send again only after the old request can be over', () => {
    const asked = { ...unconfirmed, askedAt: now };
    const change = decideResolve(asked, { outcome: 'absent', resend: true }, 'me', moment);
    expect(change.patch).toMatchObject({
      status: 'scheduled',
      nextActionAt: at(50),
      uncertain: false,
      fence: 1,
    });
  });

  it('what is left alone cannot be tried again by mistake', () => {
    const left = {
      ...unconfirmed,
      ...decideResolve(unconfirmed, { outcome: 'absent', resend: false }, 'me', moment).patch,
    };
    expect(left).toMatchObject({ status: 'failed', uncertain: true });
    expect(() => decideRetry(left as Run, 'me', moment)).toThrow(/Nobody knows/);
    expect(() => decideReplan(left as Run, post, { ...plan, dueAt: at(99) }, now)).toThrow(/Nobody knows/);
  });

  it('root out by a person’s word, with a thread to follow: the rest cannot be attached and says so', () => {
    const thread = {
      ...unconfirmed,
      parts: [...unconfirmed.parts, { ...rootOut(unconfirmed).parts[1] }],
    } as Run;
    const change = decideResolve(thread, { outcome: 'published', resend: false }, 'me', moment);
    expect(change.patch.status).toBe('partial');
    expect(change.announce?.map(({ event }) => event.name)).toEqual(['content_published', 'post.partial']);
  });
});
