import { z } from 'zod';
import { usageQuery, usageResponse } from '@/features/ai/insight-schema';
import { AiInsightService } from '@/features/ai/insight-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/usage/[orgId]',
    summary: 'AI usage',
    description: 'Members see their own figures. Cost is for those who manage AI.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    params: z.object({ orgId: z.string().max(200) }),
    query: usageQuery,
    response: usageResponse,
    rateLimit: 'read',
  },
  ({ actor, query }) => AiInsightService.getInstance().usage(actor, query),
);
