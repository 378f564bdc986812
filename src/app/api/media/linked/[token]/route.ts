import { fileResponse } from '@/features/content/media-response';
import { mediaLinkParams } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/media/linked/[token]',
    summary: 'A file behind an expiring link',
    description: 'For networks that fetch what is posted. Made by publishing; ends after two hours.',
    tag: 'Media',
    auth: 'public',
    params: mediaLinkParams,
    response: 'stream',
    rateLimit: 'public',
  },
  async ({ params, request }) =>
    fileResponse(request, await MediaService.getInstance().openLinked(params.token)),
);
