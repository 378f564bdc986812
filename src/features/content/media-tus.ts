import 'server-only';
import { SystemError, ValidationError } from '@/core/errors';
import { faultsOf } from '@/core/http/problem';
import { MAX_BYTES } from './media-limits';
import { type NewUpload, newUploadSchema, PIECE_MAX_BYTES, type UploadState } from './media-upload-schema';

/** The words of tus 1.0: core, creation, expiration, termination. https://tus.io/protocols/resumable-upload */

export const TUS_HEADERS = { 'tus-resumable': '1.0.0' } as const;
export const UPLOADS_PATH = '/api/media/uploads';

export function tusCapabilities(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'tus-version': '1.0.0',
      'tus-extension': 'creation,expiration,termination',
      'tus-max-size': String(MAX_BYTES.video),
    },
  });
}

/** @throws SystemError `precondition_failed` for another version of the protocol. */
export function requireTus(request: Request): void {
  if (request.headers.get('tus-resumable') !== TUS_HEADERS['tus-resumable'])
    throw new SystemError('Send Tus-Resumable: 1.0.0.', 'precondition_failed');
}

/** What `Upload-Length` and `Upload-Metadata` ask for. @throws ValidationError at the header; SystemError `payload_too_large`. */
export function wantedUpload(request: Request): NewUpload {
  requireTus(request);
  const length = count(request, 'upload-length');
  if (length > MAX_BYTES.video)
    throw new SystemError(
      `Files may have up to ${Math.floor(MAX_BYTES.video / 1_000_000)} MB. Export a smaller one.`,
      'payload_too_large',
    );
  const said = metadata(request.headers.get('upload-metadata') ?? '');
  const parsed = newUploadSchema.safeParse({
    length,
    filename: said.get('filename'),
    altText: said.get('altText'),
    tags: said.get('tags')?.split(',').filter(Boolean),
    lastModified: said.has('lastModified') ? Number(said.get('lastModified')) : undefined,
  });
  if (parsed.success) return parsed.data;
  throw new ValidationError(
    'What is said about this file is not right.',
    faultsOf(parsed.error, 'headers.upload-metadata'),
  );
}

/** `filename dmlkZW8ubXA0,lastModified MTc=`: keys, each with a base64 value of UTF-8 or none. */
function metadata(header: string): Map<string, string> {
  const said = new Map<string, string>();
  for (const pair of header.split(',')) {
    const [key, value = '', ...more] = pair.trim().split(' ');
    if (!key) continue;
    if (more.length > 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || said.has(key))
      throw ValidationError.at('headers.upload-metadata', 'Give each key once, with its value in base64.');
    said.set(key, Buffer.from(value, 'base64').toString('utf8'));
  }
  return said;
}

export interface Piece {
  offset: number;
  bytes: Uint8Array;
}

/**
 * The bytes of a PATCH. When its connection breaks, what came until then counts: the sender asks for the offset and goes on.
 * @throws SystemError `payload_too_large` above the largest piece.
 */
export async function pieceOf(request: Request): Promise<Piece> {
  requireTus(request);
  if (request.headers.get('content-type') !== 'application/offset+octet-stream')
    throw new SystemError('Send pieces as application/offset+octet-stream.', 'unsupported_media_type');
  const offset = count(request, 'upload-offset');
  const tooLarge = () =>
    new SystemError(`Send pieces of up to ${PIECE_MAX_BYTES} bytes.`, 'payload_too_large');
  if (Number(request.headers.get('content-length') ?? 0) > PIECE_MAX_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (;;) {
    // A broken connection is no fault of ours and none of the bytes that came.
    const next = await reader?.read().catch(() => null);
    if (!next || next.done) break;
    size += next.value.byteLength;
    if (size > PIECE_MAX_BYTES) {
      await reader?.cancel();
      throw tooLarge();
    }
    parts.push(next.value);
  }
  return { offset, bytes: Buffer.concat(parts, size) };
}

function count(request: Request, name: 'upload-length' | 'upload-offset'): number {
  const value = request.headers.get(name) ?? '';
  if (!/^\d{1,15}$/.test(value) || (name === 'upload-length' && Number(value) === 0))
    throw ValidationError.at(`headers.${name}`, 'Say how many bytes, as a plain number.');
  return Number(value);
}

function uploadHeaders(state: UploadState): Record<string, string> {
  return {
    'upload-offset': String(state.offset),
    'upload-length': String(state.length),
    'upload-expires': state.expiresAt.toUTCString(),
    ...(state.assetId ? { 'x-media-id': state.assetId } : {}),
  };
}

export function tusCreated(state: UploadState): Response {
  const headers = { ...uploadHeaders(state), location: `${UPLOADS_PATH}/${state.id}` };
  return new Response(null, { status: 201, headers });
}

/** @param status 200 for HEAD, 204 for PATCH. */
export function tusState(state: UploadState, status: 200 | 204): Response {
  return new Response(null, { status, headers: { ...uploadHeaders(state), 'cache-control': 'no-store' } });
}
