import { ApiProblem } from '@/client/api';
import type { StoredMedia } from '../../media-schema';

export interface UploadOptions {
  organizationId: string;
  /** 0 to 1, of the bytes sent. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/**
 * Sends a file as the request's body. XMLHttpRequest because fetch does not tell how much of a body was sent.
 * @throws ApiProblem; DOMException `AbortError` when cancelled.
 */
export function uploadFile(file: File, options: UploadOptions): Promise<StoredMedia> {
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
    request.onerror = () =>
      reject(
        new ApiProblem(0, {
          code: 'offline',
          title: 'No connection',
          detail: 'The file did not arrive. Check your connection and try again.',
        }),
      );
    request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
    options.signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's own error page; the status says enough.
    return {};
  }
}
