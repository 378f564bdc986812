/** A byte range, `end` exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Where the bytes of the library are. Paths are ours (`{organizationId}/{assetId}/original.jpg`), never a caller's text. */
export interface MediaStore {
  /** Copies a local file in; a path written again is replaced. Resolves when the bytes are durable. */
  putFile(path: string, file: string, mime: string): Promise<void>;
  putBytes(path: string, bytes: Uint8Array, mime: string): Promise<void>;
  /** Streams; each call a fresh stream. @throws NotFoundError when there is no such file. */
  open(path: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
  /** Deleting what is not there succeeds. */
  delete(path: string): Promise<void>;
}
