import { listNotificationsQuery, notificationsPageSchema } from '@/features/notifications/schema';
import { NotificationService } from '@/features/notifications/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/notifications',
    summary: 'List your notifications',
    tag: 'Notifications',
    auth: 'user',
    query: listNotificationsQuery,
    response: notificationsPageSchema,
    rateLimit: 'read',
  },
  ({ principal, query }) => NotificationService.getInstance().list(principal.userId, query),
);
