import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

/** A file of an archive. Opening it late keeps one file open at a time. */
export interface ArchiveFile {
  name: string;
  bytes: number;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** A ZIP without the 64-bit extension ends at 4 GiB; what would not fit is listed instead of breaking the archive. */
const MAX_BYTES = 3.9 * 1024 ** 3;

/**
 * A ZIP written as it is read: `data.json`, compressed, then the files as they are, one after the other in little memory.
 * A file that cannot be read does not spoil the rest: it is named in `not-included.txt`.
 */
export async function* zipArchive(
  data: AsyncIterable<string>,
  files: AsyncIterable<ArchiveFile>,
): AsyncGenerator<Uint8Array> {
  const written: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    written.push(chunk);
  });
  const encoder = new TextEncoder();
  const json = new ZipDeflate('data.json', { level: 6 });
  zip.add(json);
  for await (const text of data) {
    json.push(encoder.encode(text));
    yield* written.splice(0);
  }
  json.push(new Uint8Array(), true);
  const missing: string[] = [];
  let total = 0;
  for await (const file of files) {
    total += file.bytes;
    if (total > MAX_BYTES) missing.push(`${file.name}: this archive ends at 4 GB`);
    else yield* add(zip, file, written, missing);
  }
  if (missing.length > 0) {
    const list = new ZipPassThrough('not-included.txt');
    zip.add(list);
    list.push(encoder.encode(`${missing.join('\n')}\n`), true);
  }
  zip.end();
  yield* written.splice(0);
}

async function* add(
  zip: Zip,
  file: ArchiveFile,
  written: Uint8Array[],
  missing: string[],
): AsyncGenerator<Uint8Array> {
  let entry: ZipPassThrough | undefined;
  try {
    for await (const chunk of await file.open()) {
      if (!entry) {
        entry = new ZipPassThrough(file.name);
        zip.add(entry);
      }
      entry.push(chunk);
      yield* written.splice(0);
    }
  } catch (error) {
    missing.push(`${file.name}: ${error instanceof Error ? error.message : 'could not be read'}`);
  }
  entry?.push(new Uint8Array(), true);
  yield* written.splice(0);
}
