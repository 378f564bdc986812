import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { MediaSource } from '@/features/platforms/providers/types';
import type { MediaFacts } from '@/features/platforms/schema';
import type { ChannelDirectory } from './channel-directory';
import { filenameOf, mediaFacts } from './media-facts';
import { fitTarget } from './media-fit';
import { cropPicture, fitPicture, inspectRemoteVideo, type Looked, look } from './media-inspection';
import { THUMBNAIL_WIDTHS } from './media-limits';
import type { MediaLinks } from './media-links';
import type { AlongWith, MediaRepository } from './media-repository';
import type { CropRequest, FitRequest, ListMediaQuery, MediaAsset, UpdateMediaRequest } from './media-schema';
import { type ReceivedFile, type SpooledFile, spool } from './media-spool';
import type { ByteRange, MediaStore } from './media-store';
import { CONTENT_LIMITS } from './schema';

export interface IncomingFile {
  source: AsyncIterable<Uint8Array>;
  filename?: string | undefined;
  altText?: string | undefined;
  tags?: readonly string[] | undefined;
  /** Where it came from; `upload` unless said. */
  from?: MediaAsset['source'];
}

export interface GeneratedFile {
  organizationId: string;
  userId: string;
  bytes: Uint8Array;
  /** What the maker says it is; the bytes decide. */
  mime: string;
  altText?: string;
  source?: MediaAsset['source'];
}

/** A new asset, or the one that already holds the very same bytes. */
export interface Stored {
  asset: MediaAsset;
  duplicate: boolean;
}

export interface Provenance extends Pick<MediaAsset, 'organizationId' | 'uploadedBy' | 'source'> {
  filename?: string | undefined;
  altText?: string | undefined;
  tags?: readonly string[] | undefined;
}

/** A file with what an HTTP answer needs to say about it; `open` gives a fresh stream each time. */
export interface OpenedMedia {
  mime: string;
  bytes: number;
  /** Changes with the bytes. */
  etag: string;
  filename: string;
  open(range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
}

/** The media library: what an organisation uploads or has made, once per content. */
export class MediaService {
  constructor(
    readonly repository: MediaRepository,
    readonly store: MediaStore,
    readonly channels: ChannelDirectory,
    readonly links: MediaLinks,
    readonly ids: Ids,
  ) {}

  static getInstance(): MediaService {
    return singleton<MediaService>('MediaService');
  }

  /**
   * Takes a file in constant memory: receive, recognise, read its facts, make previews, store, record.
   * @throws SystemError `unsupported_media_type`, `payload_too_large`; ValidationError for an empty or damaged file.
   */
  async upload(actor: Actor, incoming: IncomingFile): Promise<Stored> {
    const received = await spool(incoming.source);
    return this.#take(received, {
      organizationId: actor.organizationId,
      uploadedBy: actor.userId,
      filename: incoming.filename,
      altText: incoming.altText,
      tags: incoming.tags,
      source: incoming.from ?? 'upload',
    });
  }

  /** Stores what a model or tool made, by the same checks as an upload. */
  async saveGenerated(made: GeneratedFile): Promise<MediaAsset> {
    const received = await spool(chunksOf(made.bytes));
    const { asset } = await this.#take(received, {
      organizationId: made.organizationId,
      uploadedBy: made.userId,
      altText: made.altText,
      source: made.source ?? 'ai',
    });
    return asset;
  }

  /** @throws NotFoundError also for another organisation's file. */
  async get(organizationId: string, id: string): Promise<MediaAsset> {
    const asset = await this.repository.get(organizationId, id);
    if (!asset) throw new NotFoundError('This file');
    return asset;
  }

  list(actor: Actor, query: ListMediaQuery): Promise<Page<MediaAsset>> {
    return this.repository.list(actor.organizationId, query);
  }

  async update(actor: Actor, id: string, patch: UpdateMediaRequest): Promise<MediaAsset> {
    await this.get(actor.organizationId, id);
    await this.repository.update(id, {
      ...(patch.altText === undefined ? {} : { altText: patch.altText }),
      ...(patch.tags === undefined ? {} : { tags: patch.tags }),
    });
    return this.get(actor.organizationId, id);
  }

  /**
   * The uploader's to delete, and of whoever manages all content.
   * @throws ConflictError while a post that may yet go out uses it; `postIds` in the details.
   */
  async delete(actor: Actor, id: string): Promise<void> {
    const asset = await this.get(actor.organizationId, id);
    if (asset.uploadedBy !== actor.userId && !actor.permissions.has('content.manage')) {
      throw new ForbiddenError('Only the person who added this file, or an admin, can delete it.');
    }
    const postIds = await this.repository.deleteUnused(actor.organizationId, id);
    if (postIds.length > 0) {
      throw new ConflictError(
        postIds.length === 1
          ? 'A post still uses this file. Remove it there first.'
          : `${postIds.length} posts still use this file. Remove it there first.`,
        'conflict',
        { details: { postIds } },
      );
    }
    await this.#forget([asset.storagePath, ...asset.thumbnails.map((one) => one.storagePath)]);
  }

  /** The file, streamed on demand; for publishing and for the browser. */
  async open(organizationId: string, id: string): Promise<OpenedMedia> {
    const asset = await this.get(organizationId, id);
    return {
      mime: asset.mime,
      bytes: asset.bytes,
      etag: asset.sha256,
      filename: asset.filename,
      open: (range) => this.store.open(asset.storagePath, range),
    };
  }

  /** The smallest preview at least `width` pixels wide, else the largest. @throws NotFoundError for files without previews. */
  async openThumbnail(organizationId: string, id: string, width: number): Promise<OpenedMedia> {
    const asset = await this.get(organizationId, id);
    const sorted = [...asset.thumbnails].sort((a, b) => a.width - b.width);
    const preview = sorted.find((one) => one.width >= width) ?? sorted.at(-1);
    if (!preview) throw new NotFoundError('A preview of this file');
    return {
      mime: preview.mime,
      bytes: preview.bytes,
      etag: `${asset.sha256}-${preview.width}`,
      filename: `${asset.id}.webp`,
      open: (range) => this.store.open(preview.storagePath, range),
    };
  }

  /**
   * Files as publishing sends them: read in streams, and as a link for networks that fetch files themselves. Unknown and
   * foreign ids are left out.
   */
  async sources(organizationId: string, ids: readonly string[]): Promise<Map<string, MediaSource>> {
    const assets = await this.repository.getMany(organizationId, ids);
    return new Map([...assets].map(([id, asset]) => [id, this.#source(asset)]));
  }

  /** The file behind a link made by `sources`. @throws NotFoundError when it ended, was changed, or its file is gone. */
  async openLinked(token: string): Promise<OpenedMedia> {
    const { organizationId, assetId } = await this.links.open(token);
    return this.open(organizationId, assetId);
  }

  #source(asset: MediaAsset): MediaSource {
    return {
      ...mediaFacts(asset),
      filename: asset.filename,
      sha256: asset.sha256,
      open: (range) => this.store.open(asset.storagePath, range),
      publicUrl: () => this.links.make({ organizationId: asset.organizationId, assetId: asset.id }),
    };
  }

  /** Facts of many files at once, for validation; unknown and foreign ids are left out. */
  async facts(organizationId: string, ids: readonly string[]): Promise<Map<string, MediaFacts>> {
    const assets = await this.repository.getMany(organizationId, ids);
    return new Map([...assets].map(([id, asset]) => [id, mediaFacts(asset)]));
  }

  /**
   * A copy of a picture that this network (and this channel's own limits) takes: re-encoded, and smaller where it must be.
   * @throws ValidationError with the reason for what cannot be made to fit.
   */
  async fit(actor: Actor, id: string, request: FitRequest): Promise<Stored> {
    const limits = request.connectionId
      ? (await this.channels.connections(actor.organizationId, [request.connectionId])).get(
          request.connectionId,
        )?.limits
      : undefined;
    const target = fitTarget(request.platform, limits);
    if (!target) throw ValidationError.at('body.platform', 'This network takes no pictures.');
    const asset = await this.get(actor.organizationId, id);
    const { width, height } = asset;
    if (asset.kind !== 'image' || !width || !height) {
      throw ValidationError.at('params.id', 'Only pictures can be re-encoded. Export a smaller file.');
    }
    return this.#copy(actor, asset, async (file) => {
      const bytes = await fitPicture(file, { width, height }, target);
      if (!bytes)
        throw ValidationError.at('params.id', 'This picture cannot be made small enough. Crop it first.');
      return bytes;
    });
  }

  /** A copy of a part of a picture; the original stays. @throws ValidationError when the part is not inside it. */
  async crop(actor: Actor, id: string, part: CropRequest): Promise<Stored> {
    const asset = await this.get(actor.organizationId, id);
    const { width, height } = asset;
    if (asset.kind !== 'image' || !width || !height)
      throw ValidationError.at('params.id', 'Only still pictures can be cropped.');
    if (part.left + part.width > width)
      throw ValidationError.at('body.width', `The picture is ${width} pixels wide.`);
    if (part.top + part.height > height)
      throw ValidationError.at('body.height', `The picture is ${height} pixels high.`);
    return this.#copy(actor, asset, (file) => cropPicture(file, asset.mime, part));
  }

  /** Another asset, made from a local copy of this one, with its words. */
  async #copy(actor: Actor, asset: MediaAsset, make: (file: string) => Promise<Uint8Array>): Promise<Stored> {
    const local = await spool(await this.store.open(asset.storagePath));
    try {
      return await this.#take(await spool(chunksOf(await make(local.path))), {
        organizationId: actor.organizationId,
        uploadedBy: actor.userId,
        filename: asset.filename,
        altText: asset.altText,
        tags: asset.tags,
        source: asset.source,
      });
    } finally {
      await local.dispose();
    }
  }

  async #take(received: SpooledFile, about: Provenance): Promise<Stored> {
    try {
      const known = await this.repository.byHash(about.organizationId, received.sha256);
      if (known) return { asset: known, duplicate: true };
      return await this.#store(received, about);
    } finally {
      await received.dispose();
    }
  }

  /**
   * Records a file whose bytes are in the store already, in one transaction with what its sender must record.
   * @returns the asset that has these bytes; when that is another one, the bytes given are still in the store.
   * @throws ValidationError when the file is damaged.
   */
  async adopt(
    id: string,
    file: ReceivedFile & { storagePath: string },
    about: Provenance,
    along: AlongWith,
  ): Promise<Stored> {
    const known = await this.repository.byHash(about.organizationId, file.sha256);
    if (known) return { asset: known, duplicate: known.id !== id };
    const open = (range?: ByteRange) => this.store.open(file.storagePath, range);
    if (file.kind === 'video') {
      const facts = await inspectRemoteVideo(file.bytes, open);
      return this.#record(id, file, about, { facts, previews: [] }, along);
    }
    const local = await spool(await open());
    try {
      return await this.#record(id, file, about, await look(local.path, local.kind), along);
    } finally {
      await local.dispose();
    }
  }

  async #store(received: SpooledFile, about: Provenance): Promise<Stored> {
    const id = this.ids.next('med');
    const seen = await look(received.path, received.kind);
    const storagePath = originalPath(about.organizationId, id, received.extension);
    try {
      await this.store.putFile(storagePath, received.path, received.mime);
      const stored = await this.#record(id, { ...received, storagePath }, about, seen);
      if (stored.duplicate) await this.#forget([storagePath]);
      return stored;
    } catch (error) {
      await this.#forget([storagePath]);
      throw error;
    }
  }

  async #record(
    id: string,
    file: ReceivedFile & { storagePath: string },
    about: Provenance,
    { facts, previews }: Looked,
    along?: AlongWith,
  ): Promise<Stored> {
    const thumbnails = previews.map(({ data, ...preview }, index) => ({
      ...preview,
      bytes: data.byteLength,
      storagePath: `${about.organizationId}/${id}/preview-${THUMBNAIL_WIDTHS[index] ?? preview.width}.webp`,
      data,
    }));
    const written = thumbnails.map((one) => one.storagePath);
    const { bytes, sha256, mime, kind, storagePath } = file;
    let other: MediaAsset | null = null;
    try {
      for (const { data, ...one } of thumbnails) await this.store.putBytes(one.storagePath, data, one.mime);
      const asset = {
        organizationId: about.organizationId,
        uploadedBy: about.uploadedBy,
        ...{ kind, mime, bytes, sha256, storagePath },
        filename: filenameOf(about.filename, file),
        ...facts,
        altText: (about.altText ?? '').trim().slice(0, CONTENT_LIMITS.altTextMax),
        tags: [...(about.tags ?? [])],
        thumbnails: thumbnails.map(({ data: _, ...one }) => one),
        source: about.source,
      };
      other = await this.repository.createUnique(id, asset, along);
    } catch (error) {
      await this.#forget(written);
      throw error;
    }
    if (other) {
      await this.#forget(written);
      return { asset: other, duplicate: true };
    }
    return { asset: await this.get(about.organizationId, id), duplicate: false };
  }

  /** Stray files cost a little space; they never make a request fail. */
  async #forget(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await this.store
        .delete(path)
        .catch((error: unknown) => logger.warn({ err: error, path }, 'a media file could not be deleted'));
    }
  }
}

/** Where the bytes of an asset lie in the store. */
export function originalPath(organizationId: string, assetId: string, extension: string): string {
  return `${organizationId}/${assetId}/original.${extension}`;
}

/** In pieces, so that hashing and writing never copy the whole. */
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += 262_144)
    yield bytes.subarray(start, start + 262_144);
}

/** An upload as HTTP brings it: the body is the file. */
export function incomingFile(
  request: Request,
  about: { filename?: string | undefined; altText?: string | undefined; tag?: string[] | undefined },
): IncomingFile {
  return {
    source: request.body ?? chunksOf(new Uint8Array()),
    filename: about.filename,
    altText: about.altText,
    tags: about.tag,
  };
}
