import { imageRequest, imageResponse } from '@/features/ai/image-schema';
import { ImageService } from '@/features/ai/image-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/image',
    summary: 'Make pictures with AI',
    description:
      'Queued: the pictures land in the media library with alt text. Ask `/api/ai/image/[jobId]` how far it is.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.use',
    body: imageRequest,
    response: imageResponse,
    status: 202,
    rateLimit: 'ai',
    idempotency: true,
  },
  ({ actor, body, signal }) => ImageService.getInstance().request(actor, body, signal),
);
