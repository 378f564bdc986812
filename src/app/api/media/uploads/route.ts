import { TUS_HEADERS, tusCapabilities, tusCreated, wantedUpload } from '@/features/content/media-tus';
import { uploadStatesSchema } from '@/features/content/media-upload-schema';
import { MediaUploads } from '@/features/content/media-uploads';
import { route } from '@/server/route';

const shared = {
  path: '/api/media/uploads',
  tag: 'Media',
  auth: 'member',
  permission: 'media.write',
  answerHeaders: TUS_HEADERS,
} as const;

export const OPTIONS = route(
  {
    ...shared,
    method: 'OPTIONS',
    summary: 'What resumable uploads can do (tus 1.0)',
    response: 'stream',
    rateLimit: 'read',
  },
  async () => tusCapabilities(),
);

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Your unfinished uploads',
    response: uploadStatesSchema,
    rateLimit: 'read',
  },
  ({ actor }) => MediaUploads.getInstance().unfinished(actor),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Begin a resumable upload (tus 1.0)',
    description:
      'Headers: Upload-Length, and Upload-Metadata with filename, altText, tags (comma-separated), lastModified. Then PATCH the Location with pieces of up to 3 932 160 bytes; all but the last count in steps of 262 144.',
    response: 'stream',
    status: 201,
    rateLimit: 'upload',
  },
  async ({ actor, request }) =>
    tusCreated(await MediaUploads.getInstance().begin(actor, wantedUpload(request))),
);
