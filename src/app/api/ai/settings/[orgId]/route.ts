import { z } from 'zod';
import { settingsRequest, settingsResponse } from '@/features/ai/prompt-schema';
import { AiSettingsService } from '@/features/ai/settings-service';
import { route } from '@/server/route';

const at = {
  path: '/api/ai/settings/[orgId]',
  tag: 'AI',
  auth: 'member',
  permission: 'ai.manage',
  params: z.object({ orgId: z.string().max(200) }),
  response: settingsResponse,
} as const;

export const GET = route({ ...at, method: 'GET', summary: 'AI settings', rateLimit: 'read' }, ({ actor }) =>
  AiSettingsService.getInstance().get(actor),
);

export const PUT = route(
  {
    ...at,
    method: 'PUT',
    summary: 'Change the AI settings',
    description: 'Replaces all of them; what is left out takes its default.',
    body: settingsRequest,
    rateLimit: 'write',
  },
  ({ actor, body }) => AiSettingsService.getInstance().update(actor, body),
);
