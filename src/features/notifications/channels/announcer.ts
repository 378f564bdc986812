import 'server-only';
import type { Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import type { Clock } from '@/core/time/clock';
import { type IncidentStep, incidentStep, type Notice } from './incident';
import { planMessage, rankOf, wants } from './plan';
import {
  incidentIdOf,
  messageIdOf,
  type NotificationChannel,
  type NotificationChannelRepository,
  type NotificationMessage,
} from './repository';
import type { MessageItem, notificationIncidentModel, notificationMessageModel } from './schema';

const DAY_MS = 24 * 3600_000;
const KEEP_MESSAGES_MS = 30 * DAY_MS;
const KEEP_INCIDENTS_MS = 90 * DAY_MS;
/** A digest keeps so many in detail; the others are counted. */
const MAX_ITEMS = 100;
const KEPT_EVENTS = 20;

export interface AnnouncerDeps {
  repository: NotificationChannelRepository;
  /** Makes a job for a message. What a crash loses here, the sweep finds. */
  enqueue(
    message: Pick<NotificationMessage, 'id' | 'channelId' | 'sequence' | 'nextAttemptAt'>,
  ): Promise<void>;
  clock: Clock;
}

type Queued = Pick<NotificationMessage, 'id' | 'channelId' | 'sequence' | 'nextAttemptAt'>;
type Incident = NewDoc<typeof notificationIncidentModel>;

/** Turns what happens into messages: one when an incident begins, one when it is over. Repeating a notice changes nothing. */
export class ChannelAnnouncer {
  constructor(readonly deps: AnnouncerDeps) {}

  /** Something happened. */
  async tell(notice: Notice): Promise<void> {
    const { repository } = this.deps;
    const all = await repository.channels(notice.organizationId);
    const listening = all.filter(
      (one) => one.status !== 'disabled' && wants(one.rules, notice.event, notice.severity),
    );
    // Nobody listens: it is nobody's incident, and its end is nobody's news.
    if (listening.length > 0) await this.#settle(notice, listening);
  }

  /** It is over. Who heard of its beginning hears of it. */
  async recover(end: Pick<Notice, 'organizationId' | 'key' | 'at' | 'eventId'>): Promise<void> {
    const { repository } = this.deps;
    const known = await repository.db.get(repository.incidentRef(incidentIdOf(end.organizationId, end.key)));
    if (known?.state !== 'open') return;
    const all = await repository.channels(end.organizationId);
    const { event, severity, data, href } = known;
    await this.#settle({ ...end, event, severity, data, href, state: 'recovered' }, all);
  }

  async #settle(notice: Notice, candidates: readonly NotificationChannel[]): Promise<void> {
    const { repository, clock, enqueue } = this.deps;
    const id = incidentIdOf(notice.organizationId, notice.key);
    const queued = await repository.run(async (tx) => {
      const known = await tx.get(repository.incidentRef(id));
      const step = incidentStep(known, notice);
      if (step.kind === 'ignore') return [];
      const heard = new Set(known?.channelIds);
      const to =
        step.kind === 'note'
          ? []
          : candidates.filter(
              (one) => step.kind === 'tell' || (heard.has(one.id) && one.status !== 'disabled'),
            );
      const now = clock.now();
      const next = nextIncident(known, notice, step, { now, channelIds: to.map((one) => one.id) });
      const drafts = await this.#drafts(tx, to, { ...notice, incidentId: id }, next.episode, now);
      if (known) tx.update(repository.incidentRef(id), next);
      else tx.create(repository.incidentRef(id), next);
      return drafts.map((write) => write());
    });
    for (const message of queued) await enqueue(message);
  }

  /** Reads what each message needs; the returned functions write. Firestore wants all reads first. */
  #drafts(
    tx: Tx,
    channels: readonly NotificationChannel[],
    notice: Notice & { incidentId: string },
    episode: number,
    now: Date,
  ): Promise<(() => Queued)[]> {
    const { incidentId, event, severity, state, data, href, at } = notice;
    const item: MessageItem = { incidentId, event, severity, state, data, href, at };
    return Promise.all(
      channels.map(async (channel) => {
        const { sendAt, together } = planMessage(channel, item, now);
        if (together) return this.#digestDraft(tx, channel, item, sendAt, now);
        const id = messageIdOf(channel.id, incidentId, String(episode), state, severity);
        return () => this.#create(tx, id, channel, 'incident', [item], sendAt, now);
      }),
    );
  }

  async #digestDraft(tx: Tx, channel: NotificationChannel, item: MessageItem, sendAt: Date, now: Date) {
    const { repository } = this.deps;
    const id = messageIdOf(channel.id, 'digest', String(sendAt.getTime()));
    const known = await tx.get(repository.messageRef(id));
    if (!known) return () => this.#create(tx, id, channel, 'digest', [item], sendAt, now);
    const untouched = known.status === 'pending' && known.tries === 0 && known.leaseUntil === null;
    if (!untouched) {
      // It is on its way already, by another machine's clock: this one goes alone.
      const alone = messageIdOf(id, item.incidentId, item.state, String(item.at.getTime()));
      return () => this.#create(tx, alone, channel, 'digest', [item], sendAt, now);
    }
    const full = known.items.length >= MAX_ITEMS;
    return () => {
      tx.update(
        repository.messageRef(id),
        full ? { omitted: known.omitted + 1 } : { items: [...known.items, item] },
      );
      return known;
    };
  }

  #create(
    tx: Tx,
    id: string,
    channel: NotificationChannel,
    kind: 'incident' | 'digest',
    items: MessageItem[],
    sendAt: Date,
    now: Date,
  ): Queued {
    const message = newMessage(channel, kind, items, { sendAt, now });
    tx.create(this.deps.repository.messageRef(id), message);
    return { id, channelId: channel.id, sequence: 0, nextAttemptAt: sendAt };
  }
}

export function newMessage(
  channel: Pick<NotificationChannel, 'id' | 'organizationId'>,
  kind: NotificationMessage['kind'],
  items: MessageItem[],
  { sendAt, now }: { sendAt: Date; now: Date },
): NewDoc<typeof notificationMessageModel> {
  return {
    organizationId: channel.organizationId,
    channelId: channel.id,
    kind,
    items,
    omitted: 0,
    status: 'pending',
    tries: 0,
    sequence: 0,
    nextAttemptAt: sendAt,
    reservedAt: null,
    leaseUntil: null,
    uncertainSince: null,
    vendorId: null,
    attempts: [],
    expiresAt: new Date(now.getTime() + KEEP_MESSAGES_MS),
  };
}

function nextIncident(
  known: Incident | null,
  notice: Notice,
  step: Exclude<IncidentStep, { kind: 'ignore' }>,
  { now, channelIds }: { now: Date; channelIds: string[] },
): Incident {
  const { organizationId, key, event, severity, data, href, at, eventId } = notice;
  const seen = [...(known?.seen ?? []), eventId].slice(-KEPT_EVENTS);
  const expiresAt = new Date(now.getTime() + KEEP_INCIDENTS_MS);
  const begins = step.kind === 'tell' && step.begins;
  if (!known || begins) {
    const closes = step.kind === 'tell' && step.closes;
    return {
      ...{ organizationId, key, event, severity, data, href },
      state: closes ? 'closed' : 'open',
      episode: step.kind === 'tell' ? step.episode : 1,
      openedAt: at,
      closedAt: closes ? at : null,
      lastSeenAt: at,
      count: 1,
      ...{ channelIds, seen, expiresAt },
    };
  }
  const shared = { ...incidentOf(known), seen, expiresAt, lastSeenAt: at };
  if (step.kind === 'recover') return { ...shared, state: 'closed', closedAt: at };
  const noted = { ...shared, count: known.count + 1 };
  if (step.kind === 'note') return noted;
  return {
    ...noted,
    ...{ event, data, href },
    severity: rankOf(severity) > rankOf(known.severity) ? severity : known.severity,
    ...(step.closes ? { state: 'closed' as const, closedAt: at } : {}),
    channelIds: [...new Set([...known.channelIds, ...channelIds])],
  };
}

/** Without the document's own fields, which the database sets. */
function incidentOf(known: Incident): Incident {
  const { organizationId, key, event, severity, state, episode, data, href } = known;
  const { openedAt, closedAt, lastSeenAt, count, channelIds, seen, expiresAt } = known;
  return {
    ...{ organizationId, key, event, severity, state, episode, data, href },
    ...{ openedAt, closedAt, lastSeenAt, count, channelIds, seen, expiresAt },
  };
}
