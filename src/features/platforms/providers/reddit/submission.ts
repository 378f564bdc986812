import 'server-only';
import { z } from 'zod';
import { artefactsGone, type PlatformCall, refused } from '@/features/platforms/providers/http';
import type { Submission } from '@/features/platforms/providers/reddit/api';
import { POSTER, type RedditUploads, uploadsOf } from '@/features/platforms/providers/reddit/media';
import { sameText } from '@/features/platforms/providers/same-text';
import type { PublishedRef, StepContent, StepContext } from '@/features/platforms/providers/types';
import { redditSettings } from '@/features/platforms/rules/settings';

type Kind = 'self' | 'link' | 'image' | 'video' | 'gallery';

/** A link alone is a link post; beside text it stands in the text, so that nothing is lost. */
export function kindOf(content: Pick<StepContent, 'media' | 'link' | 'text'>): Kind {
  const [first] = content.media;
  if (content.media.length > 1) return 'gallery';
  if (first) return first.kind === 'video' ? 'video' : 'image';
  return content.link && content.text.trim() === '' ? 'link' : 'self';
}

export function bodyOf(content: StepContent): string {
  const { text, link } = content;
  if (!link || kindOf(content) === 'link' || text.includes(link)) return text;
  return text.trim() === '' ? link : `${text.trimEnd()}\n\n${link}`;
}

export function settingsOf(content: Pick<StepContent, 'settings'>): z.output<typeof redditSettings> {
  const { data } = redditSettings.safeParse(content.settings);
  if (data) return data;
  throw refused('reddit', 'Choose the subreddit that this post goes to.', { outcome: 'not_sent' });
}

function upload(uploads: RedditUploads, key: string | undefined) {
  const found = key === undefined ? undefined : uploads[key];
  if (!found) throw artefactsGone('reddit');
  return found;
}

/** The commit call of a post. @see https://www.reddit.com/dev/api/#POST_api_submit (2026-11-21) */
export function submitCall(ctx: StepContext): Omit<PlatformCall, 'url'> & { path: string } {
  const { content } = ctx;
  const kind = kindOf(content);
  const uploads = uploadsOf(ctx);
  const { subreddit, flairId, flairText, nsfw, spoiler, sendReplies } = settingsOf(content);
  const common = {
    api_type: 'json',
    sr: subreddit,
    title: content.title ?? '',
    ...(flairId ? { flair_id: flairId } : {}),
    ...(flairText ? { flair_text: flairText } : {}),
  };
  const marks = { nsfw, spoiler, sendreplies: sendReplies };
  const text = bodyOf(content);
  if (kind === 'gallery') {
    const items = content.media.map((one) => ({ media_id: upload(uploads, one.sha256).assetId }));
    const json = { ...common, ...marks, text, items, show_error_list: true, validate_on_submit: true };
    return { method: 'POST', path: '/api/submit_gallery_post.json', json };
  }
  const file = content.media[0] && upload(uploads, content.media[0].sha256);
  const url = file?.url ?? (kind === 'link' ? content.link : undefined);
  const form = {
    ...common,
    ...Object.fromEntries(Object.entries(marks).map(([name, value]) => [name, String(value)])),
    kind,
    resubmit: 'true',
    ...(kind === 'link' ? {} : { text }),
    ...(url ? { url } : {}),
    ...(kind === 'video' ? { video_poster_url: upload(uploads, POSTER).url } : {}),
  };
  return { method: 'POST', path: '/api/submit', form };
}

/** Posts of files are made later: the answer then names no post. */
export const submitted = z.object({
  json: z.object({
    data: z.object({ url: z.string().optional(), name: z.string().optional(), id: z.string().optional() }),
  }),
});

export function submittedRef(data: z.infer<typeof submitted>['json']['data']): PublishedRef | undefined {
  const name = data.name ?? data.id;
  if (!name || !data.url) return undefined;
  return { id: name.startsWith('t3_') ? name : `t3_${name}`, permalink: data.url };
}

/** Communities may show a post of files without its text. */
function sameBody(found: Submission, content: StepContent): boolean {
  if (kindOf(content) === 'link') return found.url === content.link;
  const bare = content.media.length > 0 && found.selftext === '';
  return bare || sameText(found.selftext, bodyOf(content));
}

export function isOurs(found: Submission, content: StepContent, since: number): boolean {
  const { subreddit } = settingsOf(content);
  return (
    found.created_utc * 1_000 >= since &&
    found.subreddit.toLowerCase() === subreddit.toLowerCase() &&
    sameText(found.title, content.title ?? '') &&
    sameBody(found, content)
  );
}

export function refOf(found: { name: string; permalink: string }): PublishedRef {
  return { id: found.name, permalink: new URL(found.permalink, 'https://www.reddit.com').href };
}
