import 'server-only';
import type { EventMeta, EventType, Listen } from '@/core/events/event-type';
import { analyticsUpdated } from '@/features/analytics/events';
import {
  postApproved,
  postCommented,
  postCreated,
  postDeleted,
  postRejected,
  postScheduled,
  postSubmitted,
  postUpdated,
} from '@/features/content/events';
import {
  accountDisconnected,
  accountExpiring,
  accountNeedsReauth,
  platformConnected,
} from '@/features/platforms/events';
import {
  contentPublished,
  postBlocked,
  postCancelled,
  postCompleted,
  postFailed,
  postPartial,
  postRemoved,
  postStarted,
  postUnconfirmed,
} from '@/features/publishing/events';
import type { AnnouncedEvent } from './deliverer';

/** Every event that receivers may subscribe to; `WEBHOOK_EVENTS` says under which name. */
export const ANNOUNCED: readonly EventType[] = [
  postCreated,
  postUpdated,
  postSubmitted,
  postApproved,
  postRejected,
  postCommented,
  postScheduled,
  postStarted,
  contentPublished,
  postCompleted,
  postPartial,
  postUnconfirmed,
  postBlocked,
  postFailed,
  postCancelled,
  postDeleted,
  postRemoved,
  platformConnected,
  accountExpiring,
  accountNeedsReauth,
  accountDisconnected,
  analyticsUpdated,
];

/** Hands events over to whoever sends them out. Durable: a handler that failed is asked again from the outbox. */
export function subscribeWebhooks(listen: Listen, announce: (event: AnnouncedEvent) => Promise<void>): void {
  for (const event of ANNOUNCED) {
    const handle = async (payload: unknown, { eventId, occurredAt }: EventMeta) => {
      const { organizationId, ...data } = payload as { organizationId: string };
      await announce({ source: event.name, eventId, occurredAt, organizationId, data });
    };
    listen(event, 'webhooks.announce', handle, { durable: true });
  }
}
