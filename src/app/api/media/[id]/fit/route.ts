import { fitRequestSchema, mediaIdParams, storedMediaSchema } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/media/[id]/fit',
    summary: 'Re-encode a picture to fit a network',
    description: 'Gives a new asset; the original stays as it is.',
    tag: 'Media',
    auth: 'member',
    permission: 'media.write',
    params: mediaIdParams,
    body: fitRequestSchema,
    response: storedMediaSchema,
    status: 201,
    rateLimit: 'upload',
    idempotency: true,
  },
  ({ actor, params, body }) => MediaService.getInstance().fit(actor, params.id, body),
);
