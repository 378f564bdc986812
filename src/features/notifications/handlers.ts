import 'server-only';
import type { EventMeta, Listen } from '@/core/events/event-type';
import { aiBudgetThreshold } from '@/features/ai/events';
import {
  invoicePaid,
  invoicePaymentFailed,
  tokenBudgetAlert,
  tokenPurchaseFailed,
  tokensPurchased,
  tokensRefunded,
} from '@/features/billing/events';
import { postApproved, postCommented, postRejected, postSubmitted } from '@/features/content/events';
import { feedStopped } from '@/features/feeds/events';
import {
  integrationCredentialDue,
  integrationLimitAlert,
  integrationNeedsReauth,
  relationsPending,
  webhookDisabled,
} from '@/features/integrations/events';
import { accountNeedsReauth } from '@/features/platforms/events';
import { postBlocked, postFailed, postPartial, postUnconfirmed } from '@/features/publishing/events';
import { tokenDepleted, tokensRefreshed, tokenWarning } from '@/features/tokens/events';
import { notificationChannelDisabled } from './channels/events';
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
  /** Those of them who belong to the organisation today. */
  stillMembers(organizationId: string, userIds: readonly string[]): Promise<readonly string[]>;
  /** As people know them. */
  nameOf(userId: string): Promise<string>;
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
  subscribeReview(listen, tellAll, recipients);
  subscribeTokens(listen, tellAll, recipients);
  subscribeBilling(listen, tellAll, recipients);
  subscribeChatChannels(listen, tellAll, recipients);
  listen(
    webhookDisabled,
    'notifications.webhook_disabled',
    async ({ organizationId, endpointId, host, reason }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      await tellAll(
        people,
        'integrations.webhook_disabled',
        { endpointId, host, reason },
        {
          organizationId,
          href: '/organization/webhooks',
          key: meta.eventId,
        },
      );
    },
    { durable: true },
  );
  listen(
    integrationNeedsReauth,
    'notifications.integration_reconnect',
    async ({ organizationId, integrationId, name, reason }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      await tellAll(
        people,
        'integrations.reconnect',
        { integrationId, name, reason },
        { organizationId, href: `/integrations/${integrationId}`, key: meta.eventId },
      );
    },
    { durable: true },
  );
  listen(
    relationsPending,
    'notifications.missing_relations',
    async ({ organizationId, integrationId, name, missing }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      await tellAll(
        people,
        'integrations.missing_relations',
        { integrationId, name, missing },
        { organizationId, href: `/integrations/${integrationId}`, key: meta.eventId },
      );
    },
    { durable: true },
  );
  listen(
    integrationLimitAlert,
    'notifications.integration_limit',
    async ({ organizationId, integrationId, name, kind }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      await tellAll(
        people,
        'integrations.limit',
        { integrationId, name, kind },
        { organizationId, href: `/integrations/${integrationId}/limits`, key: meta.eventId },
      );
    },
    { durable: true },
  );
  listen(
    integrationCredentialDue,
    'notifications.integration_credential',
    async ({ organizationId, integrationId, name, replaceBy }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      await tellAll(
        people,
        'integrations.credential_due',
        { integrationId, name, replaceBy: replaceBy.getTime() },
        { organizationId, href: `/integrations/${integrationId}/credential`, key: meta.eventId },
      );
    },
    { durable: true },
  );
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

/** Whoever relied on a room to hear of trouble has to hear that it hears nothing any more. */
function subscribeChatChannels(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  listen(
    notificationChannelDisabled,
    'notifications.chat_disabled',
    async ({ organizationId, channelId, name }, meta) => {
      const people = await recipients.leaders(organizationId, true);
      const options = { organizationId, href: '/organization/notifications', key: meta.eventId };
      await tellAll(people, 'integrations.chat_disabled', { channelId, name }, options);
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
    tokensRefreshed,
    'notifications.tokens_refreshed',
    async (period, meta) => {
      const { organizationId, allocation, nextRefreshDate } = period;
      const data = { tokens: allocation, refreshAt: nextRefreshDate.getTime() };
      const options = { organizationId, href: '/tokens', key: meta.eventId };
      await tellAll(await ownersOf(period), 'tokens.refreshed', data, options);
    },
    { durable: true },
  );
  const budget =
    (userOf: (budget: { userId?: string | null; memberId?: string | null }) => string | null) =>
    async (
      reached: { organizationId: string; percent: number; userId?: string | null; memberId?: string | null },
      meta: EventMeta,
    ): Promise<void> => {
      const { organizationId, percent } = reached;
      const people = await ownersOf({ userId: userOf(reached), organizationId });
      await tellAll(
        people,
        'tokens.budget',
        { percent },
        { organizationId, href: '/tokens', key: meta.eventId },
      );
    };
  listen(
    aiBudgetThreshold,
    'notifications.ai_budget',
    budget(({ userId }) => userId ?? null),
    {
      durable: true,
    },
  );
  listen(
    tokenBudgetAlert,
    'notifications.token_budget',
    budget(({ memberId }) => memberId ?? null),
    {
      durable: true,
    },
  );
}

/** Receipts go to who bought; a plan's invoices to its owners, who alone may change it. */
function subscribeBilling(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const href = '/billing';
  const durable = { durable: true };
  const owners = (organizationId: string) => recipients.leaders(organizationId, false);
  listen(
    tokensPurchased,
    'notifications.receipt',
    async ({ organizationId, userId, purchaseId, tokens, price, currency, sandbox }, { eventId }) => {
      const receipt = {
        tokens,
        amountMinor: price,
        currency,
        number: purchaseId,
        sandbox: sandbox ? 'yes' : 'no',
      };
      await tellAll([userId], 'billing.receipt', receipt, { organizationId, href, key: eventId });
    },
    durable,
  );
  listen(
    tokenPurchaseFailed,
    'notifications.purchase_failed',
    async ({ organizationId, userId, price, currency }, { eventId }) => {
      const data = { amountMinor: price, currency, kind: 'purchase' };
      await tellAll([userId], 'billing.payment_failed', data, { organizationId, href, key: eventId });
    },
    durable,
  );
  listen(
    tokensRefunded,
    'notifications.refunded',
    async ({ organizationId, userId, price, currency, tokensTaken, debt }, { eventId }) => {
      // A dispute that was won gives tokens back; that is no refund.
      if (tokensTaken <= 0) return;
      const data = { tokensTaken, amountMinor: price, currency, debt };
      await tellAll([userId], 'billing.refunded', data, { organizationId, href, key: eventId });
    },
    durable,
  );
  listen(
    invoicePaid,
    'notifications.invoice_paid',
    async ({ organizationId, amount, currency, number }, { eventId }) => {
      const data = { amountMinor: amount, currency, ...(number ? { number } : {}) };
      await tellAll(await owners(organizationId), 'billing.invoice', data, {
        organizationId,
        href,
        key: eventId,
      });
    },
    durable,
  );
  listen(
    invoicePaymentFailed,
    'notifications.invoice_failed',
    async ({ organizationId, amount, currency }, { eventId }) => {
      const data = { amountMinor: amount, currency, kind: 'invoice' };
      const people = await owners(organizationId);
      await tellAll(people, 'billing.payment_failed', data, { organizationId, href, key: eventId });
    },
    durable,
  );
}
