import 'server-only';
import { z } from 'zod';
import { authorized, expectShape, type PlatformHttp, refused } from '@/features/platforms/providers/http';
import { multipart } from '@/features/platforms/providers/multipart';
import type { PinterestHosts } from '@/features/platforms/providers/pinterest/api';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';

const UPLOAD_TIMEOUT_MS = 600_000;
const POLL_MS = 5_000;

const registered = z.object({
  media_id: z.string(),
  upload_url: z.url(),
  upload_parameters: z.record(z.string(), z.string()),
});
const mediaStatus = z.object({ status: z.string() });
const uploadState = z.object({ mediaId: z.string(), ready: z.boolean() });
export type PinterestUploads = Record<string, z.infer<typeof uploadState>>;

export function uploadsOf(ctx: Pick<StepContext, 'artefacts'>): PinterestUploads {
  return z.record(z.string(), uploadState).safeParse(ctx.artefacts.uploads).data ?? {};
}

/** Videos go up before the pin; pictures travel with it. @see https://developers.pinterest.com/docs/api/v5/media-create/ (2026-11-21) */
export class PinterestMedia {
  constructor(
    readonly http: PlatformHttp,
    readonly hosts: PinterestHosts,
    readonly ctx: StepContext,
    readonly boundary: () => string,
  ) {}

  /** @returns milliseconds until Pinterest should be asked again; 0 when the video is ready. */
  async prepare(media: MediaSource, uploads: PinterestUploads): Promise<number> {
    let upload = uploads[media.sha256];
    if (!upload) {
      upload = { mediaId: await this.#send(media), ready: false };
      uploads[media.sha256] = upload;
      await this.ctx.saveArtefacts({ ...this.ctx.artefacts, uploads: uploads as ArtefactValue });
    }
    if (upload.ready) return 0;
    if (!(await this.#isReady(upload.mediaId))) return POLL_MS;
    uploads[media.sha256] = { ...upload, ready: true };
    return 0;
  }

  /** The address and its signed fields are not kept: an upload that broke off is registered again. */
  async #send(media: MediaSource): Promise<string> {
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.hosts.api}/media`,
        json: { media_type: 'video' },
        token: credentials.accessToken,
        signal: this.ctx.signal,
      }),
    );
    const place = expectShape('pinterest', registered, answer);
    const url = new URL(place.upload_url);
    const form = multipart(this.boundary(), place.upload_parameters, {
      name: 'file',
      filename: media.filename,
      mime: media.mime,
      bytes: media.bytes,
      open: () => media.open(),
    });
    await this.http.call(this.ctx.channel.connectionId, {
      method: 'POST',
      url: this.hosts.upload ? new URL(url.pathname + url.search, this.hosts.upload) : url,
      guarded: this.hosts.upload === undefined,
      headers: form.headers,
      body: form.body,
      signal: this.ctx.signal,
      timeoutMs: UPLOAD_TIMEOUT_MS,
      anyBody: true,
    });
    return place.media_id;
  }

  async #isReady(mediaId: string): Promise<boolean> {
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        url: `${this.hosts.api}/media/${encodeURIComponent(mediaId)}`,
        token: credentials.accessToken,
        signal: this.ctx.signal,
      }),
    );
    const { status } = expectShape('pinterest', mediaStatus, answer);
    if (status === 'failed') {
      throw refused('pinterest', 'Pinterest could not process this video.', { vendorCode: 'media_failed' });
    }
    return status === 'succeeded';
  }
}
