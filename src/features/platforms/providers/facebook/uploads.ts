import 'server-only';
import { z } from 'zod';
import type { FacebookApi } from '@/features/platforms/providers/facebook/api';
import { authorized, expectShape, refused } from '@/features/platforms/providers/http';
import { multipart } from '@/features/platforms/providers/multipart';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';
import { facebookSettings } from '@/features/platforms/rules/settings';

const UPLOAD_TIMEOUT_MS = 300_000;
/** An unpublished photo is kept for about a day. @see https://developers.facebook.com/docs/graph-api/reference/page/photos/ (checked 2026-11-21) */
const PHOTO_LIFE_MS = 23 * 3_600_000;
/** Upload sessions of videos are not promised to live longer either. */
const VIDEO_LIFE_MS = 23 * 3_600_000;

const photoState = z.object({ kind: z.literal('photo'), id: z.string(), endsAt: z.number() });
const videoState = z.object({
  kind: z.literal('video'),
  id: z.string(),
  session: z.string(),
  /** The next piece Facebook wants: `[start, end)`; equal once it has everything. */
  start: z.number(),
  end: z.number(),
  endsAt: z.number(),
});
const reelState = z.object({
  kind: z.literal('reel'),
  id: z.string(),
  url: z.string(),
  done: z.boolean(),
  endsAt: z.number(),
});
const upload = z.discriminatedUnion('kind', [photoState, videoState, reelState]);
export type FacebookUpload = z.infer<typeof upload>;
const uploads = z.record(z.string(), upload);

export type PostShape = 'feed' | 'video' | 'reel';

/** What kind of post this content makes: a reel is chosen, a video is a post of its own. */
export function shapeOf(content: Pick<StepContext['content'], 'media' | 'settings'>): PostShape {
  if (content.media[0]?.kind !== 'video') return 'feed';
  return facebookSettings.safeParse(content.settings).data?.format === 'reel' ? 'reel' : 'video';
}

/** Description and shape are part of what was uploaded, so they are part of its name. */
function keyOf(media: MediaSource, shape: PostShape): string {
  return `${shape}:${media.sha256}:${media.altText?.trim() ?? ''}`;
}

/** Uploads of earlier attempts; those that Facebook has forgotten by now are left out. */
export function uploadsOf(ctx: Pick<StepContext, 'artefacts'>, now: Date): Record<string, FacebookUpload> {
  const known = uploads.safeParse(ctx.artefacts.uploads).data ?? {};
  return Object.fromEntries(Object.entries(known).filter(([, one]) => one.endsAt > now.getTime()));
}

/** The finished uploads of this content in its order; undefined where one is missing. */
export function finishedUploads(
  ctx: Pick<StepContext, 'artefacts' | 'content'>,
  now: Date,
): FacebookUpload[] | undefined {
  const shape = shapeOf(ctx.content);
  const known = uploadsOf(ctx, now);
  const found = ctx.content.media.map((media) => known[keyOf(media, shape)]);
  return found.every((one) => one !== undefined && isFinished(one)) ? (found as FacebookUpload[]) : undefined;
}

function isFinished(one: FacebookUpload): boolean {
  return one.kind === 'photo' || (one.kind === 'reel' ? one.done : one.start >= one.end);
}

const photo = z.object({ id: z.string().min(1) });
const videoStart = z.object({
  video_id: z.string(),
  upload_session_id: z.string(),
  start_offset: z.coerce.number(),
  end_offset: z.coerce.number(),
});
const videoPart = z.object({ start_offset: z.coerce.number(), end_offset: z.coerce.number() });
const reelStart = z.object({ video_id: z.string(), upload_url: z.url() });
const reelPart = z.object({ success: z.boolean().optional() });
const transferred = z.object({
  status: z.object({
    // Facebook spells it with one r.
    uploading_phase: z.object({ bytes_transfered: z.coerce.number().optional() }).optional(),
  }),
});

/** Uploads one file after another, unseen by the public; each finished piece is stored, so that a crash resumes there. */
export class FacebookUploads {
  readonly #uploads: Record<string, FacebookUpload>;
  readonly #shape: PostShape;

  constructor(
    readonly api: FacebookApi,
    readonly ctx: StepContext,
  ) {
    this.#uploads = uploadsOf(ctx, api.deps.clock.now());
    this.#shape = shapeOf(ctx.content);
  }

  async run(): Promise<Record<string, FacebookUpload>> {
    for (const media of this.ctx.content.media) {
      if (this.#shape === 'feed') await this.#photo(media);
      else if (this.#shape === 'video') await this.#video(media);
      else await this.#reel(media);
    }
    return this.#uploads;
  }

  get #account(): string {
    return this.ctx.channel.accountId;
  }

  #until(lifeMs: number): number {
    return this.api.deps.clock.now().getTime() + lifeMs;
  }

  /** @see https://developers.facebook.com/docs/graph-api/reference/page/photos/#multi (checked 2026-11-21) */
  async #photo(media: MediaSource): Promise<void> {
    if (this.#uploads[keyOf(media, 'feed')]) return;
    const altText = media.altText?.trim();
    const answer = await this.#send(`${this.api.hosts.api}/${this.#account}/photos`, media, 'source', {
      published: 'false',
      ...(altText ? { alt_text_custom: altText } : {}),
    });
    const { id } = expectShape('facebook', photo, answer);
    await this.#keep(media, { kind: 'photo', id, endsAt: this.#until(PHOTO_LIFE_MS) });
  }

  /** @see https://developers.facebook.com/docs/graph-api/reference/page/videos/#resumable (checked 2026-11-21) */
  async #video(media: MediaSource): Promise<void> {
    const known = this.#uploads[keyOf(media, 'video')];
    let state = known?.kind === 'video' ? known : undefined;
    if (!state) {
      const answer = await this.#post(`${this.api.hosts.videos}/${this.#account}/videos`, {
        upload_phase: 'start',
        file_size: String(media.bytes),
      });
      const begun = expectShape('facebook', videoStart, answer);
      state = {
        kind: 'video',
        id: begun.video_id,
        session: begun.upload_session_id,
        start: begun.start_offset,
        end: begun.end_offset,
        endsAt: this.#until(VIDEO_LIFE_MS),
      };
      await this.#keep(media, state);
    }
    while (state.start < state.end) {
      const { start, end, session }: z.infer<typeof videoState> = state;
      const answer = await this.#send(
        `${this.api.hosts.videos}/${this.#account}/videos`,
        media,
        'video_file_chunk',
        { upload_phase: 'transfer', upload_session_id: session, start_offset: String(start) },
        { start, end },
      );
      const next = expectShape('facebook', videoPart, answer);
      if (next.start_offset <= start)
        throw refused('facebook', 'Facebook did not take this video.', { vendorCode: 'upload_stuck' });
      state = { ...state, start: next.start_offset, end: next.end_offset };
      await this.#keep(media, state);
    }
  }

  /** @see https://developers.facebook.com/docs/video-api/guides/reels-publishing (checked 2026-11-21) */
  async #reel(media: MediaSource): Promise<void> {
    const known = this.#uploads[keyOf(media, 'reel')];
    let state = known?.kind === 'reel' ? known : undefined;
    const resumed = state !== undefined;
    if (!state) {
      const answer = await this.#post(`${this.api.hosts.api}/${this.#account}/video_reels`, {
        upload_phase: 'start',
      });
      const begun = expectShape('facebook', reelStart, answer);
      const endsAt = this.#until(VIDEO_LIFE_MS);
      state = { kind: 'reel', id: begun.video_id, url: this.#reelUrl(begun.upload_url), done: false, endsAt };
      await this.#keep(media, state);
    }
    if (state.done) return;
    const offset = resumed ? await this.#transferred(state.id) : 0;
    if (offset < media.bytes) await this.#sendReel(media, state.url, offset);
    await this.#keep(media, { ...state, done: true });
  }

  async #transferred(id: string): Promise<number> {
    const answer = await this.api.authorized(this.ctx, `${id}?fields=status`);
    return expectShape('facebook', transferred, answer).status.uploading_phase?.bytes_transfered ?? 0;
  }

  async #sendReel(media: MediaSource, url: string, offset: number): Promise<void> {
    const answer = await authorized(this.ctx, async (credentials) => {
      const body = await media.open({ start: offset, end: media.bytes });
      return this.api.http.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url,
        headers: {
          // This host knows the older word for a bearer token only.
          authorization: `OAuth ${credentials.accessToken}`,
          offset: String(offset),
          file_size: String(media.bytes),
          'content-type': 'application/octet-stream',
          'content-length': String(media.bytes - offset),
        },
        body,
        signal: this.ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      });
    });
    if (expectShape('facebook', reelPart, answer).success === false)
      throw refused('facebook', 'Facebook did not take this video.', { vendorCode: 'upload_failed' });
  }

  /** The token goes to this address, so it must be Facebook's; the operator's override replaces its host. */
  #reelUrl(given: string): string {
    const url = new URL(given);
    if (this.api.deps.env.FACEBOOK_UPLOAD_BASE_URL)
      return `${this.api.hosts.reels}${url.pathname}${url.search}`;
    if (url.protocol !== 'https:' || !/(^|\.)facebook\.com$/.test(url.hostname))
      throw refused('facebook', 'Facebook named an upload address that is not its own.', {
        vendorCode: 'foreign_upload_address',
      });
    return url.href;
  }

  #post(url: string, form: Record<string, string>) {
    return authorized(this.ctx, (credentials) =>
      this.api.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url,
        form,
        token: credentials.accessToken,
        signal: this.ctx.signal,
      }),
    );
  }

  #send(
    url: string,
    media: MediaSource,
    name: string,
    fields: Record<string, string>,
    range = { start: 0, end: media.bytes },
  ) {
    return authorized(this.ctx, (credentials) => {
      // Built per try: a stream can be read only once.
      const form = multipart(this.api.deps.ids.next('part'), fields, {
        name,
        filename: media.filename,
        mime: media.mime,
        bytes: range.end - range.start,
        open: () => media.open(range),
      });
      return this.api.call(this.ctx.channel.connectionId, {
        method: 'POST',
        url,
        headers: form.headers,
        body: form.body,
        token: credentials.accessToken,
        signal: this.ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      });
    });
  }

  async #keep(media: MediaSource, state: FacebookUpload): Promise<void> {
    this.#uploads[keyOf(media, this.#shape)] = state;
    await this.ctx.saveArtefacts({ ...this.ctx.artefacts, uploads: this.#uploads as ArtefactValue });
  }
}
