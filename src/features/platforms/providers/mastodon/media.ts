import 'server-only';
import { z } from 'zod';
import { authorized, expectShape, type PlatformHttp } from '@/features/platforms/providers/http';
import { multipart } from '@/features/platforms/providers/multipart';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';

const UPLOAD_TIMEOUT_MS = 300_000;
const POLL_MS = 2_000;

const attachment = z.object({ id: z.string(), url: z.string().nullable().optional() });
const uploadState = z.object({ id: z.string(), ready: z.boolean() });
export type MastodonUploads = Record<string, z.infer<typeof uploadState>>;

export function uploadsOf(ctx: StepContext): MastodonUploads {
  return z.record(z.string(), uploadState).safeParse(ctx.artefacts.uploads).data ?? {};
}

/**
 * Uploads what is missing and asks after what is being processed. @see https://docs.joinmastodon.org/methods/media/
 * @returns milliseconds until the server should be asked again; 0 when every file is ready.
 */
export async function prepareMedia(
  http: PlatformHttp,
  base: { url: string; guarded: boolean },
  ctx: StepContext,
  uploads: MastodonUploads,
  boundary: () => string,
): Promise<number> {
  let waiting = false;
  for (const media of ctx.content.media) {
    let upload = uploads[media.sha256];
    if (upload && !upload.ready) upload = await poll(http, base, ctx, upload.id);
    upload ??= await send(http, base, ctx, media, boundary);
    uploads[media.sha256] = upload;
    await ctx.saveArtefacts({ ...ctx.artefacts, uploads: uploads as ArtefactValue });
    waiting ||= !upload.ready;
  }
  return waiting ? POLL_MS : 0;
}

/** Nobody is shown it; some servers keep files by it, so that two of one name would become one. */
function nameOf({ sha256, filename }: MediaSource): string {
  return `${sha256.slice(0, 40)}${/\.\w{1,8}$/.exec(filename)?.[0] ?? '.bin'}`;
}

/** 200: ready; 202: accepted, still being processed. */
async function send(
  http: PlatformHttp,
  base: { url: string; guarded: boolean },
  ctx: StepContext,
  media: MediaSource,
  boundary: () => string,
): Promise<z.infer<typeof uploadState>> {
  const description = media.altText?.trim();
  const answer = await authorized(ctx, (credentials) => {
    const form = multipart(boundary(), description ? { description } : {}, {
      name: 'file',
      filename: nameOf(media),
      mime: media.mime,
      bytes: media.bytes,
      open: () => media.open(),
    });
    return http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${base.url}/api/v2/media`,
      guarded: base.guarded,
      headers: form.headers,
      body: form.body,
      token: credentials.accessToken,
      signal: ctx.signal,
      timeoutMs: UPLOAD_TIMEOUT_MS,
    });
  });
  return { id: expectShape('mastodon', attachment, answer).id, ready: answer.status === 200 };
}

/** 200: ready; 206: still being processed; 404: forgotten, upload again. */
async function poll(
  http: PlatformHttp,
  base: { url: string; guarded: boolean },
  ctx: StepContext,
  id: string,
): Promise<z.infer<typeof uploadState> | undefined> {
  const answer = await authorized(ctx, (credentials) =>
    http.call(ctx.channel.connectionId, {
      url: `${base.url}/api/v1/media/${encodeURIComponent(id)}`,
      guarded: base.guarded,
      token: credentials.accessToken,
      signal: ctx.signal,
      accept: [404],
    }),
  );
  return answer.status === 404 ? undefined : { id, ready: answer.status === 200 };
}
