import { calendarAnswerSchema, calendarQuerySchema } from '@/features/publishing/calendar/schema';
import { CalendarService } from '@/features/publishing/calendar/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/calendar',
    summary: 'What is planned and out in a stretch of time, with slots and conflicts',
    description:
      'At most 62 days and 2,000 entries at a time; `cursor` leads on. Conflicts are posts of one channel less than 15 minutes apart.',
    tag: 'Posts',
    auth: 'member',
    permission: 'content.read',
    query: calendarQuerySchema,
    response: calendarAnswerSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => CalendarService.getInstance().calendar(actor, query),
);
