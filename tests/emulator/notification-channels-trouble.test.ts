import { channelBench } from '@tests/support/notification-channels';
import { describe, expect, it } from 'vitest';
import { outboxModel } from '@/core/events/outbox';
import { NotificationChannelRepository } from '@/features/notifications/channels/repository';
import { contentPublished } from '@/features/publishing/events';
import { core } from '@/server/core';

const { clock, slack, teams, world } = channelBench();
const repository = new NotificationChannelRepository(core.db);

describe('when the vendor misbehaves', () => {
  it('429: the whole channel waits as long as asked, and nothing is held against it', async () => {
    const { fails, later, state, messages } = await world(['hook']);
    const before = slack.calls('commit');
    slack.fault({ on: 'commit', kind: 'rate_limit', retryAfterSeconds: 90 });
    await fails('a');
    await later(0);
    await fails('b');
    await later(1);
    expect([slack.posted.length, slack.calls('commit') - before]).toEqual([0, 1]);
    expect(await state()).toMatchObject({ status: 'active', failureCount: 0 });
    await later(1);
    expect(slack.titles()).toHaveLength(2);
    expect(new Set((await messages()).map(({ status }) => status))).toEqual(new Set(['delivered']));
  });

  it('an incident that ended while the vendor was away is told as ended, never as begun after that', async () => {
    const { fails, emit, run, later, messages } = await world(['hook']);
    slack.fault({ on: 'commit', kind: 'server_error' });
    await fails('a');
    await later(0);
    await emit(contentPublished, { ...run('a'), permalink: null, publishedAt: clock.now() });
    await later(5);
    expect(slack.titles()).toEqual(['Settled: A post was not published on X']);
    expect((await messages()).map(({ status }) => status).sort()).toEqual(['delivered', 'dropped']);
  });

  it('ok:false in an answer of 200 is a no: kept with the vendor’s words, and sent again on demand', async () => {
    const { fails, later, messages, service, actor, channel } = await world(['bot']);
    slack.fault({ on: 'commit', kind: 'reject' });
    slack.refusesWith = 'not_in_channel';
    await fails('a');
    await later(60);
    const [dead] = await messages();
    expect(dead).toMatchObject({ status: 'failed', tries: 1, nextAttemptAt: null });
    expect(dead?.attempts[0]?.error).toBe('Slack said: not_in_channel. Invite the app to the channel.');
    await service.replay(actor, channel.id, dead?.id ?? '');
    await later(1);
    expect(slack.titles()).toHaveLength(1);
    await expect(service.replay(actor, channel.id, dead?.id ?? '')).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(slack.faultsFound).toEqual([]);
  });

  it('a lost answer: a bot looks and finds it; without a way to look it comes again and says so', async () => {
    const { fails, later, messages, channels } = await world(['bot', 'hook', 'teams']);
    for (const fake of [slack, teams])
      fake.fault({ on: 'commit', kind: 'accept_then_reset', times: fake === slack ? 2 : 1 });
    await fails('a');
    await later(5);
    const byBot = slack.posted.filter(({ channel }) => channel === slack.channel);
    const byHook = slack.posted.filter(({ channel }) => channel === 'webhook');
    expect([byBot.length, byHook.length, teams.cards.length]).toEqual([1, 2, 2]);
    const repeated = 'you may see it twice';
    expect(JSON.stringify(byHook[0]?.blocks)).not.toContain(repeated);
    expect(JSON.stringify(byHook[1]?.blocks)).toContain(repeated);
    expect(teams.cards.map(({ texts }) => texts.join().includes(repeated))).toEqual([false, true]);
    const [told] = await messages(channels[0]?.id);
    expect(told).toMatchObject({ status: 'delivered', tries: 2 });
    expect(told?.attempts.map(({ uncertain }) => uncertain)).toEqual([true, false]);
    // A bot that may not look is told apart from one that found nothing.
    slack.scopes.delete('channels:history');
    slack.fault({ on: 'commit', kind: 'timeout', delayMs: 300 });
    await fails('b');
    await later(5);
    expect(slack.posted.filter(({ channel }) => channel === slack.channel)).toHaveLength(2);
    expect(JSON.stringify(slack.posted.map(({ blocks }) => blocks))).toContain(repeated);
  });

  it('a process that dies with a message in hand leaves one that is looked for', async () => {
    const { fails, queue, deliverer, messages, later } = await world(['bot']);
    await fails('a');
    const { messageId } = (queue[0]?.payload ?? {}) as { messageId: string };
    // Sent, and the process ended before it could say so.
    await deliverer.attempt(messageId);
    await repository.db.update(repository.messageRef(messageId), {
      status: 'pending',
      nextAttemptAt: clock.now(),
      leaseUntil: new Date(clock.now().getTime() + 30_000),
    });
    queue.length = 0;
    expect(await deliverer.attempt(messageId)).toBeNull();
    clock.advance(3 * 60_000);
    expect((await deliverer.sweep()).lost).toBeGreaterThan(0);
    await later(1);
    expect(slack.posted).toHaveLength(1);
    expect(await messages()).toMatchObject([{ status: 'delivered' }]);
    expect((await messages())[0]?.attempts.at(-1)?.said).toBe('already there');
  });

  it('500 for days: failing after five, off after a day, told once; switched on it forgets', async () => {
    const { fails, later, state, service, actor, channel, messages } = await world(['teams']);
    teams.fault({ on: 'commit', kind: 'server_error', times: 100 });
    await fails('a');
    await later(20);
    expect(await state()).toMatchObject({ status: 'active', failureCount: 4 });
    await later(31);
    const failing = await state();
    expect(failing).toMatchObject({ status: 'failing', failureCount: 5 });
    expect(failing.lastError).toBe('Teams said: NoResponse: The server did not respond.');
    await later(25 * 60);
    expect(await state()).toMatchObject({ status: 'disabled', disabledReason: 'exhausted' });
    const told = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'notification_channel_disabled'),
    );
    expect(told.filter(({ payload }) => payload.includes(channel.id))).toHaveLength(1);
    const [lost] = await messages();
    await expect(service.replay(actor, channel.id, lost?.id ?? '')).rejects.toMatchObject({
      code: 'conflict',
    });
    teams.calm();
    await service.change(actor, channel.id, { enabled: true });
    expect(await state()).toMatchObject({ status: 'active', failureCount: 0, lastError: null });
    await service.replay(actor, channel.id, lost?.id ?? '');
    await later(1);
    expect(teams.cards).toHaveLength(1);
  });

  it('a channel that is never tried again after it failed is ended by the clock', async () => {
    const { deliverer, channel, state } = await world(['hook']);
    const since = new Date(clock.now().getTime() - 24 * 3600_000);
    await repository.db.update(repository.channelRef(channel.id), {
      status: 'failing',
      failureCount: 5,
      failingSince: since,
    });
    await deliverer.sweep();
    expect(await state()).toMatchObject({ status: 'disabled', disabledReason: 'exhausted' });
  });
});

describe('a test message', () => {
  it('tells the vendor’s own words, and changes nothing about the channel', async () => {
    const { service, actor, channels, later } = await world(['hook', 'bot', 'teams']);
    const said = async (index: number) => {
      const { status, attempts } = await service.test(actor, channels[index]?.id ?? '');
      return [status, attempts[0]?.error ?? attempts[0]?.said];
    };
    expect([await said(0), await said(1), await said(2)]).toEqual([
      ['delivered', 'ok'],
      ['delivered', 'ok'],
      ['accepted', ''],
    ]);
    slack.revoked = true;
    teams.gone = true;
    expect([await said(0), await said(1), await said(2)]).toEqual([
      ['failed', 'Slack said: no_service. Enter a new token or address.'],
      ['failed', 'Slack said: token_revoked. Enter a new token or address.'],
      [
        'failed',
        'Teams said: WorkflowNotFound: The workflow could not be found. Check the workflow, or enter its new address.',
      ],
    ]);
    teams.gone = false;
    await later(60);
    const states = await service.list(actor.organizationId);
    expect(states.map(({ status, failureCount }) => [status, failureCount])).toEqual(
      Array(3).fill(['active', 0]),
    );
    expect(slack.titles()).toEqual(Array(2).fill('This is a test from IriSync'));
  });
});
