import 'server-only';
import { z } from 'zod';
import {
  authorized,
  expectShape,
  type PlatformAnswer,
  type PlatformHttp,
  refused,
} from '@/features/platforms/providers/http';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';
import { video, type YouTubeHosts } from '@/features/platforms/providers/youtube/api';
import type { DailyQuota } from '@/features/platforms/providers/youtube/quota';

/** Pieces are multiples of 256 KiB. @see https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol (2026-11-21) */
const CHUNK_BYTES = 8 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 300_000;
/** The session is there, the file not whole yet. */
const INCOMPLETE = 308;
/** The session has ended. */
const GONE = [404, 410];

const uploadState = z.object({
  session: z.string(),
  videoId: z.string().optional(),
  ready: z.boolean(),
});
export type YouTubeUpload = z.infer<typeof uploadState>;

/** Uploads of earlier attempts by content hash. */
export function uploadsOf(ctx: Pick<StepContext, 'artefacts'>): Record<string, YouTubeUpload> {
  return z.record(z.string(), uploadState).safeParse(ctx.artefacts.uploads).data ?? {};
}

/**
 * Sends one video in pieces. The session's address is stored before the first byte, and YouTube itself is asked how far an
 * earlier attempt came, so that a crash resumes in the middle of the file and never makes a second video.
 */
export class YouTubeVideoUpload {
  constructor(
    readonly http: PlatformHttp,
    readonly hosts: YouTubeHosts,
    readonly ctx: StepContext,
    readonly uploads: Record<string, YouTubeUpload>,
    readonly quota: DailyQuota,
  ) {}

  /** @returns the id of the video, which nobody but its owner can see yet. */
  async run(media: MediaSource, resource: unknown): Promise<string> {
    const known = this.uploads[media.sha256];
    if (known?.videoId) return known.videoId;
    const resumed = known ? await this.#resume(media, known.session) : undefined;
    const videoId = resumed ?? (await this.#send(media, await this.#open(media, resource), 0));
    if (!videoId) throw refused('youtube', 'YouTube lost this upload twice. Try again later.');
    return videoId;
  }

  /** Undefined when the session has ended and a new one is needed. */
  async #resume(media: MediaSource, session: string): Promise<string | undefined> {
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'PUT',
        url: this.#safe(session),
        headers: { 'content-range': `bytes */${media.bytes}`, 'content-length': '0' },
        token: credentials.accessToken,
        signal: this.ctx.signal,
        accept: [INCOMPLETE, ...GONE],
        idempotent: true,
      }),
    );
    if (GONE.includes(answer.status)) return undefined;
    if (answer.status === INCOMPLETE) return await this.#send(media, session, receivedOf(answer));
    return await this.#done(media, session, answer);
  }

  async #open(media: MediaSource, resource: unknown): Promise<string> {
    await this.quota.require();
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.hosts.upload}?uploadType=resumable&part=snippet,status`,
        json: resource,
        headers: {
          'x-upload-content-type': media.mime,
          'x-upload-content-length': String(media.bytes),
        },
        token: credentials.accessToken,
        signal: this.ctx.signal,
      }),
    );
    const session = answer.headers.get('location') ?? '';
    this.#safe(session);
    await this.quota.count();
    await this.#keep(media, { session, ready: false });
    return session;
  }

  /** Undefined when the session ended meanwhile. */
  async #send(media: MediaSource, session: string, from: number): Promise<string | undefined> {
    let start = from;
    for (;;) {
      const answer = await this.#piece(media, session, start);
      if (GONE.includes(answer.status)) return undefined;
      if (answer.status !== INCOMPLETE) return await this.#done(media, session, answer);
      const received = receivedOf(answer);
      if (received <= start) throw refused('youtube', 'YouTube takes no more of this file.');
      start = received;
    }
  }

  #piece(media: MediaSource, session: string, start: number): Promise<PlatformAnswer> {
    const end = Math.min(start + CHUNK_BYTES, media.bytes);
    return authorized(this.ctx, async (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'PUT',
        url: this.#safe(session),
        headers: {
          'content-type': media.mime,
          'content-length': String(end - start),
          'content-range': `bytes ${start}-${end - 1}/${media.bytes}`,
        },
        // Opened per try: a stream can be read only once.
        body: await media.open({ start, end }),
        token: credentials.accessToken,
        signal: this.ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
        accept: [INCOMPLETE, ...GONE],
      }),
    );
  }

  async #done(media: MediaSource, session: string, answer: PlatformAnswer): Promise<string> {
    const { id } = expectShape('youtube', video, answer);
    await this.#keep(media, { session, videoId: id, ready: false });
    return id;
  }

  /** The token goes along with each piece, so it goes to Google (or the configured host) only. */
  #safe(session: string): string {
    const url = URL.parse(session);
    const ours = new URL(this.hosts.upload).origin;
    const google = url?.protocol === 'https:' && url.hostname.endsWith('.googleapis.com');
    if (url && (url.origin === ours || google)) return session;
    throw refused('youtube', 'YouTube named an upload address that is not its own.', {
      vendorCode: 'unexpected_upload_host',
    });
  }

  async #keep(media: MediaSource, upload: YouTubeUpload): Promise<void> {
    this.uploads[media.sha256] = upload;
    await this.ctx.saveArtefacts({ ...this.ctx.artefacts, uploads: this.uploads as ArtefactValue });
  }
}

/** `Range: bytes=0-524287` means that 524 288 bytes are there; without it, none. */
function receivedOf(answer: PlatformAnswer): number {
  const last = /^bytes=0-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}
