import { pushView, subscribePushBody, unsubscribePushQuery } from '@/features/notifications/push-schema';
import { PushSubscriptionService } from '@/features/notifications/push-subscriptions';
import { route } from '@/server/route';

const definition = { path: '/api/notifications/push', tag: 'Notifications', auth: 'user' } as const;

export const GET = route(
  {
    ...definition,
    method: 'GET',
    summary: 'Browsers that get your notifications',
    response: pushView,
    rateLimit: 'read',
  },
  ({ principal }) => PushSubscriptionService.getInstance().list(principal.userId),
);

export const POST = route(
  {
    ...definition,
    method: 'POST',
    summary: 'Send your notifications to this browser',
    description: 'Takes what `PushSubscription.toJSON()` gives. Repeating it changes nothing.',
    body: subscribePushBody,
    response: pushView,
    rateLimit: 'write',
  },
  ({ principal, body, request }) =>
    PushSubscriptionService.getInstance().subscribe(
      principal.userId,
      body,
      request.headers.get('user-agent'),
    ),
);

export const DELETE = route(
  {
    ...definition,
    method: 'DELETE',
    summary: 'Stop notifications in a browser',
    query: unsubscribePushQuery,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ principal, query }) => PushSubscriptionService.getInstance().unsubscribe(principal.userId, query.id),
);
