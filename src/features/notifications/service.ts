import 'server-only';
import { createHash } from 'node:crypto';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { NotificationRepository } from './repository';
import type { MarkReadRequest, NotificationData } from './schema';

const KEEP_MS = 90 * 24 * 3600_000;

export interface NotifyOptions {
  organizationId?: string;
  /** A path inside IriSync where the person can act. */
  href?: string;
  urgent?: boolean;
  /** Same key, one notification: what makes a repeated event harmless. */
  key?: string;
}

/** A person's in-app inbox. */
export class NotificationService {
  constructor(
    readonly repository: NotificationRepository,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  static getInstance(): NotificationService {
    return singleton<NotificationService>('NotificationService');
  }

  /**
   * @param type `room.what_happened`; its words stand in `messages/<locale>/notifications.json`.
   * @param data values for those words; never secrets.
   */
  async notify(
    userId: string,
    type: string,
    data: NotificationData,
    options: NotifyOptions = {},
  ): Promise<void> {
    const id = options.key
      ? `n_${createHash('sha256').update(`${userId}/${options.key}`).digest('base64url').slice(0, 27)}`
      : this.ids.next('n');
    await this.repository.create(id, {
      userId,
      organizationId: options.organizationId ?? null,
      type,
      data,
      href: options.href ?? null,
      urgent: options.urgent ?? false,
      readAt: null,
      expiresAt: new Date(this.clock.now().getTime() + KEEP_MS),
    });
  }

  /** Newest first. */
  list(userId: string, query: PageQuery) {
    return this.repository.page(userId, query) satisfies Promise<Page<unknown>>;
  }

  /** @returns how many were unread. */
  async markRead(userId: string, request: MarkReadRequest): Promise<{ marked: number }> {
    const now = this.clock.now();
    if (request.ids) {
      const open = (await this.repository.own(userId, request.ids)).filter((one) => one.readAt === null);
      await this.repository.markRead(open, now);
      return { marked: open.length };
    }
    let marked = 0;
    for (let open = await this.repository.unread(userId); open.length > 0; ) {
      await this.repository.markRead(open, now);
      marked += open.length;
      open = await this.repository.unread(userId);
    }
    return { marked };
  }
}
