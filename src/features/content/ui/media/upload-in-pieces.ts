import { DetailedError, Upload } from 'tus-js-client';
import { ApiProblem, api } from '@/client/api';
import type { MediaAsset, StoredMedia } from '../../media-schema';
import { PIECE_MAX_BYTES, type UploadState } from '../../media-upload-schema';
import { sameFile } from './same-file';
import { noConnection, parsed, type UploadOptions } from './upload-exchange';

const PATH = '/api/media/uploads';
/** Milliseconds before each further try of one piece. */
const RETRIES = [0, 1_000, 3_000, 5_000, 10_000];

/**
 * Sends a file in pieces (tus 1.0). One that was begun earlier, here or before a reload, goes on where it stopped.
 * @throws ApiProblem; DOMException `AbortError` when stopped: what has arrived stays.
 */
export async function uploadInPieces(file: File, options: UploadOptions): Promise<StoredMedia> {
  const headers = { 'x-organization-id': options.organizationId };
  const known = options.uploadId ?? (await begunEarlier(file, headers, options.signal))?.id;
  if (known) options.onBegun(known);
  const finished = await send(file, known, headers, options);
  const { assetId, duplicate } = await api<UploadState>('GET', `${PATH}/${finished}`, { headers });
  const asset = await api<MediaAsset>('GET', `/api/media/${assetId}`, { headers });
  return { asset, duplicate };
}

async function begunEarlier(file: File, headers: Record<string, string>, signal: AbortSignal) {
  const { items } = await api<{ items: UploadState[] }>('GET', PATH, { headers, signal });
  return items.find((upload) => sameFile(upload, file));
}

/** @returns the id of the finished upload. */
function send(
  file: File,
  known: string | undefined,
  headers: Record<string, string>,
  { onProgress, onBegun, signal }: UploadOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: PATH,
      uploadUrl: known ? `${PATH}/${known}` : null,
      chunkSize: PIECE_MAX_BYTES,
      headers,
      metadata: { filename: file.name, lastModified: String(file.lastModified) },
      retryDelays: RETRIES,
      // The server lists what is unfinished, for every browser of the same person.
      storeFingerprintForResuming: false,
      onShouldRetry: (error) => worthAnotherTry(error.originalResponse?.getStatus() ?? 0),
      onUploadUrlAvailable: () => onBegun(idOf(upload)),
      onProgress: (sent, total) => onProgress(sent / total),
      onSuccess: () => resolve(idOf(upload)),
      onError: (error) => reject(problemOf(error)),
    });
    const stop = () => {
      void upload.abort();
      reject(new DOMException('Stopped', 'AbortError'));
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    upload.start();
  });
}

const idOf = (upload: Upload): string => upload.url?.split('/').at(-1) ?? '';

/** 0: there was no answer. 409: another request was faster, and the offset is asked for again. */
export function worthAnotherTry(status: number): boolean {
  return navigator.onLine && (status === 0 || status === 409 || status === 429 || status >= 500);
}

function problemOf(error: Error): ApiProblem {
  const answer = error instanceof DetailedError ? error.originalResponse : null;
  return answer ? new ApiProblem(answer.getStatus(), parsed(answer.getBody())) : noConnection();
}
