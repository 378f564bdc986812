import { channelBench, syncEnded } from '@tests/support/notification-channels';
import { describe, expect, it } from 'vitest';
import { crmSyncCompleted } from '@/features/integrations/events';
import { ChannelAlertSink } from '@/features/notifications/channels/alert-notices';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { contentPublished, postBlocked } from '@/features/publishing/events';
import { core } from '@/server/core';

const { clock, slack, teams, world } = channelBench();

describe('an incident', () => {
  it('is told once to every channel that asked, and once when it is over; then anew', async () => {
    const { fails, emit, run, trouble, later, channels, messages, service, actor } = await world([
      'hook',
      'teams',
      'bot',
    ]);
    const deaf = channels[2];
    await service.change(actor, deaf?.id ?? '', {
      rules: [{ event: 'tokens.budget', severity: 'critical' }],
    });
    await fails('r1', 'evt_first');
    // The outbox may deliver an event twice, and a running incident says itself again.
    await fails('r1', 'evt_first');
    await fails('r1');
    await emit(postBlocked, { ...trouble('r1'), reason: 'content', reminder: 3 });
    await later(1);
    await emit(contentPublished, { ...run('r1'), permalink: null, publishedAt: clock.now() });
    await later(1);
    // What speaks of before its end begins nothing.
    await fails('r1', 'evt_first');
    await later(1);
    const title = 'A post was not published on X';
    expect(slack.titles()).toEqual([title, `Settled: ${title}`]);
    expect(teams.titles()).toEqual(slack.titles());
    expect(JSON.stringify(slack.posted[0]?.blocks)).toContain('The text is too long for X.');
    expect(JSON.stringify(slack.posted[0]?.blocks)).toContain('/posts/p1|Open in IriSync>');
    expect((await messages()).map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    // 202 is acceptance, not delivery.
    expect((await messages(channels[1]?.id)).map(({ status }) => status)).toEqual(['accepted', 'accepted']);
    expect(await messages(deaf?.id)).toEqual([]);
    await fails('r1');
    await later(1);
    expect(slack.titles()).toHaveLength(3);
  });

  it('of a sync: partial, then whole again; each run with new conflicts says so', async () => {
    const { emit, later, organizationId } = await world(['hook']);
    const ended = (...rest: ['success' | 'partial' | 'failed', number?]) =>
      emit(crmSyncCompleted, syncEnded(organizationId, ...rest));
    for (const status of ['partial', 'failed', 'partial'] as const) await ended(status);
    await later(1);
    await ended('success', 2);
    await later(1);
    await ended('success', 1);
    await later(1);
    expect(slack.titles().sort()).toEqual([
      '1 new conflict with HubSpot',
      '2 new conflicts with HubSpot',
      'Settled: The sync with HubSpot took only a part',
      'The sync with HubSpot took only a part',
    ]);
  });

  it('of the installation reaches whoever runs it', async () => {
    const { announcer, service, channel, owner, organizationId, later, actor } = await world(['hook']);
    const rules = [{ event: 'installation.alert' as const, severity: 'warning' as const }];
    await expect(service.change(actor, channel.id, { rules })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const operator = new NotificationChannelService({
      ...service.deps,
      operatorOrganizationId: organizationId,
    });
    await expect(operator.change(actor, channel.id, { rules })).rejects.toMatchObject({ code: 'forbidden' });
    await operator.change({ ...actor, userId: owner.uid, role: 'owner' }, channel.id, { rules });
    const sink = new ChannelAlertSink(organizationId, announcer, () => clock.now());
    const rule = {
      id: 'queue_depth',
      title: 'More than 1 000 jobs wait',
      advice: 'Start workers.',
      severity: 'high' as const,
    };
    await sink.tell({ rule, change: 'fires', since: clock.now() });
    await later(360);
    await sink.tell({ rule, change: 'still', since: clock.now() });
    await later(1);
    await sink.tell({ rule, change: 'over', since: clock.now() });
    await later(1);
    expect(slack.titles()).toEqual([rule.title, `Settled: ${rule.title}`]);
  });
});

it('hears of what the outbox carries, in the product as it is put together', async () => {
  const { organizationId, messages } = await world(['bot'], { digest: 'daily' });
  await core.db.run(async (tx) => {
    core.outbox.append(tx, crmSyncCompleted, syncEnded(organizationId, 'failed'));
  });
  await expect.poll(async () => (await messages()).length, { timeout: 10_000, interval: 50 }).toBe(1);
  expect(await messages()).toMatchObject([
    { kind: 'digest', status: 'pending', items: [{ event: 'sync.failed' }] },
  ]);
});

describe('when a message goes out', () => {
  it('in quiet hours only what is critical does; the rest comes together in the morning', async () => {
    clock.set('2026-05-04T21:00:00Z');
    const { fails, emit, later, organizationId, messages } = await world(['hook'], {
      quietHours: { from: '22:00', to: '07:00' },
    });
    await emit(crmSyncCompleted, syncEnded(organizationId, 'partial'));
    await fails('r1');
    await later(60);
    expect(slack.titles()).toEqual(['A post was not published on X']);
    await emit(crmSyncCompleted, syncEnded(organizationId, 'failed', 1));
    await emit(crmSyncCompleted, syncEnded(organizationId, 'success'));
    await later(6 * 60 + 59);
    expect(slack.titles()).toHaveLength(1);
    await later(2);
    expect(slack.titles()).toEqual(['A post was not published on X', '2 things happened']);
    const blocks = JSON.stringify(slack.posted[1]?.blocks);
    // Began and ended in the same night: told as ended.
    expect(blocks).toContain('*Settled: The sync with HubSpot took only a part*');
    expect(blocks).toContain('*1 new conflict with HubSpot*');
    expect((await messages()).map(({ kind, items }) => [kind, items.length])).toContainEqual(['digest', 3]);
  });

  it('keeps the pace of its vendor, in the order of what happened', async () => {
    const { fails, later } = await world(['hook']);
    for (const name of ['a', 'b', 'c', 'd']) await fails(name);
    await later(1);
    const times = slack.posted.map(({ at }) => at.getTime());
    expect(times).toHaveLength(4);
    for (const [index, time] of times.slice(1).entries())
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});
