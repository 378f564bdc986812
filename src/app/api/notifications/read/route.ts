import { markReadAnswerSchema, markReadRequestSchema } from '@/features/notifications/schema';
import { NotificationService } from '@/features/notifications/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/notifications/read',
    summary: 'Mark notifications as read',
    tag: 'Notifications',
    auth: 'user',
    body: markReadRequestSchema,
    response: markReadAnswerSchema,
    rateLimit: 'write',
  },
  ({ principal, body }) => NotificationService.getInstance().markRead(principal.userId, body),
);
