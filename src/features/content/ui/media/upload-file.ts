import { ApiProblem } from '@/client/api';
import type { StoredMedia } from '../../media-schema';
import { PIECE_MAX_BYTES } from '../../media-upload-schema';
import type { SendOptions } from './upload-queue';

export interface UploadOptions extends SendOptions {
  organizationId: string;
}

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

export function noConnection(): ApiProblem {
  return new ApiProblem(0, {
    code: 'offline',
    title: 'No connection',
    detail: 'The file did not arrive. Check your connection and try again.',
  });
}

/** The problem document of an answer. */
export function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's own error page; the status says enough.
    return {};
  }
}
