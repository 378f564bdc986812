import { z } from 'zod';
import { imageJobResponse } from '@/features/ai/image-schema';
import { ImageService } from '@/features/ai/image-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/image/[jobId]',
    summary: 'How far pictures are',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    params: z.object({ jobId: z.string().max(200) }),
    response: imageJobResponse,
    rateLimit: 'read',
  },
  ({ actor, params }) => ImageService.getInstance().status(actor, params.jobId),
);
