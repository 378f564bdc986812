import 'server-only';
import { z } from 'zod';
import type { PublishedRef, StepContext } from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { mastodonRules } from '@/features/platforms/rules/networks/mastodon';
import { mastodonSettings } from '@/features/platforms/rules/settings';

/** @see https://docs.joinmastodon.org/entities/Status/ */
export const statusSchema = z.object({
  id: z.string(),
  url: z.url().nullable().optional(),
  content: z.string(),
  created_at: z.iso.datetime(),
  in_reply_to_id: z.string().nullable().optional(),
  favourites_count: z.number().optional(),
  reblogs_count: z.number().optional(),
  replies_count: z.number().optional(),
});

export function refOf(item: z.infer<typeof statusSchema>): PublishedRef {
  return { id: item.id, ...(item.url ? { permalink: item.url } : {}) };
}

/** The status that this step answers. */
export function repliesTo(ctx: StepContext): string | undefined {
  if (ctx.step === 'root') return undefined;
  return ctx.step === 'comment' ? ctx.root?.id : ctx.parent?.id;
}

export function statusBody(ctx: Pick<StepContext, 'content' | 'step' | 'channel'>) {
  const settings = mastodonSettings.parse(ctx.content.settings);
  const language = settings.language ?? ctx.channel.settings.defaultLanguage;
  return {
    status: textWithLink(mastodonRules, ctx.content),
    visibility: settings.visibility,
    sensitive: settings.sensitive,
    ...(settings.spoilerText ? { spoiler_text: settings.spoilerText } : {}),
    ...(language ? { language } : {}),
  };
}

/** In a status's HTML a mention shows without its server, on most servers. */
function localMentions(text: string): string {
  return text.replace(/(?<![=/\w])@([a-z0-9_.-]+)@[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/giu, '@$1');
}

/** A text as far as every server leaves it: some make bold and italics of its signs. For comparing only. */
export function comparable(text: string): string {
  return localMentions(text).replace(/[*_~`\\]/g, '');
}
