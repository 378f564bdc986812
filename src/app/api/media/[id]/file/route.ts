import { fileResponse } from '@/features/content/media-response';
import { mediaIdParams } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/media/[id]/file',
    summary: 'The file itself',
    description:
      'Answers ranges. Images and players name the organisation in the address: `?organizationId=`.',
    tag: 'Media',
    auth: 'member',
    permission: 'media.read',
    params: mediaIdParams,
    response: 'stream',
    rateLimit: 'read',
  },
  async ({ actor, params, request }) =>
    fileResponse(request, await MediaService.getInstance().open(actor.organizationId, params.id)),
);
