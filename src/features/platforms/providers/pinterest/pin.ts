import 'server-only';
import { z } from 'zod';
import { artefactsGone, refused } from '@/features/platforms/providers/http';
import { jsonWithFiles } from '@/features/platforms/providers/json-files';
import type { Multipart } from '@/features/platforms/providers/multipart';
import { uploadsOf } from '@/features/platforms/providers/pinterest/media';
import type {
  MediaSource,
  PublishedRef,
  StepContent,
  StepContext,
} from '@/features/platforms/providers/types';
import { pinterestSettings } from '@/features/platforms/rules/settings';

const count = z.number().nullish();
export const pin = z.object({
  id: z.string(),
  created_at: z.string().nullish(),
  title: z.string().nullish(),
  description: z.string().nullish(),
  pin_metrics: z
    .object({
      lifetime_metrics: z
        .object({
          impression: count,
          clickthrough: count,
          reaction: count,
          comment: count,
          save: count,
        })
        .nullish(),
    })
    .nullish(),
});
export type Pin = z.infer<typeof pin>;

export function refOf(found: Pick<Pin, 'id'>): PublishedRef {
  return { id: found.id, permalink: `https://www.pinterest.com/pin/${found.id}/` };
}

export function boardOf(content: Pick<StepContent, 'settings'>): string {
  const { data } = pinterestSettings.safeParse(content.settings);
  if (data) return data.boardId;
  throw refused('pinterest', 'Choose the board that this pin goes to.', { outcome: 'not_sent' });
}

/** One description for all pictures: a pin has one field for it. */
function altTextOf(media: readonly MediaSource[]): string {
  return media
    .map((one) => one.altText?.trim() ?? '')
    .filter(Boolean)
    .join(' ')
    .slice(0, 500);
}

/** What of a pin can be changed later too. */
export function pinWords(content: StepContent) {
  const altText = altTextOf(content.media);
  return {
    ...(content.title ? { title: content.title } : {}),
    description: content.text,
    ...(content.link ? { link: content.link } : {}),
    ...(altText ? { alt_text: altText } : {}),
  };
}

/** The body of a new pin, pictures included. @see https://developers.pinterest.com/docs/api/v5/pins-create/ (2026-11-21) */
export function newPin(ctx: StepContext, mark: string): Multipart {
  const { content } = ctx;
  const { media } = content;
  return jsonWithFiles(
    mark,
    { board_id: boardOf(content), ...pinWords(content), media_source: sourceOf(ctx, mark) },
    media,
  );
}

function sourceOf(ctx: StepContext, mark: string) {
  const { media } = ctx.content;
  const [first] = media;
  if (!first) throw refused('pinterest', 'A pin needs a picture or a video.', { outcome: 'not_sent' });
  if (first.kind === 'video') {
    const upload = uploadsOf(ctx)[first.sha256];
    if (!upload) throw artefactsGone('pinterest');
    // The frame one second in: the first one is often black.
    return { source_type: 'video_id', media_id: upload.mediaId, cover_image_key_frame_time: 1 };
  }
  if (media.length === 1) {
    return { source_type: 'image_base64', content_type: first.mime, data: `${mark}0` };
  }
  return {
    source_type: 'multiple_image_base64',
    index: 0,
    items: media.map((one, index) => ({
      content_type: one.mime,
      data: `${mark}${index}`,
      ...(one.altText?.trim() ? { description: one.altText.trim().slice(0, 500) } : {}),
      ...(ctx.content.link ? { link: ctx.content.link } : {}),
    })),
  };
}
