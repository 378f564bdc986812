import { FakeSlackChat } from '@tests/fakes/slack-chat';
import { FakeTeams } from '@tests/fakes/teams';
import { call, type Person, team } from '@tests/support/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { POST as replayRoute } from '@/app/api/notifications/channels/[id]/messages/[messageId]/replay/route';
import { GET as messagesRoute } from '@/app/api/notifications/channels/[id]/messages/route';
import { PATCH as change, GET as read, DELETE as remove } from '@/app/api/notifications/channels/[id]/route';
import { POST as testRoute } from '@/app/api/notifications/channels/[id]/test/route';
import { GET as choices } from '@/app/api/notifications/channels/choices/route';
import { POST as create, GET as list } from '@/app/api/notifications/channels/route';
import { EventBus } from '@/core/events/bus';
import type { EventType, PayloadOf } from '@/core/events/event-type';
import { outboxModel } from '@/core/events/outbox';
import { OutboundHttp } from '@/core/http/outbound';
import { randomIds } from '@/core/ids';
import type { JobRequest } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { crmSyncCompleted } from '@/features/integrations/events';
import { ChannelAlertSink } from '@/features/notifications/channels/alert-notices';
import { ChannelAnnouncer } from '@/features/notifications/channels/announcer';
import { ChannelDeliverer } from '@/features/notifications/channels/deliverer';
import { CHANNEL_EVENT_NAMES } from '@/features/notifications/channels/events.data';
import { subscribeChannels } from '@/features/notifications/channels/handlers';
import { SlackBotSender, SlackWebhookSender } from '@/features/notifications/channels/providers/slack';
import { TeamsSender } from '@/features/notifications/channels/providers/teams';
import { NotificationChannelRepository } from '@/features/notifications/channels/repository';
import type {
  ChannelView,
  CreateChannelBody,
  MessageView,
  SecretBody,
} from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { auditModel } from '@/features/organizations/schema';
import { contentPublished, postBlocked, postFailed } from '@/features/publishing/events';
import { core } from '@/server/core';
import '@/server/services';

const clock = new FixedClock('2026-05-04T10:00:00Z');
const slack = new FakeSlackChat(clock);
const teams = new FakeTeams(clock);
const guarded = new OutboundHttp({ allowHosts: ['127.0.0.1'], clock });
const repository = new NotificationChannelRepository(core.db);

beforeAll(() => Promise.all([slack.start(), teams.start()]));
if (slack.unvalidated) console.warn(`Not checked: ${slack.unvalidated}`);
afterAll(() => Promise.all([slack.stop(), teams.stop(), guarded.close()]));
beforeEach(() => {
  clock.set('2026-05-04T10:00:00Z');
  for (const fake of [slack, teams]) fake.calm();
  slack.posted.length = 0;
  teams.cards.length = 0;
  slack.revoked = false;
  slack.scopes = new Set(['chat:write', 'channels:history']);
  slack.refusesWith = 'channel_not_found';
});

/** The product's own parts with a clock that tests move, and a queue that hands out what is due at that clock. */
function partsAt() {
  const queue: JobRequest[] = [];
  const keys = new Set<string>();
  const http = { http: guarded, now: () => clock.now(), timeoutMs: 150 };
  const deliverer = new ChannelDeliverer({
    ...singleton<ChannelDeliverer>('ChannelDeliverer').deps,
    jobs: {
      async enqueue(request) {
        const key = request.idempotencyKey ?? '';
        const created = !keys.has(key);
        keys.add(key);
        if (created) queue.push(request);
        return { jobId: key, created };
      },
    },
    sender: (kind, words) => {
      if (kind === 'slack_webhook') return new SlackWebhookSender(http, words);
      return kind === 'slack_bot' ? new SlackBotSender(http, words, slack.url) : new TeamsSender(http, words);
    },
    clock,
  });
  const announcer = new ChannelAnnouncer({
    repository,
    enqueue: (message) => deliverer.enqueue(message),
    clock,
  });
  const bus = new EventBus(clock, randomIds);
  subscribeChannels((...subscription) => bus.subscribe(...subscription), announcer);
  const service = new NotificationChannelService({
    ...NotificationChannelService.getInstance().deps,
    deliverer,
    extraHosts: ['127.0.0.1'],
    refusal: (url) => guarded.refusal(url),
  });
  /** Runs every job due by then, moving the clock to each. */
  const later = async (minutes: number) => {
    const moment = new Date(clock.now().getTime() + minutes * 60_000);
    for (;;) {
      queue.sort((a, b) => (a.runAt?.getTime() ?? 0) - (b.runAt?.getTime() ?? 0));
      const [next] = queue;
      if (!next || (next.runAt ?? moment) > moment) break;
      queue.shift();
      if (next.runAt && next.runAt > clock.now()) clock.set(next.runAt);
      await deliverer.attempt((next.payload as { messageId: string }).messageId);
    }
    clock.set(moment);
  };
  return { queue, deliverer, announcer, bus, service, later };
}

const targets = (): Record<'hook' | 'bot' | 'teams', SecretBody> => ({
  hook: { kind: 'slack_webhook', url: slack.webhook },
  bot: { kind: 'slack_bot', token: slack.token, channel: slack.channel },
  teams: { kind: 'teams', url: teams.workflow },
});
const bodyOf = (target: SecretBody, rest: Partial<CreateChannelBody> = {}): CreateChannelBody => ({
  target,
  name: 'Alerts',
  rules: CHANNEL_EVENT_NAMES.filter((event) => event !== 'installation.alert').map((event) => ({
    event,
    severity: 'info',
  })),
  quietHours: null,
  timezone: 'Europe/Berlin',
  digest: 'immediate',
  locale: 'en',
  ...rest,
});

let events = 0;
async function world(kinds: ('hook' | 'bot' | 'teams')[], rest: Partial<CreateChannelBody> = {}) {
  const made = await team({ ada: 'admin' });
  const { organizationId } = made;
  const parts = partsAt();
  const actor = {
    userId: made.ada.uid,
    organizationId,
    role: 'admin' as const,
    permissions: new Set<string>(),
    channelIds: [],
  };
  const channels: ChannelView[] = [];
  for (const kind of kinds) channels.push(await parts.service.create(actor, bodyOf(targets()[kind], rest)));
  const [channel] = channels;
  if (!channel) throw new Error('a world has a channel');
  const emit = async <E extends EventType>(event: E, payload: PayloadOf<E>, eventId?: string) => {
    events += 1;
    await parts.bus.emit(event, payload, {
      eventId: eventId ?? `evt_${organizationId}_${events}`,
      occurredAt: clock.now(),
    });
  };
  const run = (runId: string) => ({
    ...{ runId: `${runId}_${organizationId}`, postId: 'p1', organizationId, connectionId: 'c1' },
    platform: 'x' as const,
  });
  const trouble = (runId: string) => ({
    ...run(runId),
    ...{ authorId: made.ada.uid, errorClass: null, message: 'The text is too long for X.' },
  });
  const fails = (runId: string, eventId?: string) => emit(postFailed, trouble(runId), eventId);
  const messages = async (id = channel.id) =>
    (await parts.service.messages(organizationId, id, { limit: 50 })).items;
  const state = () => parts.service.get(organizationId, channel.id);
  return { ...made, ...parts, actor, channel, channels, emit, run, trouble, fails, messages, state };
}

const syncEnded = (organizationId: string, status: 'success' | 'partial' | 'failed', conflicts = 0) => ({
  ...{ organizationId, integrationId: 'i1', platform: 'hubspot', taskId: 't1', status, conflicts },
  ...{ created: 0, updated: 0, deleted: 0, failed: 2, heldDeletes: 0 },
});

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

describe('the API of channels', () => {
  const path = '/api/notifications/channels';
  const hook = 'https://hooks.slack.com/services/T0001/B0002/VerySecretPart1234';
  const wished = (target: unknown) => ({ target, name: 'Alerts', rules: [], timezone: 'UTC' });
  const make = (as: Person, target: unknown, rest: object = {}) =>
    call<ChannelView>(create, { path, as, body: { ...wished(target), ...rest } });
  const token = 'xoxb-12345-67890-VerySecretToken';
  const bot = { kind: 'slack_bot', token, channel: 'C0123456789' };

  it('never answers a secret, stores it encrypted, and writes down who changed what', async () => {
    const { ada, organizationId } = await team({ ada: 'admin' });
    const made = await make(ada, bot);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      host: 'slack.com',
      hint: 'oken',
      slackChannel: 'C0123456789',
      status: 'active',
    });
    const at = `${path}/${made.json.id}`;
    const changed = await call<ChannelView>(change, {
      path: at,
      as: ada,
      body: { name: 'Others', enabled: false },
    });
    expect(changed.json).toMatchObject({ name: 'Others', status: 'disabled', disabledReason: 'person' });
    const renewed = await call<ChannelView>(change, {
      path: at,
      as: ada,
      body: { target: { ...bot, token: `${token}X9Z8` } },
    });
    expect(renewed.json).toMatchObject({ hint: 'X9Z8', status: 'disabled' });
    const answers = [
      made,
      changed,
      renewed,
      await call(read, { path: at, as: ada }),
      await call(list, { path, as: ada }),
    ];
    const stored = await core.db.get(repository.secretRef(made.json.id));
    const shown = await core.db.get(repository.channelRef(made.json.id));
    const audits = await core.db.find(
      core.db.collection(auditModel).where('organizationId', '==', organizationId),
    );
    const mine = audits.filter(({ targetId }) => targetId === made.json.id);
    for (const text of [
      ...answers.map((one) => one.text),
      ...[stored, shown, mine].map((one) => JSON.stringify(one)),
    ])
      expect(text).not.toContain('VerySecret');
    const page = await singleton<NotificationChannelRepository>('NotificationChannelRepository')
      .secretStore()
      .page(null, 500);
    expect(page.map(({ id }) => id)).toContain(made.json.id);
    expect((await call(remove, { path: at, as: ada })).status).toBe(204);
    expect(await core.db.get(repository.secretRef(made.json.id))).toBeNull();
    const after = await core.db.find(
      core.db.collection(auditModel).where('organizationId', '==', organizationId),
    );
    expect(
      after
        .filter(({ targetId }) => targetId === made.json.id)
        .map(({ action }) => action)
        .sort(),
    ).toEqual([
      ...['notification_channel.changed', 'notification_channel.changed'],
      ...['notification_channel.created', 'notification_channel.deleted'],
    ]);
  });

  it('refuses addresses it may not call, with path and reason, and writes nothing', async () => {
    const { ada } = await team({ ada: 'admin' });
    const fault = async (target: unknown, rest: object = {}) => {
      const answer = await make(ada, target, rest);
      const { errors } = answer.json as unknown as { errors?: { path: string }[] };
      return [answer.status, errors?.[0]?.path];
    };
    for (const [kind, url] of [
      ['slack_webhook', 'https://evil.example/services/T/B/x'],
      ['slack_webhook', 'http://127.0.0.1/services/T/B/x'],
      ['teams', 'https://acme.webhook.office.com/webhookb2/x'],
      ['teams', 'https://10.1.2.3/workflows/1?sig=x'],
    ])
      expect([url, ...(await fault({ kind, url }))]).toEqual([url, 400, 'body.target.url']);
    expect(await fault({ ...bot, token: 'xoxp-a-person' })).toEqual([400, 'body.target.token']);
    const alerts = { rules: [{ event: 'installation.alert', severity: 'info' }] };
    expect(await fault(bot, alerts)).toEqual([400, 'body.rules']);
    const twice = { rules: Array(2).fill({ event: 'sync.failed', severity: 'info' }) };
    expect(await fault(bot, twice)).toEqual([400, 'body.rules']);
    expect((await call<{ items: unknown[] }>(list, { path, as: ada })).json.items).toEqual([]);
    const offered = await call<{ items: { event: string }[] }>(choices, { path: `${path}/choices`, as: ada });
    expect(offered.json.items.map(({ event }) => event)).toEqual(
      CHANNEL_EVENT_NAMES.filter((event) => event !== 'installation.alert'),
    );
  });

  it('hides the channels and messages of others', async () => {
    const [mine, theirs] = [await team({ ada: 'admin' }), await team({ bob: 'admin' })];
    const { json } = await make(mine.ada, bot);
    const at = `${path}/${json.id}`;
    const as = theirs.bob;
    const answers = [
      await call(read, { path: at, as }),
      await call(change, { path: at, as, body: { enabled: false } }),
      await call(change, { path: at, as, body: { target: { kind: 'slack_webhook', url: hook } } }),
      await call(remove, { path: at, as }),
      await call(testRoute, { path: `${at}/test`, as }),
      await call<{ items: MessageView[] }>(messagesRoute, { path: `${at}/messages`, as }),
    ];
    expect(answers.map((one) => one.status)).toEqual(Array(6).fill(404));
    const own = await make(as, bot);
    const foreign = await call(replayRoute, { path: `${path}/${own.json.id}/messages/nm_x/replay`, as });
    expect(foreign.status).toBe(404);
  });
});
