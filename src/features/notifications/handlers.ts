import 'server-only';
import type { EventMeta, Listen } from '@/core/events/event-type';
import { postBlocked, postFailed, postPartial, postUnconfirmed } from '@/features/publishing/events';
import type { NotificationService } from './service';

/** Who is told about a post of an organisation. */
export interface Recipients {
  /**
   * The author where they still are a member, else whoever may manage content. With `everyone`, both.
   * Never empty for an organisation that exists.
   */
  ofPost(organizationId: string, authorId: string, everyone: boolean): Promise<readonly string[]>;
}

interface Trouble {
  runId: string;
  postId: string;
  organizationId: string;
  connectionId: string;
  platform: string;
  authorId: string;
  message: string;
  reminder?: number;
}

/** What needs a person finds a person: durable, once per event and person. */
export function subscribeNotifications(
  listen: Listen,
  notifications: Pick<NotificationService, 'notify'>,
  recipients: Recipients,
): void {
  const tell =
    (what: string, urgent: boolean) =>
    async (trouble: Trouble, meta: EventMeta): Promise<void> => {
      const { organizationId, postId, runId, connectionId, platform, authorId, message } = trouble;
      const reminder = trouble.reminder ?? 0;
      // Nobody reacted to the first one: from then on the admins hear of it too.
      const people = await recipients.ofPost(organizationId, authorId, reminder > 0);
      for (const userId of people) {
        const data = { postId, runId, connectionId, platform, message, reminder };
        await notifications.notify(userId, `publishing.${what}`, data, {
          organizationId,
          href: `/posts/${postId}`,
          urgent,
          key: meta.eventId,
        });
      }
    };
  listen(postUnconfirmed, 'notifications.unconfirmed', tell('unconfirmed', true), { durable: true });
  listen(postBlocked, 'notifications.blocked', tell('blocked', true), { durable: true });
  listen(postFailed, 'notifications.failed', tell('failed', true), { durable: true });
  listen(postPartial, 'notifications.partial', tell('partial', true), { durable: true });
}
