import { mediaAssetSchema, mediaIdParams, updateMediaRequestSchema } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

const shared = { path: '/api/media/[id]', tag: 'Media', auth: 'member', params: mediaIdParams } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'A file of the library',
    permission: 'media.read',
    response: mediaAssetSchema,
    rateLimit: 'read',
  },
  ({ actor, params }) => MediaService.getInstance().get(actor.organizationId, params.id),
);

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Change alt text or tags',
    permission: 'media.write',
    body: updateMediaRequestSchema,
    response: mediaAssetSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => MediaService.getInstance().update(actor, params.id, body),
);

export const DELETE = route(
  {
    ...shared,
    method: 'DELETE',
    summary: 'Delete a file that no open post uses',
    permission: 'media.write',
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => MediaService.getInstance().delete(actor, params.id),
);
