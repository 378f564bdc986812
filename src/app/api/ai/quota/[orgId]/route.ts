import { z } from 'zod';
import { quotaResponse } from '@/features/ai/insight-schema';
import { AiInsightService } from '@/features/ai/insight-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/quota/[orgId]',
    summary: 'AI quota of this month',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    params: z.object({ orgId: z.string().max(200) }),
    response: quotaResponse,
    rateLimit: 'read',
  },
  ({ actor }) => AiInsightService.getInstance().quota(actor),
);
