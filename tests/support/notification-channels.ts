import { FakeSlackChat } from '@tests/fakes/slack-chat';
import { FakeTeams } from '@tests/fakes/teams';
import { team } from '@tests/support/accounts';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { EventBus } from '@/core/events/bus';
import type { EventType, PayloadOf } from '@/core/events/event-type';
import { OutboundHttp } from '@/core/http/outbound';
import { randomIds } from '@/core/ids';
import type { JobRequest } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { ChannelAnnouncer } from '@/features/notifications/channels/announcer';
import { ChannelDeliverer } from '@/features/notifications/channels/deliverer';
import { CHANNEL_EVENT_NAMES } from '@/features/notifications/channels/events.data';
import { subscribeChannels } from '@/features/notifications/channels/handlers';
import { SlackBotSender, SlackWebhookSender } from '@/features/notifications/channels/providers/slack';
import { TeamsSender } from '@/features/notifications/channels/providers/teams';
import { NotificationChannelRepository } from '@/features/notifications/channels/repository';
import type { ChannelView, CreateChannelBody, SecretBody } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { postFailed } from '@/features/publishing/events';
import { core } from '@/server/core';

const START = '2026-05-04T10:00:00Z';
type Target = 'hook' | 'bot' | 'teams';

const bodyOf = (target: SecretBody, rest: Partial<CreateChannelBody>): CreateChannelBody => ({
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

/** Slack and Teams as fakes, and the product's own channels over them at a clock that tests move. */
class ChannelBench {
  readonly clock = new FixedClock(START);
  readonly slack = new FakeSlackChat(this.clock);
  readonly teams = new FakeTeams(this.clock);
  readonly #guarded = new OutboundHttp({ allowHosts: ['127.0.0.1'], clock: this.clock });
  readonly #repository = new NotificationChannelRepository(core.db);
  #events = 0;

  async start(): Promise<void> {
    await Promise.all([this.slack.start(), this.teams.start()]);
    if (this.slack.unvalidated) console.warn(`Not checked: ${this.slack.unvalidated}`);
  }

  async stop(): Promise<void> {
    await Promise.all([this.slack.stop(), this.teams.stop(), this.#guarded.close()]);
  }

  /** As both vendors are at first. */
  calm(): void {
    const { clock, slack, teams } = this;
    clock.set(START);
    for (const fake of [slack, teams]) fake.calm();
    slack.posted.length = 0;
    teams.cards.length = 0;
    slack.revoked = false;
    slack.scopes = new Set(['chat:write', 'channels:history']);
    slack.refusesWith = 'channel_not_found';
  }

  /** The product's own parts with that clock, and a queue that hands out what is due at it. */
  #parts() {
    const { clock, slack } = this;
    const guarded = this.#guarded;
    const repository = this.#repository;
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
        return kind === 'slack_bot'
          ? new SlackBotSender(http, words, slack.url)
          : new TeamsSender(http, words);
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

  #targets(): Record<Target, SecretBody> {
    const { slack, teams } = this;
    return {
      hook: { kind: 'slack_webhook', url: slack.webhook },
      bot: { kind: 'slack_bot', token: slack.token, channel: slack.channel },
      teams: { kind: 'teams', url: teams.workflow },
    };
  }

  /** An organisation with one channel of each of these kinds, and what can happen in it. */
  readonly world = async (kinds: Target[], rest: Partial<CreateChannelBody> = {}) => {
    const made = await team({ ada: 'admin' });
    const { organizationId } = made;
    const parts = this.#parts();
    const actor = {
      userId: made.ada.uid,
      organizationId,
      role: 'admin' as const,
      permissions: new Set<string>(),
      channelIds: [],
    };
    const channels: ChannelView[] = [];
    for (const kind of kinds)
      channels.push(await parts.service.create(actor, bodyOf(this.#targets()[kind], rest)));
    const [channel] = channels;
    if (!channel) throw new Error('a world has a channel');
    const emit = async <E extends EventType>(event: E, payload: PayloadOf<E>, eventId?: string) => {
      this.#events += 1;
      await parts.bus.emit(event, payload, {
        eventId: eventId ?? `evt_${organizationId}_${this.#events}`,
        occurredAt: this.clock.now(),
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
  };
}

/** Call it once, at the top of a test file. */
export function channelBench(): ChannelBench {
  const bench = new ChannelBench();
  beforeAll(() => bench.start());
  afterAll(() => bench.stop());
  beforeEach(() => bench.calm());
  return bench;
}

export const syncEnded = (
  organizationId: string,
  status: 'success' | 'partial' | 'failed',
  conflicts = 0,
) => ({
  ...{ organizationId, integrationId: 'i1', platform: 'hubspot', taskId: 't1', status, conflicts },
  ...{ created: 0, updated: 0, deleted: 0, failed: 2, heldDeletes: 0 },
});
