import 'server-only';
import { z } from 'zod';
import { blueskyBase, blueskyVideoBase } from '@/features/platforms/providers/bluesky/api';
import { blobRef, mentionedHandles, type Prepared } from '@/features/platforms/providers/bluesky/record';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  expectShape,
  isExternal,
  type PlatformHttp,
  refused,
} from '@/features/platforms/providers/http';
import { readLinkCard } from '@/features/platforms/providers/link-card';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';

const UPLOAD_TIMEOUT_MS = 300_000;
const VIDEO_POLL_MS = 2_000;

const blobAnswer = z.object({ blob: blobRef });
const jobStatus = z.object({
  jobId: z.string(),
  state: z.string(),
  blob: blobRef.optional(),
  error: z.string().optional(),
  message: z.string().optional(),
});
/** `uploadVideo` answers the job bare, `getJobStatus` wraps it. */
const jobAnswer = z.union([z.object({ jobStatus }).transform((answer) => answer.jobStatus), jobStatus]);

/** Uploads files and looks up what the record refers to. Every finding is stored at once; a crash repeats nothing. */
export class BlueskyPreparation {
  constructor(
    readonly deps: PlatformDependencies,
    readonly http: PlatformHttp,
    readonly ctx: StepContext,
    readonly prepared: Prepared,
  ) {}

  /** Milliseconds until the video service should be asked again; 0 when all is ready. */
  async run(): Promise<number> {
    let pollAfterMs = 0;
    for (const media of this.ctx.content.media) {
      if (this.prepared.blobs[media.sha256]) continue;
      if (media.kind === 'video') pollAfterMs = await this.#video(media);
      else await this.#image(media);
    }
    for (const handle of mentionedHandles(this.ctx)) {
      if (this.prepared.mentions[handle] === undefined) await this.#resolve(handle);
    }
    const { link } = this.ctx.content;
    if (link && this.ctx.content.media.length === 0 && !this.prepared.card) {
      this.prepared.card = await readLinkCard(this.deps.http, link, this.ctx.signal);
      await this.#keep();
    }
    return pollAfterMs;
  }

  async #image(media: MediaSource): Promise<void> {
    const base = blueskyBase(this.deps, this.ctx.channel.baseUrl);
    const answer = await authorized(this.ctx, async (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url: `${base.url}/xrpc/com.atproto.repo.uploadBlob`,
        guarded: base.guarded,
        headers: { 'content-type': media.mime, 'content-length': String(media.bytes) },
        body: await media.open(),
        token: credentials.accessToken,
        signal: this.ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      }),
    );
    this.prepared.blobs[media.sha256] = expectShape('bluesky', blobAnswer, answer).blob;
    await this.#keep();
  }

  /** @see https://docs.bsky.app/docs/tutorials/video */
  async #video(media: MediaSource): Promise<number> {
    if (!this.prepared.videoJob) {
      this.prepared.videoJob = await this.#uploadVideo(media);
      await this.#keep();
    }
    const answer = await this.http.call(this.ctx.channel.connectionId, {
      url: `${blueskyVideoBase(this.deps)}/xrpc/app.bsky.video.getJobStatus?jobId=${encodeURIComponent(this.prepared.videoJob)}`,
      signal: this.ctx.signal,
    });
    const job = expectShape('bluesky', jobAnswer, answer);
    if (job.blob) {
      this.prepared.blobs[media.sha256] = job.blob;
      await this.#keep();
      return 0;
    }
    if (job.state === 'JOB_STATE_FAILED') {
      throw refused(
        'bluesky',
        `Bluesky could not process this video: ${job.error ?? job.message ?? 'no reason given'}.`,
        {
          vendorCode: 'media_failed',
        },
      );
    }
    return VIDEO_POLL_MS;
  }

  async #uploadVideo(media: MediaSource): Promise<string> {
    const url = new URL('/xrpc/app.bsky.video.uploadVideo', blueskyVideoBase(this.deps));
    // The name carries the content: uploading the same file again finds the job of the first time.
    url.search = new URLSearchParams({
      did: this.ctx.channel.accountId,
      name: `${media.sha256}.mp4`,
    }).toString();
    const answer = await this.http.call(this.ctx.channel.connectionId, {
      method: 'POST',
      url,
      headers: { 'content-type': media.mime, 'content-length': String(media.bytes) },
      body: await media.open(),
      token: await this.#serviceToken(),
      signal: this.ctx.signal,
      timeoutMs: UPLOAD_TIMEOUT_MS,
      accept: [409],
    });
    return expectShape('bluesky', jobAnswer, answer).jobId;
  }

  /** The video service stores the file on the account's own server, and proves the right to by this short-lived token. */
  async #serviceToken(): Promise<string> {
    const base = blueskyBase(this.deps, this.ctx.channel.baseUrl);
    const url = new URL('/xrpc/com.atproto.server.getServiceAuth', base.url);
    url.search = new URLSearchParams({
      aud: `did:web:${new URL(base.url).hostname}`,
      lxm: 'com.atproto.repo.uploadBlob',
      exp: String(Math.floor(this.deps.clock.now().getTime() / 1000) + 30 * 60),
    }).toString();
    const answer = await authorized(this.ctx, (credentials) =>
      this.http.call(this.ctx.channel.connectionId, {
        url,
        guarded: base.guarded,
        token: credentials.accessToken,
        signal: this.ctx.signal,
      }),
    );
    return expectShape('bluesky', z.object({ token: z.string() }), answer).token;
  }

  /** A handle that does not exist stays plain text; that is no reason to fail a post. */
  async #resolve(handle: string): Promise<void> {
    const base = blueskyBase(this.deps, this.ctx.channel.baseUrl);
    try {
      const answer = await this.http.call(this.ctx.channel.connectionId, {
        url: `${base.url}/xrpc/com.atproto.identity.resolveHandle?handle=${encodeURIComponent(handle)}`,
        guarded: base.guarded,
        signal: this.ctx.signal,
      });
      this.prepared.mentions[handle] = expectShape('bluesky', z.object({ did: z.string() }), answer).did;
    } catch (error) {
      if (!isExternal(error, 'invalid_request')) throw error;
      this.prepared.mentions[handle] = '';
    }
    await this.#keep();
  }

  async #keep(): Promise<void> {
    await this.ctx.saveArtefacts({ ...this.ctx.artefacts, prepared: artefactOf(this.prepared) });
  }
}

export function artefactOf(prepared: Prepared): ArtefactValue {
  return JSON.parse(JSON.stringify(prepared)) as ArtefactValue;
}
