'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { MediaAsset } from '../../media-schema';
import { uploadFile } from './upload-file';
import { type UploadItem, UploadQueue } from './upload-queue';

const NONE: readonly UploadItem[] = [];

/** Files on their way into the library. */
export function useUploads(organizationId: string, onDone?: (asset: MediaAsset) => void) {
  const [queue] = useState(
    () =>
      new UploadQueue(
        (file, options) => uploadFile(file, { ...options, organizationId }),
        (asset) => onDone?.(asset),
        (uploadId) => void discardUpload(organizationId, uploadId),
      ),
  );
  const items = useSyncExternalStore(queue.subscribe, queue.items, () => NONE);
  useEffect(() => {
    const reconnected = () => queue.reconnected();
    window.addEventListener('online', reconnected);
    return () => window.removeEventListener('online', reconnected);
  }, [queue]);
  return { queue, items };
}

/** Milliseconds: a piece that is still being stored keeps its upload for a moment. */
const DISCARD_TRIES = [0, 1_000, 4_000];

/** @returns false when it could not be said; it ends by itself after a day. */
export async function discardUpload(organizationId: string, uploadId: string): Promise<boolean> {
  const headers = { 'x-organization-id': organizationId, 'tus-resumable': '1.0.0' };
  for (const wait of DISCARD_TRIES) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      await api('DELETE', `/api/media/uploads/${uploadId}`, { headers });
      return true;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 409) return false;
    }
  }
  return false;
}
