import 'server-only';
import { z } from 'zod';
import {
  authorized,
  expectShape,
  isExternal,
  type PlatformAnswer,
  refused,
} from '@/features/platforms/providers/http';
import { encoded, type LinkedInApi } from '@/features/platforms/providers/linkedin/api';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';

const UPLOAD_TIMEOUT_MS = 300_000;
const POLL_MS = 5_000;

/** Where each kind of file goes. */
const RESOURCES = {
  image: { path: 'images', urn: 'image' },
  gif: { path: 'images', urn: 'image' },
  video: { path: 'videos', urn: 'video' },
  document: { path: 'documents', urn: 'document' },
} as const;

const upload = z.object({ urn: z.string(), ready: z.boolean() });
type Upload = z.infer<typeof upload>;

/** Uploads of earlier attempts by content hash. */
export function uploadsOf(ctx: Pick<StepContext, 'artefacts'>): Record<string, Upload> {
  return z.record(z.string(), upload).safeParse(ctx.artefacts.uploads).data ?? {};
}

const begun = z.object({
  value: z.object({
    uploadUrl: z.url().optional(),
    image: z.string().optional(),
    document: z.string().optional(),
    video: z.string().optional(),
    uploadToken: z.string().optional(),
    uploadInstructions: z
      .array(z.object({ uploadUrl: z.url(), firstByte: z.number(), lastByte: z.number() }))
      .optional(),
  }),
});
type Begun = z.infer<typeof begun>['value'];
const assetState = z.object({
  status: z.enum(['WAITING_UPLOAD', 'PROCESSING', 'AVAILABLE', 'PROCESSING_FAILED']),
  processingFailureReason: z.string().optional(),
});

/** Sent again by a person, the file is uploaded anew: what failed once stays failed under its name. */
function notProcessed(reason = 'no reason given') {
  const error = refused('linkedin', `LinkedIn could not process this file: ${reason}.`, {
    vendorCode: 'media_failed',
  });
  error.discardArtefacts = true;
  return error;
}

/**
 * Uploads one file after another and waits until videos and documents are processed. A finished file is stored; one that a
 * crash cut short starts afresh, because the addresses of its pieces must not lie about in a post.
 * @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api (checked 2026-11-21)
 * @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api (checked 2026-11-21)
 */
export class LinkedInUploads {
  readonly #uploads: Record<string, Upload>;

  constructor(
    readonly api: LinkedInApi,
    readonly ctx: StepContext,
  ) {
    this.#uploads = uploadsOf(ctx);
  }

  /** @returns milliseconds until LinkedIn should be asked again; 0 when every file is ready. */
  async run(): Promise<{ uploads: Record<string, Upload>; pollAfterMs: number }> {
    let waiting = false;
    for (const media of this.ctx.content.media) {
      const known = this.#uploads[media.sha256];
      if (!known) {
        const urn = await this.#send(media);
        // Pictures may stand in a post at once.
        await this.#keep(media, { urn, ready: RESOURCES[media.kind].urn === 'image' });
      } else if (!known.ready && (await this.#available(media, known.urn))) {
        await this.#keep(media, { ...known, ready: true });
      }
      waiting ||= this.#uploads[media.sha256]?.ready !== true;
    }
    return { uploads: this.#uploads, pollAfterMs: waiting ? POLL_MS : 0 };
  }

  async #send(media: MediaSource): Promise<string> {
    const { path, urn } = RESOURCES[media.kind];
    const video = media.kind === 'video';
    const answer = await this.api.authorized(this.ctx, `/rest/${path}?action=initializeUpload`, {
      method: 'POST',
      json: {
        initializeUploadRequest: {
          owner: this.ctx.channel.accountId,
          ...(video ? { fileSizeBytes: media.bytes, uploadCaptions: false, uploadThumbnail: false } : {}),
        },
      },
    });
    const { value } = expectShape('linkedin', begun, answer);
    const asset = value[urn];
    if (!asset) throw refused('linkedin', 'LinkedIn named no file to upload.', { vendorCode: 'no_asset' });
    if (video) await this.#sendVideo(media, asset, value);
    else await this.#put(media, value.uploadUrl ?? '', 0, media.bytes);
    return asset;
  }

  async #sendVideo(media: MediaSource, asset: string, value: Begun): Promise<void> {
    const uploadedPartIds: string[] = [];
    for (const { uploadUrl, firstByte, lastByte } of value.uploadInstructions ?? []) {
      const answer = await this.#put(media, uploadUrl, firstByte, lastByte + 1);
      const etag = answer.headers.get('etag');
      if (!etag)
        throw refused('linkedin', 'LinkedIn did not confirm a part of this video.', {
          vendorCode: 'etag_missing',
        });
      uploadedPartIds.push(etag.replace(/^"|"$/g, ''));
    }
    await this.api.authorized(this.ctx, '/rest/videos?action=finalizeUpload', {
      method: 'POST',
      json: {
        finalizeUploadRequest: { video: asset, uploadToken: value.uploadToken ?? '', uploadedPartIds },
      },
    });
  }

  #put(media: MediaSource, url: string, start: number, end: number): Promise<PlatformAnswer> {
    return authorized(this.ctx, async (credentials) =>
      this.api.http.call(this.ctx.channel.connectionId, {
        method: 'PUT',
        url: this.api.uploadUrl(url),
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(end - start) },
        body: await media.open({ start, end }),
        token: credentials.accessToken,
        signal: this.ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      }),
    );
  }

  async #available(media: MediaSource, urn: string): Promise<boolean> {
    try {
      const path = `/rest/${RESOURCES[media.kind].path}/${encoded(urn)}`;
      const seen = expectShape('linkedin', assetState, await this.api.authorized(this.ctx, path));
      if (seen.status === 'PROCESSING_FAILED') {
        throw notProcessed(seen.processingFailureReason);
      }
      return seen.status === 'AVAILABLE';
    } catch (error) {
      // Some apps may upload but not ask; the post itself then says whether the file is fit.
      if (isExternal(error) && error.vendorCode === 'permission') return true;
      throw error;
    }
  }

  async #keep(media: MediaSource, state: Upload): Promise<void> {
    this.#uploads[media.sha256] = state;
    await this.ctx.saveArtefacts({ ...this.ctx.artefacts, uploads: this.#uploads as ArtefactValue });
  }
}
