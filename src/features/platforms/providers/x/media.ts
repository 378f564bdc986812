import 'server-only';
import { z } from 'zod';
import { authorized, expectShape, type PlatformHttp, refused } from '@/features/platforms/providers/http';
import { multipart } from '@/features/platforms/providers/multipart';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';
import type { XHosts } from '@/features/platforms/providers/x/api';

/** Chunks must stay under 5 MB. @see https://docs.x.com/x-api/media/quickstart/media-upload-chunked */
const CHUNK_BYTES = 4_000_000;
const UPLOAD_TIMEOUT_MS = 120_000;

const uploadAnswer = z.object({
  data: z.object({
    id: z.string(),
    expires_after_secs: z.number().optional(),
    processing_info: z
      .object({
        state: z.enum(['pending', 'in_progress', 'failed', 'succeeded']),
        check_after_secs: z.number().optional(),
        error: z.object({ message: z.string().optional() }).optional(),
      })
      .optional(),
  }),
});
type Processing = z.infer<typeof uploadAnswer>['data']['processing_info'];

const uploadState = z.object({
  mediaId: z.string(),
  expiresAt: z.number(),
  segments: z.number(),
  finalized: z.boolean(),
  ready: z.boolean(),
  described: z.boolean(),
});
export type XUpload = z.infer<typeof uploadState>;
const uploads = z.record(z.string(), uploadState);

/** Uploads of earlier attempts by content hash; those that X has forgotten by now are left out. */
export function uploadsOf(ctx: StepContext, now: Date): Record<string, XUpload> {
  const known = uploads.safeParse(ctx.artefacts.uploads).data ?? {};
  return Object.fromEntries(Object.entries(known).filter(([, upload]) => upload.expiresAt > now.getTime()));
}

const CATEGORIES: Record<MediaSource['kind'], string> = {
  image: 'tweet_image',
  gif: 'tweet_gif',
  video: 'tweet_video',
  document: 'tweet_image',
};

/** Uploads one file after another; each finished piece is stored, so that a crash resumes in the middle of a file. */
export class XMediaUpload {
  #pollAfterMs = 0;

  constructor(
    readonly http: PlatformHttp,
    readonly hosts: XHosts,
    readonly ctx: StepContext,
    readonly uploads: Record<string, XUpload>,
    readonly now: () => Date,
    readonly boundary: () => string,
  ) {}

  /** Milliseconds until X should be asked again; 0 when every file is ready. */
  async run(): Promise<number> {
    for (const media of this.ctx.content.media) await this.#upload(media);
    for (const media of this.ctx.content.media) {
      const upload = this.uploads[media.sha256];
      if (upload && !upload.ready) await this.#poll(media, upload);
      if (upload && !upload.described) await this.#describe(media, upload);
    }
    return this.#pollAfterMs;
  }

  async #upload(media: MediaSource): Promise<void> {
    let upload = this.uploads[media.sha256];
    if (!upload) {
      upload = await this.#initialize(media);
      await this.#keep(media, upload);
    }
    const segments = Math.max(1, Math.ceil(media.bytes / CHUNK_BYTES));
    while (upload.segments < segments) {
      await this.#append(media, upload);
      upload = { ...upload, segments: upload.segments + 1 };
      await this.#keep(media, upload);
    }
    if (!upload.finalized) {
      const processing = await this.#finalize(upload);
      await this.#keep(media, { ...upload, finalized: true, ready: this.#isReady(processing) });
    }
  }

  async #initialize(media: MediaSource): Promise<XUpload> {
    const { data } = await this.#call({
      method: 'POST',
      url: `${this.hosts.upload}/2/media/upload/initialize`,
      json: { media_type: media.mime, total_bytes: media.bytes, media_category: CATEGORIES[media.kind] },
    });
    return {
      mediaId: data.id,
      expiresAt: this.now().getTime() + (data.expires_after_secs ?? 86_400) * 1000,
      segments: 0,
      finalized: false,
      ready: false,
      described: !media.altText?.trim() || media.kind === 'video',
    };
  }

  async #append(media: MediaSource, upload: XUpload): Promise<void> {
    const start = upload.segments * CHUNK_BYTES;
    const end = Math.min(start + CHUNK_BYTES, media.bytes);
    await authorized(this.ctx, (credentials) => {
      // Built per try: a stream can be read only once.
      const form = multipart(
        this.boundary(),
        { segment_index: String(upload.segments) },
        {
          name: 'media',
          filename: 'chunk',
          mime: 'application/octet-stream',
          bytes: end - start,
          open: () => media.open({ start, end }),
        },
      );
      return this.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.hosts.upload}/2/media/upload/${upload.mediaId}/append`,
        headers: form.headers,
        body: form.body,
        token: credentials.accessToken,
        signal: this.ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      });
    });
  }

  async #finalize(upload: XUpload): Promise<Processing> {
    const { data } = await this.#call({
      method: 'POST',
      url: `${this.hosts.upload}/2/media/upload/${upload.mediaId}/finalize`,
    });
    return data.processing_info;
  }

  async #poll(media: MediaSource, upload: XUpload): Promise<void> {
    const { data } = await this.#call({
      url: `${this.hosts.upload}/2/media/upload?command=STATUS&media_id=${upload.mediaId}`,
    });
    if (this.#isReady(data.processing_info)) await this.#keep(media, { ...upload, ready: true });
  }

  async #describe(media: MediaSource, upload: XUpload): Promise<void> {
    await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.hosts.upload}/2/media/metadata`,
        json: { id: upload.mediaId, metadata: { alt_text: { text: media.altText?.trim() } } },
        token: credentials.accessToken,
        signal: this.ctx.signal,
        idempotent: true,
      }),
    );
    await this.#keep(media, { ...(this.uploads[media.sha256] ?? upload), described: true });
  }

  #isReady(processing: Processing): boolean {
    if (!processing || processing.state === 'succeeded') return true;
    if (processing.state === 'failed') {
      throw refused(
        'x',
        `X could not process this file: ${processing.error?.message ?? 'no reason given'}.`,
        {
          vendorCode: 'media_failed',
        },
      );
    }
    this.#pollAfterMs = Math.max(this.#pollAfterMs, (processing.check_after_secs ?? 2) * 1000);
    return false;
  }

  async #call(call: { method?: 'POST'; url: string; json?: unknown }) {
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        ...call,
        token: credentials.accessToken,
        signal: this.ctx.signal,
        idempotent: call.method === undefined,
      }),
    );
    return expectShape('x', uploadAnswer, answer);
  }

  async #keep(media: MediaSource, upload: XUpload): Promise<void> {
    this.uploads[media.sha256] = upload;
    await this.ctx.saveArtefacts({ ...this.ctx.artefacts, uploads: this.uploads as ArtefactValue });
  }
}
