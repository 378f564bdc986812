import 'server-only';
import { z } from 'zod';
import {
  artefactsGone,
  expectShape,
  type PlatformAnswer,
  PlatformError,
  refused,
} from '@/features/platforms/providers/http';
import type { LinkCard } from '@/features/platforms/providers/link-card';
import { encoded, type LinkedInApi } from '@/features/platforms/providers/linkedin/api';
import { fromLittleText, toLittleText } from '@/features/platforms/providers/linkedin/little-text';
import { uploadsOf } from '@/features/platforms/providers/linkedin/uploads';
import { sameText } from '@/features/platforms/providers/same-text';
import type {
  CommitResult,
  MediaSource,
  PublishedRef,
  ReconcileContext,
  ReconcileResult,
  StepContext,
} from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { documentTitle } from '@/features/platforms/rules/document-title';
import { linkedinRules } from '@/features/platforms/rules/networks/linkedin';

/** Clocks of two parties differ; a post of ours cannot be older than this before the commit. */
const CLOCK_SLACK_MS = 60_000;
const COMMIT_TIMEOUT_MS = 30_000;

const card = z.object({ uri: z.string(), title: z.string(), description: z.string() });
const media = z.object({ id: z.string().optional() });
const authored = z.object({
  elements: z
    .array(
      z.object({
        id: z.string(),
        commentary: z.string().default(''),
        createdAt: z.number().optional(),
        publishedAt: z.number().optional(),
        content: z
          .object({
            media: media.optional(),
            multiImage: z.object({ images: z.array(media) }).optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});
type Authored = z.infer<typeof authored>['elements'][number];
const commentCreated = z.object({ id: z.string().optional(), commentUrn: z.string().optional() });
const commentList = z.object({
  elements: z
    .array(
      z.object({
        id: z.string().optional(),
        commentUrn: z.string().optional(),
        message: z.object({ text: z.string() }),
        created: z.object({ time: z.number() }).optional(),
      }),
    )
    .default([]),
});

/** @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api (checked 2026-11-21) */
export async function publishPost(api: LinkedInApi, ctx: StepContext): Promise<CommitResult> {
  const content = contentOf(ctx);
  const answer = await commit(api, ctx, '/rest/posts', {
    author: ctx.channel.accountId,
    commentary: toLittleText(textWithLink(linkedinRules, ctx.content)),
    visibility: 'PUBLIC',
    distribution: { feedDistribution: 'MAIN_FEED', targetEntities: [], thirdPartyDistributionChannels: [] },
    ...(content ? { content } : {}),
    lifecycleState: 'PUBLISHED',
    isReshareDisabledByAuthor: false,
  });
  const id = answer.headers.get('x-restli-id');
  if (!id) throw nameless(answer.status);
  return { status: 'published', ref: postRef(decodeURIComponent(id)) };
}

/** The one shape of content that fits these files, or the card of a link. */
function contentOf(ctx: StepContext): Record<string, unknown> | undefined {
  const { content } = ctx;
  const uploads = uploadsOf(ctx);
  const files = content.media.map((item) => ({ item, upload: uploads[item.sha256] }));
  if (files.some(({ upload }) => !upload?.ready)) throw artefactsGone('linkedin');
  const ids = files.map(({ item, upload }) => ({ id: upload?.urn ?? '', item }));
  const [first] = ids;
  if (!first) return articleOf(ctx);
  if (ids.length > 1) return { multiImage: { images: ids.map(({ id, item }) => picture(id, item)) } };
  if (first.item.kind === 'video')
    return { media: { id: first.id, ...(content.title ? { title: content.title } : {}) } };
  if (first.item.kind === 'document')
    return { media: { id: first.id, title: documentTitle(first.item, content.title) } };
  return { media: picture(first.id, first.item) };
}

function picture(id: string, item: MediaSource): { id: string; altText?: string } {
  const altText = item.altText?.trim();
  return { id, ...(altText ? { altText } : {}) };
}

/** LinkedIn reads no pages itself: what the card says is sent along. */
function articleOf({ content, artefacts }: StepContext): Record<string, unknown> | undefined {
  if (!content.link) return undefined;
  const known = card.safeParse(artefacts.card).data;
  const read: LinkCard =
    known?.uri === content.link ? known : { uri: content.link, title: content.link, description: '' };
  return {
    article: {
      source: read.uri,
      title: content.title ?? read.title,
      ...(read.description ? { description: read.description } : {}),
    },
  };
}

/** @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api (checked 2026-11-21) */
export async function publishComment(api: LinkedInApi, ctx: StepContext): Promise<CommitResult> {
  const { root } = ctx;
  if (!root) throw refused('linkedin', 'The post to comment on is not known.', { outcome: 'not_sent' });
  const answer = await commit(api, ctx, `/rest/socialActions/${encoded(root.id)}/comments`, {
    actor: ctx.channel.accountId,
    object: root.id,
    message: { text: ctx.content.text },
  });
  const said = expectShape('linkedin', commentCreated, answer);
  const id = said.commentUrn ?? said.id ?? answer.headers.get('x-restli-id');
  if (!id) throw nameless(answer.status);
  return { status: 'published', ref: commentRef(root, id) };
}

async function commit(
  api: LinkedInApi,
  ctx: StepContext,
  path: string,
  json: Record<string, unknown>,
): Promise<PlatformAnswer> {
  const { accessToken } = await ctx.credentials();
  return await api.call(ctx.channel.connectionId, {
    method: 'POST',
    path,
    json,
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
}

/** Accepted, but we do not know under which name. */
function nameless(status: number): PlatformError {
  return new PlatformError('LinkedIn accepted this without naming it.', {
    provider: 'linkedin',
    kind: 'unknown',
    retryable: false,
    outcome: 'unknown',
    vendorStatus: status,
    vendorCode: 'unexpected_shape',
  });
}

function postRef(id: string): PublishedRef {
  return { id, permalink: `https://www.linkedin.com/feed/update/${id}/` };
}

function commentRef(root: PublishedRef, id: string): PublishedRef {
  const permalink = `https://www.linkedin.com/feed/update/${root.id}/?commentUrn=${encodeURIComponent(id)}`;
  return { id, permalink };
}

/** Own posts of an organisation since the commit, recognised by their files or words. */
export async function findPost(api: LinkedInApi, ctx: ReconcileContext): Promise<ReconcileResult> {
  const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
  const answer = await api.authorized(
    ctx,
    `/rest/posts?author=${encoded(ctx.channel.accountId)}&q=author&count=50&sortBy=CREATED`,
    { headers: { 'x-restli-method': 'FINDER' } },
  );
  const text = textWithLink(linkedinRules, ctx.content);
  const files = new Set(Object.values(uploadsOf(ctx)).map(({ urn }) => urn));
  const match = expectShape('linkedin', authored, answer).elements.find(
    (post) =>
      (post.publishedAt ?? post.createdAt ?? 0) >= since &&
      (ctx.content.media.length > 0
        ? filesOf(post).some((urn) => files.has(urn))
        : sameText(text, fromLittleText(post.commentary))),
  );
  return match ? { status: 'found', ref: postRef(match.id) } : { status: 'absent' };
}

function filesOf({ content }: Authored): string[] {
  return [content?.media, ...(content?.multiImage?.images ?? [])].flatMap((one) => one?.id ?? []);
}

export async function findComment(api: LinkedInApi, ctx: ReconcileContext): Promise<ReconcileResult> {
  const { root } = ctx;
  if (!root) return { status: 'unknown' };
  const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
  const answer = await api.authorized(ctx, `/rest/socialActions/${encoded(root.id)}/comments?count=50`);
  const match = expectShape('linkedin', commentList, answer).elements.find(
    (one) => (one.created?.time ?? 0) >= since && sameText(ctx.content.text, one.message.text),
  );
  const id = match?.commentUrn ?? match?.id;
  return id ? { status: 'found', ref: commentRef(root, id) } : { status: 'absent' };
}
