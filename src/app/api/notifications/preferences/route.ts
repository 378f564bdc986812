import { PreferenceService } from '@/features/notifications/preferences';
import { preferencesBody, preferencesView } from '@/features/notifications/schema';
import { route } from '@/server/route';

const definition = {
  path: '/api/notifications/preferences',
  tag: 'Notifications',
  auth: 'user',
  response: preferencesView,
} as const;

export const GET = route(
  { ...definition, method: 'GET', summary: 'What you are told, and how', rateLimit: 'read' },
  ({ principal }) => PreferenceService.getInstance().view(principal.userId),
);

export const PUT = route(
  {
    ...definition,
    method: 'PUT',
    summary: 'Change what you are told, and how',
    body: preferencesBody,
    rateLimit: 'write',
  },
  ({ principal, body }) => PreferenceService.getInstance().update(principal.userId, body),
);
