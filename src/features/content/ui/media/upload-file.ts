import { ApiProblem } from '@/client/api';
import type { StoredMedia } from '../../media-schema';
import { PIECE_MAX_BYTES } from '../../media-upload-schema';
import { noConnection, parsed, type UploadOptions } from './upload-exchange';

/** Sends a file: a small one at once, a larger one in pieces, so that a lost connection costs one piece. */
export async function uploadFile(file: File, options: UploadOptions): Promise<StoredMedia> {
  if (file.size <= PIECE_MAX_BYTES) return uploadWhole(file, options);
  const { uploadInPieces } = await import('./upload-in-pieces');
  return uploadInPieces(file, options);
}

/**
 * Sends a file as the request's body. XMLHttpRequest because fetch does not tell how much of a body was sent.
 * @throws ApiProblem; DOMException `AbortError` when cancelled.
 */
function uploadWhole(file: File, options: UploadOptions): Promise<StoredMedia> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/media?filename=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('x-organization-id', options.organizationId);
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status < 400) resolve(body as unknown as StoredMedia);
      else reject(new ApiProblem(request.status, body));
    };
    request.onerror = () => reject(noConnection());
    request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
    options.signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
