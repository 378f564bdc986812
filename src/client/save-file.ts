'use client';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import { type ApiOptions, apiResponse } from './api';

/** Browsers begin to read a saved file some time after the click. */
const READ_MS = 60_000;

/** Saves what the API answered as a file of this device, named as the answer says. */
export async function saveFile(answer: Response): Promise<void> {
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  const href = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement('a'), { href, download: name ?? 'download' }).click();
  setTimeout(() => URL.revokeObjectURL(href), READ_MS);
}

/**
 * Fetches a file with the session's organisation, which a plain link could not name, and saves it.
 * @param failed what is said when there is nothing more exact to say
 */
export function useSaveFile(path: `/api/${string}`, failed: string) {
  const [saving, setSaving] = useState(false);
  const save = async (query: ApiOptions['query'] = {}) => {
    setSaving(true);
    try {
      await saveFile(await apiResponse('GET', path, { query }));
    } catch (error) {
      toast.error(error instanceof Error ? error.message : failed);
    } finally {
      setSaving(false);
    }
  };
  return { saving, save };
}
