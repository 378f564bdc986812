import 'server-only';
import { type AppBskyFeedPost, type AppBskyRichtextFacet, RichText } from '@atproto/api';
import { z } from 'zod';
import { refused } from '@/features/platforms/providers/http';
import type { PublishedRef, StepContext } from '@/features/platforms/providers/types';
import { blueskyRecordText } from '@/features/platforms/rules/bluesky-text';
import { textWithLink } from '@/features/platforms/rules/counting';
import { blueskyRules } from '@/features/platforms/rules/networks/bluesky';
import { blueskySettings } from '@/features/platforms/rules/settings';

export const COLLECTION = 'app.bsky.feed.post';

/** A file as the server refers to it, in JSON form. @see https://atproto.com/specs/data-model#blob-type */
export const blobRef = z.object({
  $type: z.literal('blob'),
  ref: z.object({ $link: z.string() }),
  mimeType: z.string(),
  size: z.number(),
});
export type BlobJson = z.infer<typeof blobRef>;

/** What `start` left for the record: files, who is mentioned, what the link shows. */
export const preparedSchema = z.object({
  blobs: z.record(z.string(), blobRef).default({}),
  /** Handle → DID, of the mentions that exist. */
  mentions: z.record(z.string(), z.string()).default({}),
  card: z.object({ uri: z.string(), title: z.string(), description: z.string() }).optional(),
  videoJob: z.string().optional(),
});
export type Prepared = z.infer<typeof preparedSchema>;

type Facet = AppBskyRichtextFacet.Main;

/** The record's text with its links; mentions and tags are found by the network's own library. */
export function richTextOf(ctx: Pick<StepContext, 'content'>): { text: string; facets: Facet[] } {
  const { text, links } = blueskyRecordText(textWithLink(blueskyRules, ctx.content));
  const rich = new RichText({ text });
  rich.detectFacetsWithoutResolution();
  const byteOffset = (utf16: number) => Buffer.byteLength(text.slice(0, utf16));
  const ours: Facet[] = links.map((link) => ({
    $type: 'app.bsky.richtext.facet',
    index: { byteStart: byteOffset(link.start), byteEnd: byteOffset(link.end) },
    features: [{ $type: 'app.bsky.richtext.facet#link', uri: link.uri as `${string}:${string}` }],
  }));
  // Our link spans win: inside them the library sees the shortened text and would link to that.
  const theirs = (rich.facets ?? []).filter(
    (facet) =>
      !ours.some(
        (own) => facet.index.byteStart < own.index.byteEnd && own.index.byteStart < facet.index.byteEnd,
      ),
  );
  const facets = [...ours, ...theirs].sort((a, b) => a.index.byteStart - b.index.byteStart);
  return { text, facets };
}

/** Handles mentioned in the text, to be resolved before the commit. */
export function mentionedHandles(ctx: Pick<StepContext, 'content'>): string[] {
  return richTextOf(ctx).facets.flatMap((facet) =>
    facet.features.flatMap((feature) =>
      feature.$type === 'app.bsky.richtext.facet#mention' && 'did' in feature ? [String(feature.did)] : [],
    ),
  );
}

function resolvedFacets(facets: Facet[], mentions: Record<string, string>): Facet[] {
  return facets.flatMap((facet) => {
    const features = facet.features.flatMap((feature) => {
      if (feature.$type !== 'app.bsky.richtext.facet#mention' || !('did' in feature)) return [feature];
      const did = mentions[String(feature.did)];
      return did ? [{ ...feature, did }] : [];
    });
    return features.length > 0 ? [{ ...facet, features } as Facet] : [];
  });
}

function strongRef(ref: PublishedRef | undefined): { uri: string; cid: string } {
  const uri = ref?.extra?.uri;
  const cid = ref?.extra?.cid;
  if (!uri || !cid) throw refused('bluesky', 'The post to reply to is not known.', { outcome: 'not_sent' });
  return { uri, cid };
}

/** The record exactly as it will be stored: the same on every attempt. @see lexicon app.bsky.feed.post */
export function postRecord(ctx: StepContext, prepared: Prepared): AppBskyFeedPost.Record {
  const { text, facets } = richTextOf(ctx);
  const settings = ctx.step === 'root' ? blueskySettings.parse(ctx.content.settings) : {};
  const languages =
    settings.languages ??
    (ctx.channel.settings.defaultLanguage ? [ctx.channel.settings.defaultLanguage] : []);
  const known = resolvedFacets(facets, prepared.mentions);
  const embed = embedOf(ctx, prepared);
  const parent = ctx.step === 'comment' ? ctx.root : ctx.parent;
  return {
    $type: COLLECTION,
    text,
    createdAt: ctx.material.createdAt.toISOString(),
    ...(known.length > 0 ? { facets: known } : {}),
    ...(languages.length > 0 ? { langs: languages } : {}),
    ...(embed ? { embed } : {}),
    ...(ctx.step === 'root' ? {} : { reply: { root: strongRef(ctx.root), parent: strongRef(parent) } }),
  } as AppBskyFeedPost.Record;
}

function embedOf(ctx: StepContext, prepared: Prepared): object | undefined {
  const media = ctx.content.media;
  const [first] = media;
  if (!first) {
    return prepared.card ? { $type: 'app.bsky.embed.external', external: prepared.card } : undefined;
  }
  const ratio = (item: { width?: number | undefined; height?: number | undefined }) =>
    item.width && item.height ? { aspectRatio: { width: item.width, height: item.height } } : {};
  if (first.kind === 'video') {
    const alt = first.altText?.trim();
    return {
      $type: 'app.bsky.embed.video',
      video: prepared.blobs[first.sha256],
      ...(alt ? { alt } : {}),
      ...ratio(first),
    };
  }
  return {
    $type: 'app.bsky.embed.images',
    images: media.map((item) => ({
      image: prepared.blobs[item.sha256],
      alt: item.altText?.trim() ?? '',
      ...ratio(item),
    })),
  };
}
