import { pageOf } from '@/core/db/cursor';
import {
  listMediaQuerySchema,
  mediaAssetSchema,
  storedMediaSchema,
  uploadQuerySchema,
} from '@/features/content/media-schema';
import { incomingFile, MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/media',
    summary: 'List the media library, newest first',
    tag: 'Media',
    auth: 'member',
    permission: 'media.read',
    query: listMediaQuerySchema,
    response: pageOf(mediaAssetSchema),
    rateLimit: 'read',
  },
  ({ actor, query }) => MediaService.getInstance().list(actor, query),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/media',
    summary: 'Upload a file',
    description:
      'Send the file as the request body. Its type is read from its content. The same file twice gives the same asset.',
    tag: 'Media',
    auth: 'member',
    permission: 'media.write',
    query: uploadQuerySchema,
    streamedBody: true,
    response: storedMediaSchema,
    status: 201,
    rateLimit: 'upload',
  },
  ({ actor, query, request }) => MediaService.getInstance().upload(actor, incomingFile(request, query)),
);
