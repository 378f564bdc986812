import { z } from 'zod';
import type { ArchiveFile } from '@/core/http/archive';

/** Where the bytes of the media library are; injected. */
export interface MediaFiles {
  open(storagePath: string): Promise<AsyncIterable<Uint8Array>>;
  /** Deleting what is not there succeeds. */
  delete(storagePath: string): Promise<void>;
}

const row = z.looseObject({
  id: z.string(),
  storagePath: z.string(),
  bytes: z.number().nonnegative().default(0),
  thumbnails: z.array(z.object({ storagePath: z.string() })).default([]),
});

/** The originals of media documents as files of an archive: `media/<id>.<ending>`. Rows of another shape are left out. */
export async function* mediaFilesOf(
  rows: AsyncIterable<Record<string, unknown>>,
  media: MediaFiles,
): AsyncGenerator<ArchiveFile> {
  for await (const given of rows) {
    const parsed = row.safeParse(given);
    if (!parsed.success) continue;
    const { id, storagePath, bytes } = parsed.data;
    const ending = /\.\w{1,8}$/.exec(storagePath)?.[0] ?? '';
    yield { name: `media/${id}${ending}`, bytes, open: () => media.open(storagePath) };
  }
}

/** Every stored path of one media document: the original and its thumbnails. */
export function mediaPathsOf(given: Record<string, unknown>): string[] {
  const parsed = row.safeParse(given);
  if (!parsed.success) return [];
  const { storagePath, thumbnails } = parsed.data;
  return [storagePath, ...thumbnails.map((one) => one.storagePath)];
}
