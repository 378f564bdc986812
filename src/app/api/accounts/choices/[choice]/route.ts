import { z } from 'zod';
import { takenTargetsSchema, takeTargetsSchema, targetChoiceSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

const params = z.object({ choice: z.string().min(20).max(200) });

export const GET = route(
  {
    method: 'GET',
    path: '/api/accounts/choices/[choice]',
    summary: 'List the pages or organisations a consent reached',
    description: 'The choice is in the address the person came back to; it ends after half an hour.',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.manage',
    params,
    response: targetChoiceSchema,
    rateLimit: 'read',
  },
  ({ actor, params: { choice } }) => PlatformService.getInstance().targetChoice(actor, choice),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/accounts/choices/[choice]',
    summary: 'Connect some of them as channels',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.manage',
    params,
    body: takeTargetsSchema,
    response: takenTargetsSchema,
    rateLimit: 'write',
  },
  ({ actor, params: { choice }, body }) =>
    PlatformService.getInstance().connectTargets(actor, choice, body.targetIds),
);
