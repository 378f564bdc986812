/** A byte range, `end` exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A file on its way into the store in pieces, over several requests and machines. */
export interface PieceUpload {
  path: string;
  /** From `beginPieces`; the store's own. */
  token: string;
  /** Bytes of the whole file. */
  length: number;
}

/** Where the bytes of the library are. Paths are ours (`{organizationId}/{assetId}/original.jpg`), never a caller's text. */
export interface MediaStore {
  /** Copies a local file in; a path written again is replaced. Resolves when the bytes are durable. */
  putFile(path: string, file: string, mime: string): Promise<void>;
  putBytes(path: string, bytes: Uint8Array, mime: string): Promise<void>;
  /** Streams; each call a fresh stream. @throws NotFoundError when there is no such file. */
  open(path: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
  /** Makes ready for a file in pieces. @returns the token to go on with. */
  beginPieces(path: string, mime: string, length: number): Promise<string>;
  /**
   * Takes the bytes from `offset` on; all pieces but the last are multiples of 256 KiB. Sending what is there already changes
   * nothing.
   * @returns how many bytes are durable, at most up to the end of this piece; when all are, the file can be opened at its path.
   * @throws SystemError `gone` when the store no longer has the earlier pieces.
   */
  putPiece(upload: PieceUpload, offset: number, bytes: Uint8Array): Promise<number>;
  /** Forgets the pieces, and the file if it was whole. Succeeds when there is nothing. */
  abandonPieces(upload: PieceUpload): Promise<void>;
  /** Deleting what is not there succeeds. */
  delete(path: string): Promise<void>;
}
