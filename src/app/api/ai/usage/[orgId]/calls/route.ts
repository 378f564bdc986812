import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { usageCallPage } from '@/features/ai/insight-schema';
import { AiInsightService } from '@/features/ai/insight-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/usage/[orgId]/calls',
    summary: 'AI calls',
    description:
      'Every call to a provider, newest first, failed attempts included. Members see their own; cost is for those who manage AI.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    params: z.object({ orgId: z.string().max(200) }),
    query: pageQuery,
    response: usageCallPage,
    rateLimit: 'read',
  },
  ({ actor, query }) => AiInsightService.getInstance().calls(actor, query),
);
