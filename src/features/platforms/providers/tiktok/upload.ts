import 'server-only';
import { z } from 'zod';
import {
  artefactsGone,
  authorized,
  expectShape,
  isExternal,
  type PlatformHttp,
} from '@/features/platforms/providers/http';
import type { TikTokHosts } from '@/features/platforms/providers/tiktok/api';
import type { Artefacts, MediaSource, StepContext } from '@/features/platforms/providers/types';

/**
 * Pieces have 5 to 64 MB, the last one takes the rest; a smaller file goes in one. The last piece is the commit, so pieces
 * are as small as allowed. @see https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (2026-11-21)
 */
const CHUNK_BYTES = 5 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 120_000;
const COMMIT_TIMEOUT_MS = 45_000;
/** The address works for an hour; ten minutes are left for clocks and queues. */
const TRUSTED_MS = 50 * 60_000;

const uploadState = z.object({
  /** Of the file: another file needs another start. */
  sha256: z.string(),
  bytes: z.number(),
  publishId: z.string(),
  url: z.string(),
  expiresAt: z.number(),
  /** Pieces that are there. */
  sent: z.number(),
});
export type TikTokUpload = z.infer<typeof uploadState>;

const started = z.object({ data: z.object({ publish_id: z.string(), upload_url: z.url() }) });

/** Not under `uploads`: what TikTok was told about the post belongs to it, so other words need another one. */
export function uploadOf(ctx: Pick<StepContext, 'artefacts' | 'content'>): TikTokUpload | undefined {
  const state = uploadState.safeParse(ctx.artefacts.upload).data;
  return state?.sha256 === ctx.content.media[0]?.sha256 ? state : undefined;
}

export function withUpload(artefacts: Artefacts, upload: TikTokUpload): Artefacts {
  return { ...artefacts, upload };
}

export function pieceCount(bytes: number): number {
  return Math.max(1, Math.floor(bytes / CHUNK_BYTES));
}

/** Whole pieces among the bytes that TikTok has. */
export function piecesIn(received: number | undefined): number | undefined {
  return received === undefined ? undefined : Math.floor(received / CHUNK_BYTES);
}

/** Piece number `index` of a file; the last one takes what is left over. */
function pieceOf(bytes: number, index: number): { start: number; end: number } {
  const start = index * CHUNK_BYTES;
  return { start, end: index === pieceCount(bytes) - 1 ? bytes : start + CHUNK_BYTES };
}

export class TikTokVideoUpload {
  constructor(
    readonly http: PlatformHttp,
    readonly hosts: TikTokHosts,
    readonly ctx: StepContext,
    readonly media: MediaSource,
  ) {}

  async open(info: unknown, now: Date): Promise<TikTokUpload> {
    const { bytes } = this.media;
    const pieces = pieceCount(bytes);
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.hosts.api}/post/publish/video/init/`,
        json: {
          post_info: info,
          source_info: {
            source: 'FILE_UPLOAD',
            video_size: bytes,
            chunk_size: pieces === 1 ? bytes : CHUNK_BYTES,
            total_chunk_count: pieces,
          },
        },
        token: credentials.accessToken,
        signal: this.ctx.signal,
      }),
    );
    const { data } = expectShape('tiktok', started, answer);
    return await this.#keep({
      sha256: this.media.sha256,
      bytes,
      publishId: data.publish_id,
      url: data.upload_url,
      expiresAt: now.getTime() + TRUSTED_MS,
      sent: 0,
    });
  }

  /** Sends every piece but the last: TikTok posts the video once that one is there. */
  async fill(upload: TikTokUpload): Promise<TikTokUpload> {
    let state = upload;
    while (state.sent < pieceCount(this.media.bytes) - 1) {
      try {
        await this.#put(state, {});
      } catch (error) {
        // Out of order, or the address has ended: nothing is out yet, so a fresh start is safe.
        if (isExternal(error, 'invalid_request') || isExternal(error, 'auth_expired'))
          throw artefactsGone('tiktok');
        throw error;
      }
      state = await this.#keep({ ...state, sent: state.sent + 1 });
    }
    return state;
  }

  /** The commit. */
  async commit(upload: TikTokUpload): Promise<void> {
    await this.#put(
      { ...upload, sent: pieceCount(this.media.bytes) - 1 },
      { commit: true, deadline: this.ctx.deadline, timeoutMs: COMMIT_TIMEOUT_MS },
    );
  }

  async #put(
    upload: TikTokUpload,
    how: { commit?: boolean; deadline?: Date; timeoutMs?: number },
  ): Promise<void> {
    const { bytes, mime } = this.media;
    const { start, end } = pieceOf(bytes, upload.sent);
    await this.http.call(this.ctx.channel.connectionId, {
      method: 'PUT',
      url: this.#address(upload.url),
      guarded: this.hosts.upload === undefined,
      headers: {
        'content-type': mime,
        'content-length': String(end - start),
        'content-range': `bytes ${start}-${end - 1}/${bytes}`,
      },
      body: await this.media.open({ start, end }),
      signal: this.ctx.signal,
      timeoutMs: UPLOAD_TIMEOUT_MS,
      anyBody: true,
      ...how,
    });
  }

  #address(named: string): URL {
    const url = new URL(named);
    return this.hosts.upload ? new URL(url.pathname + url.search, this.hosts.upload) : url;
  }

  async #keep(upload: TikTokUpload): Promise<TikTokUpload> {
    await this.ctx.saveArtefacts(withUpload(this.ctx.artefacts, upload));
    return upload;
  }
}
