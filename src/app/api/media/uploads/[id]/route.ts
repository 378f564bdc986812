import { pieceOf, requireTus, TUS_HEADERS, tusState } from '@/features/content/media-tus';
import { uploadIdParams, uploadStateSchema } from '@/features/content/media-upload-schema';
import { MediaUploads } from '@/features/content/media-uploads';
import { route } from '@/server/route';

const shared = {
  path: '/api/media/uploads/[id]',
  tag: 'Media',
  auth: 'member',
  permission: 'media.write',
  params: uploadIdParams,
  answerHeaders: TUS_HEADERS,
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'How far an upload is',
    response: uploadStateSchema,
    rateLimit: 'read',
  },
  ({ actor, params }) => MediaUploads.getInstance().state(actor, params.id),
);

export const HEAD = route(
  {
    ...shared,
    method: 'HEAD',
    summary: 'How far an upload is (tus 1.0)',
    response: 'stream',
    rateLimit: 'read',
  },
  async ({ actor, params }) => tusState(await MediaUploads.getInstance().state(actor, params.id), 200),
);

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Send the next piece (tus 1.0)',
    description: 'The answer to the last piece names the file in X-Media-Id.',
    response: 'stream',
    status: 204,
    streamedBody: true,
    rateLimit: 'uploadPiece',
  },
  async ({ actor, params, request }) => {
    const { offset, bytes } = await pieceOf(request);
    return tusState(await MediaUploads.getInstance().append(actor, params.id, offset, bytes), 204);
  },
);

export const DELETE = route(
  {
    ...shared,
    method: 'DELETE',
    summary: 'Cancel an upload (tus 1.0)',
    response: 'empty',
    rateLimit: 'write',
  },
  async ({ actor, params, request }) => {
    requireTus(request);
    await MediaUploads.getInstance().cancel(actor, params.id);
  },
);
