import 'server-only';
import type { Listen } from '@/core/events/event-type';
import {
  contentPublished,
  postBlocked,
  postCancelled,
  postCompleted,
  postFailed,
  postPartial,
  postRemoved,
  postUnconfirmed,
} from './events';
import type { PublishingService } from './service';

/** Posts follow their runs: whatever becomes of a run, its post's status is brought in line, at least once. */
export function subscribePublishing(listen: Listen, service: Pick<PublishingService, 'rollUp'>): void {
  const follow = (run: { organizationId: string; postId: string }) =>
    service.rollUp(run.organizationId, run.postId);
  for (const event of [
    contentPublished,
    postCompleted,
    postPartial,
    postFailed,
    postUnconfirmed,
    postBlocked,
    postCancelled,
    postRemoved,
  ]) {
    listen(event, 'publishing.roll_up', follow, { durable: true });
  }
}
