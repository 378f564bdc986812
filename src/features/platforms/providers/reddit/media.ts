import 'server-only';
import sharp from 'sharp';
import { z } from 'zod';
import { expectShape } from '@/features/platforms/providers/http';
import { type FilePart, multipart } from '@/features/platforms/providers/multipart';
import type { RedditApi } from '@/features/platforms/providers/reddit/api';
import type { ArtefactValue, MediaSource, StepContext } from '@/features/platforms/providers/types';

const UPLOAD_TIMEOUT_MS = 600_000;
/** Key of the picture that stands for a video until Reddit has made its own. */
export const POSTER = 'poster';

const lease = z.object({
  args: z.object({
    /** Without scheme: `//reddit-uploaded-media.s3-accelerate.amazonaws.com`. */
    action: z.string(),
    fields: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
  asset: z.object({ asset_id: z.string() }),
});

const uploadState = z.object({ assetId: z.string(), url: z.string() });
export type RedditUploads = Record<string, z.infer<typeof uploadState>>;

export function uploadsOf(ctx: Pick<StepContext, 'artefacts'>): RedditUploads {
  return z.record(z.string(), uploadState).safeParse(ctx.artefacts.uploads).data ?? {};
}

/**
 * Files go to a store of Reddit's by a signed form; a post names them by their address there, a gallery by their id.
 * The call is not in the public reference; clients of Reddit's own rely on it. Checked 2026-11-21.
 */
export class RedditMedia {
  constructor(
    readonly api: RedditApi,
    readonly ctx: StepContext,
    readonly uploads: RedditUploads,
    readonly boundary: () => string,
  ) {}

  async run(): Promise<void> {
    const { media } = this.ctx.content;
    for (const one of media) await this.#keep(one.sha256, partOf(one));
    if (media.some(({ kind }) => kind === 'video')) await this.#keep(POSTER, await poster());
  }

  async #keep(key: string, file: FilePart): Promise<void> {
    if (this.uploads[key]) return;
    this.uploads[key] = await this.#send(file);
    await this.ctx.saveArtefacts({ ...this.ctx.artefacts, uploads: this.uploads as ArtefactValue });
  }

  async #send(file: FilePart): Promise<z.infer<typeof uploadState>> {
    const answer = await this.api.call(this.ctx, {
      method: 'POST',
      path: '/api/media/asset.json',
      form: { filepath: file.filename, mimetype: file.mime },
    });
    const { args, asset } = expectShape('reddit', lease, answer);
    const fields = Object.fromEntries(args.fields.map(({ name, value }) => [name, value]));
    const action = new URL(args.action.startsWith('//') ? `https:${args.action}` : args.action);
    const override = this.api.hosts.upload;
    const { body, headers } = multipart(this.boundary(), fields, file);
    await this.api.http.call(this.ctx.channel.connectionId, {
      method: 'POST',
      url: override ? new URL(action.pathname + action.search, override) : action,
      guarded: override === undefined,
      headers,
      body,
      signal: this.ctx.signal,
      timeoutMs: UPLOAD_TIMEOUT_MS,
      // The store answers in XML.
      anyBody: true,
    });
    return { assetId: asset.asset_id, url: `${action.href.replace(/\/$/, '')}/${fields.key ?? ''}` };
  }
}

function partOf(media: MediaSource): FilePart {
  return {
    name: 'file',
    filename: media.filename,
    mime: media.mime,
    bytes: media.bytes,
    open: () => media.open(),
  };
}

/** Reddit takes no video without a picture for it. Ours is plain: Reddit shows a frame of the video once it has one. */
async function poster(): Promise<FilePart> {
  const background = { r: 32, g: 32, b: 36 };
  const image = await sharp({ create: { width: 640, height: 360, channels: 3, background } })
    .png()
    .toBuffer();
  const bytes = new Uint8Array(image);
  const open = async () => new Blob([bytes]).stream() as ReadableStream<Uint8Array>;
  return { name: 'file', filename: 'poster.png', mime: 'image/png', bytes: bytes.length, open };
}
