import 'server-only';
import { createSHA256, type IHasher } from 'hash-wasm';
import type { Actor } from '@/core/auth/principal';
import { ConflictError, isSystemError, NotFoundError, SystemError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { type MediaService, originalPath, type Stored } from './media-service';
import { refuseLarger, typeOf } from './media-spool';
import type { MediaStore, PieceUpload } from './media-store';
import type { MediaUploadRepository, Uploader } from './media-upload-repository';
import {
  type MediaUpload,
  type NewUpload,
  PIECE_UNIT_BYTES,
  UNFINISHED_MAX,
  UPLOAD_KEPT_MS,
  UPLOAD_LIFE_MS,
  type UploadState,
  uploadState,
} from './media-upload-schema';

/** Longer than storing a piece and looking at a whole picture takes; a request that died holds the upload no longer. */
const LEASE_MS = 120_000;
const SWEEP_PAGE = 50;

export interface MediaUploadsDeps {
  repository: MediaUploadRepository;
  media: MediaService;
  store: MediaStore;
  clock: Clock;
  ids: Ids;
}

type Begun = MediaUpload &
  Required<{ [K in 'file' | 'storagePath' | 'storeToken']: NonNullable<MediaUpload[K]> }>;

/**
 * Files that come in pieces. What is known stands in the database and what arrived in the store, so that any machine takes the
 * next piece; none holds more than one piece in memory, and the file is never read again for its hash.
 */
export class MediaUploads {
  constructor(readonly deps: MediaUploadsDeps) {}

  static getInstance(): MediaUploads {
    return singleton<MediaUploads>('MediaUploads');
  }

  /** @throws ConflictError with too many unfinished ones. */
  async begin(actor: Actor, wanted: NewUpload): Promise<UploadState> {
    const { repository, ids, clock } = this.deps;
    const open = await repository.unfinished(actor, UNFINISHED_MAX);
    if (open.length >= UNFINISHED_MAX)
      throw new ConflictError(`You have ${UNFINISHED_MAX} unfinished uploads. Finish or cancel some first.`);
    const id = ids.next('upl');
    const now = clock.now();
    await repository.create(id, {
      organizationId: actor.organizationId,
      userId: actor.userId,
      ...wanted,
      offset: 0,
      assetId: ids.next('med'),
      file: null,
      storagePath: null,
      storeToken: null,
      hashState: null,
      writer: null,
      writerUntil: now,
      doneAssetId: null,
      expiresAt: new Date(now.getTime() + UPLOAD_KEPT_MS),
    });
    return this.state(actor, id);
  }

  /** @throws NotFoundError for anybody else's; SystemError `gone` after its end. */
  async state(actor: Actor, id: string): Promise<UploadState> {
    const upload = await this.deps.repository.get(actor, id);
    if (!upload) throw new NotFoundError('This upload');
    this.#refuseExpired(upload);
    return uploadState(upload);
  }

  /** One's own that can be gone on with, newest first. */
  async unfinished(actor: Actor): Promise<{ items: UploadState[] }> {
    const now = this.deps.clock.now();
    const found = await this.deps.repository.unfinished(actor, UNFINISHED_MAX);
    const alive = found.filter((upload) => upload.expiresAt > now);
    alive.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    return { items: alive.map(uploadState) };
  }

  /**
   * Takes the next piece; the last one puts the file into the library. A piece that is not the last counts in steps of 256 KiB:
   * what is over is sent again.
   * @throws ConflictError at another offset or while another request writes; SystemError `unsupported_media_type`,
   *   `payload_too_large` and ValidationError for a file the library does not take, which ends the upload.
   */
  async append(actor: Actor, id: string, offset: number, piece: Uint8Array): Promise<UploadState> {
    const { repository, ids, clock } = this.deps;
    const now = clock.now();
    const writer = ids.next();
    const lease = { writer, now, until: new Date(now.getTime() + LEASE_MS) };
    const upload = await repository.claim(actor, id, lease, (found) => this.#refuse(found, offset, piece));
    try {
      await this.#take(upload, writer, this.#usable(upload, piece));
    } catch (error) {
      await (endsUpload(error) ? this.#drop(actor, id) : this.#release(id, writer));
      throw error;
    }
    return this.state(actor, id);
  }

  /** Forgets an unfinished upload with what arrived of it. What is in the library stays there. */
  async cancel(actor: Actor, id: string): Promise<void> {
    await this.#end(actor, id, () => undefined);
  }

  /** Removes what nobody went on with. @returns how many. */
  async expire(open: () => boolean): Promise<{ removed: number }> {
    const { repository, clock } = this.deps;
    let removed = 0;
    for (let page = SWEEP_PAGE; page === SWEEP_PAGE && open(); ) {
      const found = await repository.expired(clock.now(), SWEEP_PAGE);
      let ended = 0;
      for (const upload of found) {
        if (!open()) break;
        try {
          await this.#end(null, upload.id, (latest) => {
            if (latest.expiresAt > clock.now()) throw new ConflictError('Somebody went on with this upload.');
          });
          ended += 1;
        } catch (error) {
          logger.warn({ err: error, uploadId: upload.id }, 'an unfinished upload could not be removed');
        }
      }
      removed += ended;
      // What could not be removed would be found again at once.
      page = ended === found.length ? found.length : 0;
    }
    return { removed };
  }

  async #take(upload: MediaUpload, writer: string, piece: Uint8Array): Promise<void> {
    const { repository, store } = this.deps;
    if (piece.byteLength === 0) return repository.write(upload.id, writer, { writer: null });
    const begun = await this.#begun(upload, writer, piece);
    const safe = await store.putPiece(tokenOf(begun), upload.offset, piece);
    if (safe < upload.offset) throw new SystemError('Part of this upload was lost. Start again.', 'gone');
    const hash = await hashFrom(upload.hashState);
    hash.update(piece.subarray(0, safe - upload.offset));
    const { createdAt, length } = upload;
    if (safe === length) return this.#finish(begun, writer, hash.digest('hex'));
    const kept = Math.min(
      this.deps.clock.now().getTime() + UPLOAD_KEPT_MS,
      createdAt.getTime() + UPLOAD_LIFE_MS,
    );
    await repository.write(upload.id, writer, {
      offset: safe,
      hashState: Buffer.from(hash.save()).toString('base64'),
      writer: null,
      expiresAt: new Date(kept),
    });
  }

  /** The first piece says what it is: what is not taken is refused before the rest travels. */
  async #begun(upload: MediaUpload, writer: string, piece: Uint8Array): Promise<Begun> {
    const { file, storagePath, storeToken } = upload;
    if (file && storagePath && storeToken) return { ...upload, file, storagePath, storeToken };
    const type = await typeOf(piece);
    refuseLarger(type.kind, upload.length);
    const path = originalPath(upload.organizationId, upload.assetId, type.extension);
    const token = await this.deps.store.beginPieces(path, type.mime, upload.length);
    const begun = { file: type, storagePath: path, storeToken: token };
    await this.deps.repository.write(upload.id, writer, begun);
    return { ...upload, ...begun };
  }

  async #finish(upload: Begun, writer: string, sha256: string): Promise<void> {
    const { repository, media } = this.deps;
    const done = (assetId: string) => ({
      offset: upload.length,
      doneAssetId: assetId,
      hashState: null,
      writer: null,
    });
    const { asset, duplicate }: Stored = await media.adopt(
      upload.assetId,
      { ...upload.file, bytes: upload.length, sha256, storagePath: upload.storagePath },
      {
        organizationId: upload.organizationId,
        uploadedBy: upload.userId,
        filename: upload.filename,
        altText: upload.altText,
        tags: upload.tags,
        source: 'upload',
      },
      {
        check: (tx) => repository.stillHeld(tx, upload.id, writer),
        write: (tx) => repository.settle(tx, upload.id, done(upload.assetId)),
      },
    );
    if (!duplicate) return;
    await repository.write(upload.id, writer, done(asset.id));
    await this.#abandon(upload);
  }

  #refuse(upload: MediaUpload, offset: number, piece: Uint8Array): void {
    this.#refuseExpired(upload);
    if (offset !== upload.offset) {
      throw new ConflictError(`The next byte of this upload is ${upload.offset}.`, 'conflict', {
        details: { offset: upload.offset },
      });
    }
    if (offset + piece.byteLength > upload.length)
      throw new SystemError('There is more than Upload-Length said.', 'payload_too_large');
    if (piece.byteLength > 0 && this.#usable(upload, piece).byteLength === 0)
      throw ValidationError.at('body', `Send at least ${PIECE_UNIT_BYTES} bytes, or all that is left.`);
  }

  #usable(upload: MediaUpload, piece: Uint8Array): Uint8Array {
    if (upload.offset + piece.byteLength === upload.length) return piece;
    return piece.subarray(0, piece.byteLength - (piece.byteLength % PIECE_UNIT_BYTES));
  }

  #refuseExpired(upload: MediaUpload): void {
    if (upload.expiresAt <= this.deps.clock.now())
      throw new SystemError('This upload was not finished in time. Start again.', 'gone');
  }

  /** Nobody else writes while it ends: the document goes last, so that a crash leaves it to the next sweep. */
  async #end(who: Uploader | null, id: string, check: (upload: MediaUpload) => void): Promise<void> {
    const { repository, clock, ids } = this.deps;
    const now = clock.now();
    const lease = { writer: ids.next(), now, until: new Date(now.getTime() + LEASE_MS) };
    await this.#discard(await repository.claim(who, id, lease, check));
  }

  async #discard(upload: MediaUpload): Promise<void> {
    if (upload.doneAssetId !== upload.assetId) await this.#abandon(upload);
    await this.deps.repository.delete(upload.id);
  }

  async #abandon({ storagePath, storeToken, length }: MediaUpload): Promise<void> {
    if (storagePath && storeToken)
      await this.deps.store.abandonPieces({ path: storagePath, token: storeToken, length });
  }

  /** What fails here is found by the sweep. */
  async #drop(actor: Actor, id: string): Promise<void> {
    try {
      const upload = await this.deps.repository.get(actor, id);
      if (upload) await this.#discard(upload);
    } catch (error) {
      logger.warn({ err: error, uploadId: id }, 'a refused upload could not be removed yet');
    }
  }

  async #release(id: string, writer: string): Promise<void> {
    await this.deps.repository
      .write(id, writer, { writer: null })
      .catch((error: unknown) =>
        logger.warn({ err: error, uploadId: id }, 'an upload stays locked for a moment'),
      );
  }
}

const tokenOf = ({ storagePath, storeToken, length }: Begun): PieceUpload => ({
  path: storagePath,
  token: storeToken,
  length,
});

/** What another try cannot mend. */
function endsUpload(error: unknown): boolean {
  return (
    isSystemError(error) &&
    ['unsupported_media_type', 'payload_too_large', 'validation_failed', 'gone'].includes(error.code)
  );
}

async function hashFrom(state: string | null): Promise<IHasher> {
  const hash = await createSHA256();
  try {
    return state ? hash.load(Buffer.from(state, 'base64')) : hash.init();
  } catch (error) {
    // Another release of the hash may count otherwise.
    throw new SystemError('This upload can no longer be gone on with. Start again.', 'gone', {
      cause: error,
    });
  }
}
