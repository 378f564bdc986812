import { PreferenceService } from '@/features/notifications/preferences';
import { unsubscribeQuery, unsubscribeView } from '@/features/notifications/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/notifications/unsubscribe',
    summary: 'Stop mails of one kind, by the link in a mail',
    description:
      'Needs no sign-in: the token says who asks. Mail programs call it with one click (RFC 8058).',
    tag: 'Notifications',
    auth: 'public',
    query: unsubscribeQuery,
    response: unsubscribeView,
    rateLimit: 'write',
  },
  ({ query }) => PreferenceService.getInstance().unsubscribe(query.token),
);
