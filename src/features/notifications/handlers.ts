import 'server-only';
import type { EventMeta, Listen } from '@/core/events/event-type';
import { postApproved, postCommented, postRejected, postSubmitted } from '@/features/content/events';
import { feedStopped } from '@/features/feeds/events';
import { postBlocked, postFailed, postPartial, postUnconfirmed } from '@/features/publishing/events';
import { subscribeConnections } from './handlers-connections';
import { subscribeBilling, subscribeTokens } from './handlers-money';
import type { Recipients, TellAll } from './recipients';
import type { NotificationService } from './service';
import type { NotificationType } from './types.data';

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
  const tellAll: TellAll = async (people, type, data, options) => {
    for (const userId of people) await notifications.notify(userId, type, data, options);
  };
  subscribePublishing(listen, tellAll, recipients);
  subscribeReview(listen, tellAll, recipients);
  subscribeTokens(listen, tellAll, recipients);
  subscribeBilling(listen, tellAll, recipients);
  subscribeConnections(listen, tellAll, recipients);
}

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
  listen(
    feedStopped,
    'notifications.feed_stopped',
    async ({ organizationId, feedId, title, createdBy, reason }, meta) => {
      const people = await recipients.ofPost(organizationId, createdBy, false);
      const data = { feedId, title, reason };
      await tellAll(people, 'publishing.feed_stopped', data, {
        organizationId,
        href: '/feeds',
        key: meta.eventId,
      });
    },
    { durable: true },
  );
}

/** Nobody is told of what they did themselves. */
function subscribeReview(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const durable = { durable: true };
  const optionsOf = (post: { organizationId: string; postId: string }, { eventId }: EventMeta) => ({
    organizationId: post.organizationId,
    href: `/posts/${post.postId}`,
    key: eventId,
  });
  const others = (people: readonly string[], actorId: string) =>
    [...new Set(people)].filter((one) => one !== actorId);
  listen(
    postSubmitted,
    'notifications.review_requested',
    async (post, meta) => {
      const person = await recipients.nameOf(post.actorId);
      const people = others(await recipients.leaders(post.organizationId, true), post.actorId);
      await tellAll(people, 'review.requested', { postId: post.postId, person }, optionsOf(post, meta));
    },
    durable,
  );
  const tellAuthor =
    (type: 'review.approved' | 'review.changes_requested') =>
    async (
      post: {
        postId: string;
        organizationId: string;
        authorId: string;
        actorId: string;
        actorName: string;
        comment?: string;
      },
      meta: EventMeta,
    ): Promise<void> => {
      const people = await recipients.ofPost(post.organizationId, post.authorId, false);
      const data = { postId: post.postId, person: post.actorName, comment: post.comment ?? '' };
      await tellAll(others(people, post.actorId), type, data, optionsOf(post, meta));
    };
  listen(postApproved, 'notifications.review_approved', tellAuthor('review.approved'), durable);
  listen(postRejected, 'notifications.review_rejected', tellAuthor('review.changes_requested'), durable);
  listen(
    postCommented,
    'notifications.review_comment',
    async (post, meta) => {
      const author = await recipients.ofPost(post.organizationId, post.authorId, false);
      const members = await recipients.stillMembers(post.organizationId, post.participants);
      const data = { postId: post.postId, person: post.actorName, comment: post.excerpt };
      const people = others([...author, ...members], post.actorId);
      await tellAll(people, 'review.comment', data, optionsOf(post, meta));
    },
    durable,
  );
}
