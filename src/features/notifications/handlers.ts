import 'server-only';
import type { EventMeta, Listen } from '@/core/events/event-type';
import { aiBudgetThreshold } from '@/features/ai/events';
import { accountNeedsReauth } from '@/features/platforms/events';
import { postBlocked, postFailed, postPartial, postUnconfirmed } from '@/features/publishing/events';
import { tokenDepleted, tokenWarning } from '@/features/tokens/events';
import type { NotificationData } from './schema';
import type { NotificationService, NotifyOptions } from './service';
import type { NotificationType } from './types.data';

/** Who is told about what happens in an organisation. */
export interface Recipients {
  /**
   * The author where they still are a member, else whoever may manage content. With `everyone`, both.
   * Never empty for an organisation that exists.
   */
  ofPost(organizationId: string, authorId: string, everyone: boolean): Promise<readonly string[]>;
  /** Its owner and, with `admins`, its admins. */
  leaders(organizationId: string, admins: boolean): Promise<readonly string[]>;
}

type Notifications = Pick<NotificationService, 'notify'>;

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
  notifications: Notifications,
  recipients: Recipients,
): void {
  const tellAll = async (
    people: readonly string[],
    type: NotificationType,
    data: NotificationData,
    options: NotifyOptions,
  ) => {
    for (const userId of people) await notifications.notify(userId, type, data, options);
  };
  subscribePublishing(listen, tellAll, recipients);
  subscribeTokens(listen, tellAll, recipients);
  listen(
    accountNeedsReauth,
    'notifications.reconnect',
    async ({ organizationId, connectionId, platform, handle }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      const data = { connectionId, platform, handle };
      await tellAll(people, 'channels.reconnect', data, {
        organizationId,
        href: '/channels',
        key: meta.eventId,
      });
    },
    { durable: true },
  );
}

type TellAll = (
  people: readonly string[],
  type: NotificationType,
  data: NotificationData,
  options: NotifyOptions,
) => Promise<void>;

function subscribePublishing(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const tell =
    (type: NotificationType) =>
    async (trouble: Trouble, meta: EventMeta): Promise<void> => {
      const { organizationId, postId, runId, connectionId, platform, authorId, message } = trouble;
      const reminder = trouble.reminder ?? 0;
      // Nobody reacted to the first one: from then on the admins hear of it too.
      const people = await recipients.ofPost(organizationId, authorId, reminder > 0);
      const data = { postId, runId, connectionId, platform, message, reminder };
      await tellAll(people, type, data, { organizationId, href: `/posts/${postId}`, key: meta.eventId });
    };
  listen(postUnconfirmed, 'notifications.unconfirmed', tell('publishing.unconfirmed'), { durable: true });
  listen(postBlocked, 'notifications.blocked', tell('publishing.blocked'), { durable: true });
  listen(postFailed, 'notifications.failed', tell('publishing.failed'), { durable: true });
  listen(postPartial, 'notifications.partial', tell('publishing.partial'), { durable: true });
}

function subscribeTokens(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const ownersOf = async ({ userId, organizationId }: { userId: string | null; organizationId: string }) =>
    userId ? [userId] : await recipients.leaders(organizationId, true);
  const tell =
    (type: 'tokens.warning' | 'tokens.depleted') =>
    async (
      usage: {
        userId: string | null;
        organizationId: string;
        used: number;
        total: number;
        available: number;
        nextRefreshDate: Date;
      },
      meta: EventMeta,
    ): Promise<void> => {
      const { organizationId, used, total, available, nextRefreshDate } = usage;
      const data = { used, total, available, refreshAt: nextRefreshDate.getTime() };
      await tellAll(await ownersOf(usage), type, data, {
        organizationId,
        href: '/tokens',
        key: meta.eventId,
      });
    };
  listen(tokenWarning, 'notifications.token_warning', tell('tokens.warning'), { durable: true });
  listen(tokenDepleted, 'notifications.token_depleted', tell('tokens.depleted'), { durable: true });
  listen(
    aiBudgetThreshold,
    'notifications.ai_budget',
    async ({ organizationId, userId, percent }, meta) => {
      const people = await ownersOf({ userId, organizationId });
      await tellAll(
        people,
        'tokens.budget',
        { percent },
        { organizationId, href: '/tokens', key: meta.eventId },
      );
    },
    { durable: true },
  );
}
