'use client';
import { useState, useSyncExternalStore } from 'react';
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
      ),
  );
  const items = useSyncExternalStore(queue.subscribe, queue.items, () => NONE);
  return { queue, items };
}
