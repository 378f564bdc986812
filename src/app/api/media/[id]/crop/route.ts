import { cropRequestSchema, mediaIdParams, storedMediaSchema } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/media/[id]/crop',
    summary: 'Crop a picture',
    description: 'Pixels of the picture as it is shown. Gives a new asset; the original stays as it is.',
    tag: 'Media',
    auth: 'member',
    permission: 'media.write',
    params: mediaIdParams,
    body: cropRequestSchema,
    response: storedMediaSchema,
    status: 201,
    rateLimit: 'upload',
    idempotency: true,
  },
  ({ actor, params, body }) => MediaService.getInstance().crop(actor, params.id, body),
);
