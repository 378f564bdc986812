import 'server-only';
import type { Db, Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, SystemError } from '@/core/errors';
import { type MediaUpload, mediaUploadModel } from './media-upload-schema';

export type NewMediaUpload = Omit<MediaUpload, 'id' | 'createdAt' | 'updatedAt'>;
type Patch = Partial<NewMediaUpload>;

/** Who may touch an upload: the person who began it, there. */
export interface Uploader {
  organizationId: string;
  userId: string;
}

export class MediaUploadRepository {
  constructor(readonly db: Db) {}

  async create(id: string, upload: NewMediaUpload): Promise<void> {
    await this.db.create(this.#ref(id), upload);
  }

  /** Null for anybody else's. */
  async get(who: Uploader, id: string): Promise<MediaUpload | null> {
    return own(who, await this.db.get(this.#ref(id)));
  }

  unfinished(who: Uploader, limit: number): Promise<MediaUpload[]> {
    return this.db.find(
      this.db
        .collection(mediaUploadModel)
        .where('organizationId', '==', who.organizationId)
        .where('userId', '==', who.userId)
        .where('doneAssetId', '==', null)
        .limit(limit),
    );
  }

  /**
   * Makes `writer` the only one who writes until `until`.
   * @param check refuses by throwing; it sees the upload as it is at that moment.
   * @throws NotFoundError for anybody else's; ConflictError while another request writes.
   */
  claim(
    who: Uploader | null,
    id: string,
    lease: { writer: string; now: Date; until: Date },
    check: (upload: MediaUpload) => void,
  ): Promise<MediaUpload> {
    return this.db.runOptimistic(async (tx) => {
      const found = await tx.get(this.#ref(id));
      const upload = who ? own(who, found) : found;
      if (!upload) throw new NotFoundError('This upload');
      check(upload);
      if (upload.writer && upload.writerUntil > lease.now) {
        throw new ConflictError(
          'Another request is writing to this upload. Ask for its offset and go on from there.',
        );
      }
      tx.update(this.#ref(id), { writer: lease.writer, writerUntil: lease.until });
      return upload;
    });
  }

  /** Writes as the one who claimed it. @throws ConflictError when that is somebody else by now. */
  async write(id: string, writer: string, patch: Patch): Promise<void> {
    await this.db.runOptimistic(async (tx) => {
      await this.stillHeld(tx, id, writer);
      this.settle(tx, id, patch);
    });
  }

  /** For a transaction of somebody else: before its first write. */
  async stillHeld(tx: Tx, id: string, writer: string): Promise<void> {
    const upload = await tx.get(this.#ref(id));
    if (!upload) throw new SystemError('This upload was cancelled.', 'gone');
    if (upload.writer !== writer)
      throw new ConflictError('Another request went on with this upload. Ask for its offset.');
  }

  settle(tx: Tx, id: string, patch: Patch): void {
    tx.update(this.#ref(id), patch);
  }

  async delete(id: string): Promise<void> {
    await this.db.delete(this.#ref(id));
  }

  expired(now: Date, limit: number): Promise<MediaUpload[]> {
    return this.db.find(
      this.db.collection(mediaUploadModel).where('expiresAt', '<=', now).orderBy('expiresAt').limit(limit),
    );
  }

  #ref(id: string) {
    return this.db.doc(mediaUploadModel, id);
  }
}

function own(who: Uploader, upload: MediaUpload | null): MediaUpload | null {
  return upload?.organizationId === who.organizationId && upload.userId === who.userId ? upload : null;
}
