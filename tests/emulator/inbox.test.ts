import { call, type Person, team } from '@tests/support/accounts';
import { sandboxChannel } from '@tests/support/content';
import { until } from '@tests/support/until';
import { beforeEach, describe, expect, it } from 'vitest';
import { POST as resolveReply } from '@/app/api/inbox/[id]/replies/[replyId]/resolve/route';
import { POST as sendReply } from '@/app/api/inbox/[id]/replies/route';
import { PATCH as changeItem } from '@/app/api/inbox/[id]/route';
import { POST as refresh } from '@/app/api/inbox/refresh/route';
import { GET as listInbox } from '@/app/api/inbox/route';
import { POST as createPost } from '@/app/api/posts/route';
import { POST as writeComment } from '@/app/api/sandbox-network/comments/route';
import { PUT as setFaults } from '@/app/api/sandbox-network/faults/route';
import { GET as readFeed } from '@/app/api/sandbox-network/feed/route';
import { ConflictError, ExternalServiceError, type SendOutcome } from '@/core/errors';
import { FixedClock } from '@/core/time/clock';
import { type InboxItemView, inboxItemModel, type Reply } from '@/features/inbox/schema';
import { type InboxNetworks, InboxService } from '@/features/inbox/service';
import type { FeedPost } from '@/features/platforms/sandbox/schema';
import { PlatformService } from '@/features/platforms/service';
import { core } from '@/server/core';

interface Crew {
  organizationId: string;
  owner: Person;
  connectionId: string;
  handle: string;
}

async function crewWithPost(): Promise<Crew & { postId: string }> {
  const { organizationId, owner } = await team();
  const connectionId = await sandboxChannel(organizationId, owner.uid);
  const who = { userId: owner.uid, organizationId, channelIds: [] };
  const { handle } = await PlatformService.getInstance().get(who, connectionId);
  await call(createPost, {
    path: '/api/posts',
    as: owner,
    body: { master: { text: 'Tulips are in' }, channels: [{ connectionId }], schedule: { mode: 'now' } },
  });
  const post = await until(
    async () => (await feedOf(handle)).find((one) => !one.replyTo) ?? null,
    15_000,
    'a post',
  );
  return { organizationId, owner, connectionId, handle, postId: post.id };
}

async function feedOf(handle: string): Promise<FeedPost[]> {
  const answer = await call<{ items: FeedPost[] }>(readFeed, {
    path: `/api/sandbox-network/feed?handle=${handle}`,
  });
  return answer.json.items;
}

const comment = (postId: string, text: string, name = 'Greta Guest') =>
  call(writeComment, { path: '/api/sandbox-network/comments', body: { postId, name, text } });
const look = (crew: Crew) =>
  call<{ asked: number; fresh: number }>(refresh, { path: '/api/inbox/refresh', as: crew.owner });
const items = async (crew: Crew, status = 'open') =>
  (await call<{ items: InboxItemView[] }>(listInbox, { path: `/api/inbox?status=${status}`, as: crew.owner }))
    .json.items;
const answer = (crew: Crew, id: string, text: string, headers: Record<string, string> = {}) =>
  call<InboxItemView>(sendReply, {
    path: `/api/inbox/${id}/replies`,
    as: crew.owner,
    body: { text },
    headers,
  });

/** Lets a channel be looked at again at once. */
async function forget(crew: Crew): Promise<void> {
  const { repository } = InboxService.getInstance().deps;
  await repository.updateChannel(crew.connectionId, {
    lastPolledAt: null,
    nextPollAt: new Date(0),
    failures: 0,
  });
}

describe('the inbox on the practice network', () => {
  let crew: Awaited<ReturnType<typeof crewWithPost>>;
  beforeEach(async () => {
    crew = await crewWithPost();
  });

  it('reads comments and mentions once, answers once, and shows the answer in the feed', async () => {
    expect((await comment(crew.postId, 'What colours?')).status).toBe(201);
    await comment(crew.postId, `Ask @${crew.handle} again!`, 'Max');
    expect((await look(crew)).json.fresh).toBe(2);
    await forget(crew);
    expect((await look(crew)).json).toMatchObject({ asked: 1, fresh: 0 });
    const open = await items(crew);
    expect(open.map(({ kind, text }) => [kind, text]).sort()).toEqual([
      ['comment', `Ask @${crew.handle} again!`],
      ['comment', 'What colours?'],
    ]);
    const item = open.find(({ text }) => text === 'What colours?');
    const id = item?.id ?? '';
    expect(item).toMatchObject({ status: 'open', author: { displayName: 'Greta Guest' }, sandbox: true });
    const key = { 'idempotency-key': 'answer-1' };
    const sent = await answer(crew, id, 'Red and yellow', key);
    expect([sent.status, sent.json.replies.map(({ status }) => status)]).toEqual([201, ['sent']]);
    expect(sent.json.status).toBe('done');
    await answer(crew, id, 'Red and yellow', key);
    const shown = (await feedOf(crew.handle)).filter(({ text }) => text === 'Red and yellow');
    expect(shown).toMatchObject([{ replyTo: item?.remoteId }]);
    expect((await items(crew, 'done')).map((one) => one.id)).toEqual([id]);
  });

  it('settles a lost answer by asking again: it is out once', async () => {
    await comment(crew.postId, 'Are you open?');
    await look(crew);
    const [item] = await items(crew);
    await call(setFaults, {
      path: '/api/sandbox-network/faults',
      as: crew.owner,
      body: { handle: crew.handle, faults: [{ on: 'commit', kind: 'accept_then_reset', remaining: 1 }] },
    });
    const sent = await answer(crew, item?.id ?? '', 'Until six');
    expect(sent.json.replies).toMatchObject([{ status: 'sent' }]);
    expect((await feedOf(crew.handle)).filter(({ text }) => text === 'Until six')).toHaveLength(1);
  });

  it('says why an answer is not out, and sends it again when asked', async () => {
    await comment(crew.postId, 'Delivery?');
    await look(crew);
    const [item] = await items(crew);
    const id = item?.id ?? '';
    await call(setFaults, {
      path: '/api/sandbox-network/faults',
      as: crew.owner,
      body: { handle: crew.handle, faults: [{ on: 'commit', kind: 'reject', remaining: 1 }] },
    });
    const refused = await answer(crew, id, 'Yes');
    const [reply] = refused.json.replies;
    expect(reply).toMatchObject({ status: 'failed', error: expect.any(String) });
    expect(refused.json.status).toBe('open');
    const again = await call<InboxItemView>(resolveReply, {
      path: `/api/inbox/${id}/replies/${reply?.id}/resolve`,
      as: crew.owner,
      body: { outcome: 'absent', resend: true },
    });
    expect(again.json.replies).toMatchObject([{ id: reply?.id, status: 'sent', error: null }]);
  });

  it('is shared out among members, hidden from strangers, and careful with input', async () => {
    await comment(crew.postId, 'Hello');
    await look(crew);
    const [item] = await items(crew);
    const path = `/api/inbox/${item?.id}`;
    const change = (as: Person, body: object) => call<InboxItemView>(changeItem, { path, as, body });
    const mine = await change(crew.owner, { assigneeId: crew.owner.uid, status: 'done' });
    expect(mine.json).toMatchObject({ assigneeId: crew.owner.uid, status: 'done' });
    expect((await change(crew.owner, { assigneeId: 'nobody' })).status).toBe(400);
    expect((await change(crew.owner, {})).status).toBe(400);
    const stranger = (await team()).owner;
    expect((await change(stranger, { status: 'open' })).status).toBe(404);
    const rude = await call(sendReply, { path: `${path}/replies`, as: stranger, body: { text: 'x' } });
    expect(rude.status).toBe(404);
    expect((await answer(crew, item?.id ?? '', '   ')).status).toBe(400);
    for (const [body, status] of [
      [{ postId: 'nowhere', name: 'A', text: 'b' }, 404],
      [{ postId: crew.postId, name: '', text: 'b' }, 400],
      [{ postId: crew.postId, name: 'A', text: 'b'.repeat(501) }, 400],
    ] as const) {
      const wrong = await call(writeComment, { path: '/api/sandbox-network/comments', body });
      expect(wrong.status).toBe(status);
    }
  });
});

describe('a network that cannot tell', () => {
  const lost = (outcome: SendOutcome) =>
    new ExternalServiceError('No answer came.', {
      provider: 'facebook',
      kind: 'timeout',
      retryable: true,
      outcome,
    });

  /** One open comment, and a network that answers as told. */
  async function desk(networks: Partial<InboxNetworks>) {
    const { organizationId, owner } = await team();
    const clock = new FixedClock('2026-03-02T09:00:00Z');
    const connectionId = core.ids.next('conn');
    const sent: string[] = [];
    const service = new InboxService({
      ...InboxService.getInstance().deps,
      clock,
      networks: {
        pull: async () => [
          {
            id: 'c1',
            kind: 'comment',
            author: { id: 'a', handle: 'ann', displayName: 'Ann' },
            text: 'Hi',
            createdAt: clock.now(),
          },
        ],
        reply: async (_, __, { material }) => {
          sent.push(material.idempotencyKey);
          return { id: 'r1' };
        },
        repeatable: () => false,
        find: async () => null,
        pace: () => ({}),
        ...networks,
      },
      channels: { active: async () => [{ id: connectionId, platform: 'facebook', sandbox: false }] },
    });
    const permissions = new Set<string>();
    const actor = { userId: owner.uid, organizationId, role: 'owner' as const, permissions, channelIds: [] };
    await service.refresh(actor);
    const [item] = (await service.list(actor, { status: 'open', limit: 10 })).items;
    return { service, actor, clock, sent, connectionId, id: item?.id ?? '' };
  }

  /** The same service, whose sweep sees this item alone: other tests have their own. */
  function only(service: InboxService, id: string): InboxService {
    const { clock, repository } = service.deps;
    const mine = {
      overdue: async () => {
        const item = await core.db.get(core.db.doc(inboxItemModel, id));
        return item?.sendingUntil && item.sendingUntil <= clock.now() ? [item] : [];
      },
      dueChannels: async () => [],
    };
    return new InboxService({
      ...service.deps,
      repository: Object.assign(Object.create(repository), mine),
    });
  }

  it('leaves the word to a person, and sends nothing meanwhile', async () => {
    let calls = 0;
    const { service, actor, id } = await desk({
      reply: async () => {
        calls += 1;
        throw lost('unknown');
      },
    });
    const item = await service.reply(actor, id, 'Thanks');
    expect([calls, item.replies[0]?.status]).toEqual([1, 'unconfirmed']);
    await expect(service.reply(actor, id, 'Thanks')).rejects.toBeInstanceOf(ConflictError);
    const replyId = item.replies[0]?.id ?? '';
    const settled = await service.resolve(actor, id, replyId, { outcome: 'sent', resend: false });
    expect(settled.replies[0]?.status).toBe('sent');
    const late = service.resolve(actor, id, replyId, { outcome: 'absent', resend: true });
    await expect(late).rejects.toBeInstanceOf(ConflictError);
    expect(calls).toBe(1);
  });

  it('finds a lost answer at the network, at once or when it shows later, and never sends it twice', async () => {
    let shown = false;
    let calls = 0;
    const { service, actor, clock, id } = await desk({
      reply: async () => {
        calls += 1;
        if (calls > 1) return { id: 'r2' };
        throw lost('unknown');
      },
      find: async () => (shown ? { id: 'r1', permalink: 'https://network.example/r1' } : null),
    });
    const first = await service.reply(actor, id, 'Thanks');
    expect(first.replies[0]?.status).toBe('unconfirmed');
    // Asked three minutes later it shows; whoever asks to send it again meanwhile is told the same.
    shown = true;
    const replyId = first.replies[0]?.id ?? '';
    clock.advance(3 * 60_000);
    await only(service, id).sweep(() => true);
    const settled = await core.db.get(core.db.doc(inboxItemModel, id));
    expect(settled).toMatchObject({ status: 'done', sendingUntil: null });
    expect(settled?.replies).toMatchObject([{ status: 'sent', permalink: 'https://network.example/r1' }]);
    const late = service.resolve(actor, id, replyId, { outcome: 'absent', resend: true });
    await expect(late).rejects.toBeInstanceOf(ConflictError);
    expect((await service.reply(actor, id, 'Thanks again')).replies[1]?.status).toBe('sent');
    expect(calls).toBe(2);
  });

  it('looks before it sends again what a person could not see', async () => {
    let shown = false;
    let calls = 0;
    const { service, actor, clock, id } = await desk({
      reply: async () => {
        calls += 1;
        throw lost('unknown');
      },
      find: async () => (shown ? { id: 'r1' } : null),
    });
    const { replies } = await service.reply(actor, id, 'Thanks');
    clock.advance(3 * 60_000);
    await only(service, id).sweep(() => true);
    expect((await core.db.get(core.db.doc(inboxItemModel, id)))?.sendingUntil).toBeNull();
    shown = true;
    const replyId = replies[0]?.id ?? '';
    const item = await service.resolve(actor, id, replyId, { outcome: 'absent', resend: true });
    expect([item.replies[0]?.status, calls]).toEqual(['sent', 1]);
  });

  it('says which channel is not read and why, until it is reconnected', async () => {
    let fails = false;
    const { service, actor, clock, connectionId } = await desk({
      pull: async () => {
        if (!fails) return [];
        throw new ExternalServiceError('No.', {
          provider: 'facebook',
          kind: 'invalid_request',
          retryable: false,
          vendorCode: 'permission',
        });
      },
    });
    fails = true;
    clock.advance(2 * 60_000);
    const told = await service.refresh(actor);
    expect(told.unread).toEqual([{ connectionId, platform: 'facebook', trouble: 'permission' }]);
    expect((await service.refresh({ ...actor, channelIds: ['another'] })).unread).toEqual([]);
    fails = false;
    await service.follow(actor.organizationId, connectionId, 'facebook');
    expect(await service.refresh(actor)).toMatchObject({ asked: 1, unread: [] });
  });

  it('says of a network without an inbox that there is none, and asks it rarely', async () => {
    let calls = 0;
    const { service, actor, clock, connectionId } = await desk({
      pull: async () => {
        calls += 1;
        return null;
      },
    });
    clock.advance(10 * 60_000);
    const { unread } = await service.refresh(actor);
    expect([calls, unread]).toEqual([1, [{ connectionId, platform: 'facebook', trouble: 'none' }]]);
  });

  it('asks a person about an answer whose sender died, and repeats it where that is safe', async () => {
    for (const [repeatable, status, count] of [
      [false, 'unconfirmed', 0],
      [true, 'sent', 1],
    ] as const) {
      const { service, clock, sent, id } = await desk({ repeatable: () => repeatable });
      const reply: Reply = {
        id: 'r1',
        text: 'Hello',
        byUserId: 'u',
        byName: 'U',
        status: 'sending',
        createdAt: clock.now(),
        permalink: null,
        error: null,
      };
      const ref = core.db.doc(inboxItemModel, id);
      await core.db.update(ref, { replies: [reply], sendingUntil: new Date(clock.now().getTime() + 60_000) });
      clock.advance(61_000);
      const sweeper = only(service, id);
      await sweeper.sweep(() => true);
      expect([(await core.db.get(ref))?.replies[0]?.status, sent.length]).toEqual([status, count]);
    }
  });

  it('asks again later and later while a network fails', async () => {
    let fails = false;
    let calls = 0;
    const { service, actor, clock, connectionId } = await desk({
      pull: async () => {
        calls += 1;
        if (fails) throw lost('unknown');
        return [];
      },
    });
    fails = true;
    clock.advance(2 * 60_000);
    await service.refresh(actor);
    clock.advance(2 * 60_000);
    // A channel that failed keeps its pause of five minutes, whoever watches.
    await service.refresh(actor);
    expect(calls).toBe(2);
    const channel = await core.db.get(service.deps.repository.channelRef(connectionId));
    expect(channel?.failures).toBe(1);
  });
});
