import 'server-only';
import { createHash } from 'node:crypto';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { MailContent } from '@/features/mail/schema';
import { type MailWords, notificationContent } from './mail-content';
import { type NotificationPreferences, planDelivery } from './plan';
import type { NotificationRepository } from './repository';
import type { MarkReadRequest, NotificationData } from './schema';
import { NOTIFICATION_TYPES, type NotificationType } from './types.data';

const KEEP_MS = 90 * 24 * 3600_000;

export interface NotifyOptions {
  organizationId?: string;
  /** A path inside IriSync where the person can act. */
  href?: string;
  /** Same key, one notification and one mail: what makes a repeated event harmless. */
  key?: string;
}

/** The person a notification is for. */
export interface Reader {
  userId: string;
  email: string;
  locale: 'en' | 'de';
  timezone: string;
  preferences: NotificationPreferences;
}

export interface People {
  /** Null for an account that is gone. */
  reader(userId: string): Promise<Reader | null>;
}

interface QueuedMail {
  key: string;
  kind: string;
  to: string;
  content: MailContent;
  userId: string;
  organizationId?: string;
  sendAt?: Date;
}

/** The mail room, as notifications use it. `S` is what it makes of a mail outside the transaction. */
export interface Mails<S = unknown> {
  readonly configured: boolean;
  seal(mail: QueuedMail): Promise<S | null>;
  queueIn(tx: Tx, mail: S): Promise<boolean>;
  words(reader: { locale: 'en' | 'de'; timezone: string }): MailWords;
}

/** Web push, as notifications use it. */
export interface Pushes {
  /** The person's browsers; none where this installation sends no push. */
  targets(userId: string): Promise<string[]>;
  /** Writes only: it may follow other writes of the transaction. @returns what to enqueue once it is committed. */
  createIn(tx: Tx, notification: { id: string; userId: string }, targets: readonly string[]): string[];
  enqueue(deliveryIds: readonly string[]): Promise<void>;
}

export interface NotificationDeps {
  repository: NotificationRepository;
  people: People;
  mails: Mails;
  pushes: Pushes;
  /** A link that switches mails off without a sign-in. `all` for every kind. */
  unsubscribeUrl(userId: string, type: NotificationType | 'all'): Promise<string>;
  appUrl: string;
  clock: Clock;
  ids: Ids;
}

/** What people are told: in the app at once, by mail and in their browsers as they wish. */
export class NotificationService {
  constructor(readonly deps: NotificationDeps) {}

  static getInstance(): NotificationService {
    return singleton<NotificationService>('NotificationService');
  }

  /**
   * @param type its words stand in `messages/<locale>/notifications.json`.
   * @param data values for those words; never secrets.
   */
  async notify(
    userId: string,
    type: NotificationType,
    data: NotificationData,
    options: NotifyOptions = {},
  ): Promise<void> {
    const { repository, people, mails, pushes, clock } = this.deps;
    const facts = NOTIFICATION_TYPES[type];
    const now = clock.now();
    const reader = await people.reader(userId);
    const plan = reader
      ? planDelivery(type, facts, reader.preferences, { now, timezone: reader.timezone })
      : { inApp: true, email: 'none' as const, push: false, sendAt: now };
    const email = mails.configured ? plan.email : 'none';
    const browsers = plan.push ? await pushes.targets(userId) : [];
    if (!plan.inApp && email === 'none' && browsers.length === 0) return;
    const id = this.#idOf(userId, options.key);
    const told = { type, data, href: options.href ?? null, createdAt: now };
    const mail = reader && email === 'now' ? await this.#mail(id, reader, told, plan.sendAt, options) : null;
    const deliveries = await repository.run(async (tx) => {
      if (await tx.get(repository.ref(id))) return [];
      if (mail) await mails.queueIn(tx, mail);
      repository.createIn(tx, id, {
        userId,
        organizationId: options.organizationId ?? null,
        type,
        data,
        href: told.href,
        urgent: facts.urgent,
        hidden: !plan.inApp,
        readAt: plan.inApp ? null : now,
        email,
        expiresAt: new Date(now.getTime() + KEEP_MS),
      });
      return pushes.createIn(tx, { id, userId }, browsers);
    });
    await pushes.enqueue(deliveries);
  }

  /** Newest first. Those that were switched off in the app are left out. */
  async list(
    userId: string,
    query: PageQuery,
  ): Promise<Page<Awaited<ReturnType<NotificationRepository['own']>>[number]>> {
    const { items, cursor } = await this.deps.repository.page(userId, query);
    return { items: items.filter((one) => !one.hidden), cursor };
  }

  /** @returns how many were unread. */
  async markRead(userId: string, request: MarkReadRequest): Promise<{ marked: number }> {
    const { repository, clock } = this.deps;
    const now = clock.now();
    if (request.ids) {
      const open = (await repository.own(userId, request.ids)).filter((one) => one.readAt === null);
      await repository.markRead(open, now);
      return { marked: open.length };
    }
    let marked = 0;
    for (let open = await repository.unread(userId); open.length > 0; ) {
      await repository.markRead(open, now);
      marked += open.length;
      open = await repository.unread(userId);
    }
    return { marked };
  }

  #idOf(userId: string, key: string | undefined): string {
    if (key === undefined) return this.deps.ids.next('n');
    return `n_${createHash('sha256').update(`${userId}/${key}`).digest('base64url').slice(0, 27)}`;
  }

  async #mail(
    id: string,
    reader: Reader,
    told: Parameters<typeof notificationContent>[1],
    sendAt: Date,
    { organizationId }: NotifyOptions,
  ): Promise<unknown> {
    const { mails, appUrl } = this.deps;
    const unsubscribeUrl = await this.deps.unsubscribeUrl(reader.userId, told.type as NotificationType);
    return mails.seal({
      key: `notification:${id}`,
      kind: told.type,
      to: reader.email,
      content: notificationContent(mails.words(reader), told, { appUrl, unsubscribeUrl }),
      userId: reader.userId,
      sendAt,
      ...(organizationId ? { organizationId } : {}),
    });
  }
}
