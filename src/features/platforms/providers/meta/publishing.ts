import 'server-only';
import { z } from 'zod';
import type { ExternalServiceError } from '@/core/errors';
import {
  artefactsGone,
  expectShape,
  isExternal,
  PlatformError,
  settled,
} from '@/features/platforms/providers/http';
import {
  type ContainerNetwork,
  containerCall,
  containerOf,
  statusOf,
} from '@/features/platforms/providers/meta/containers';
import { usageOf } from '@/features/platforms/providers/meta/graph';
import { sameText } from '@/features/platforms/providers/same-text';
import type {
  CommitResult,
  ProviderContext,
  PublishedRef,
  ReconcileContext,
  ReconcileResult,
  StepContext,
} from '@/features/platforms/providers/types';

/** How one network lists and names what is out. */
export interface ContainerListing {
  /** The edge that publishes: `media_publish` or `threads_publish`. */
  publishEdge: string;
  /** Own posts as read for reconciling, newest first. */
  listUrl(ctx: StepContext): string;
  /** One listed post. */
  read(item: unknown): ListedPost;
  /** The text of this step as the network keeps it. */
  textOf(ctx: StepContext): string;
}

export interface ListedPost {
  id: string;
  text: string;
  createdAt: Date;
  permalink?: string | undefined;
  replyTo?: string | undefined;
}

/** Clocks of two parties differ; a post of ours cannot be older than this before the commit. */
const CLOCK_SLACK_MS = 60_000;
const COMMIT_TIMEOUT_MS = 30_000;
const published = z.object({ id: z.string().min(1) });
const listed = z.object({ data: z.array(z.unknown()).default([]) });
const linked = z.object({ permalink: z.string().optional() });

/** The commit: publishes the container, once. */
export function publishContainer(
  network: ContainerNetwork,
  listing: ContainerListing,
  ctx: StepContext,
): Promise<CommitResult> {
  return settled(async () => {
    const container = containerOf(ctx.artefacts);
    if (!container) throw artefactsGone(network.http.platform);
    const { accessToken } = await ctx.credentials();
    try {
      const answer = await network.http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${network.api}/${ctx.channel.accountId}/${listing.publishEdge}`,
        form: { creation_id: container.id },
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      const { id } = expectShape(network.http.platform, published, answer);
      const rate = usageOf(answer.headers);
      const ref = await withPermalink(network, ctx, id);
      return { status: 'published', ref, ...(rate ? { rate } : {}) };
    } catch (error) {
      if (!isExternal(error) || error.outcome !== 'rejected') throw error;
      throw await refusalOf(network, ctx, container.id, error);
    }
  });
}

/**
 * Why a container was refused. An earlier request that came late may have published it, and Meta then refuses the second one in
 * words that also stand for other things: so the container is asked before it is given up or made anew.
 */
async function refusalOf(
  network: ContainerNetwork,
  ctx: StepContext,
  id: string,
  refusal: ExternalServiceError,
): Promise<ExternalServiceError> {
  const gone = refusal.vendorCode === 'container_gone';
  if (!gone && refusal.kind !== 'invalid_request') return refusal;
  const asked = await settled(async () => await statusOf(network, ctx, id));
  const certain = asked.status !== 'failed' && asked.status !== 'PUBLISHED';
  if (certain) return gone ? artefactsGone(network.http.platform) : refusal;
  return new PlatformError('The network refused to publish this again: it may be out already.', {
    provider: network.http.platform,
    kind: 'unknown',
    retryable: false,
    outcome: 'unknown',
    vendorCode: 'maybe_published',
  });
}

/** The address of a post is a question of its own; without its answer the post is out all the same. */
async function withPermalink(
  network: ContainerNetwork,
  ctx: ProviderContext,
  id: string,
): Promise<PublishedRef> {
  try {
    const answer = await containerCall(network, ctx, { url: `${network.api}/${id}?fields=permalink` });
    const { permalink } = linked.safeParse(answer.body).data ?? {};
    return { id, ...(permalink ? { permalink } : {}) };
  } catch (error) {
    if (!isExternal(error)) throw error;
    return { id };
  }
}

/** Exact: a container tells whether it was published, and publishes once. Which post came of it is looked up in the list. */
export async function reconcileContainer(
  network: ContainerNetwork,
  listing: ContainerListing,
  ctx: ReconcileContext,
): Promise<ReconcileResult> {
  const container = containerOf(ctx.artefacts);
  if (!container) return { status: 'unknown' };
  const result = await settled(async (): Promise<ReconcileResult> => {
    const { status } = await statusOf(network, ctx, container.id);
    if (status === 'GONE') return { status: 'unknown' };
    if (status !== 'PUBLISHED') return { status: 'absent' };
    const match = await findListed(network, listing, ctx, new Date(container.madeAt));
    return match ? { status: 'found', ref: match } : { status: 'unknown' };
  });
  return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
}

async function findListed(
  network: ContainerNetwork,
  listing: ContainerListing,
  ctx: ReconcileContext,
  madeAt: Date,
): Promise<PublishedRef | undefined> {
  // Whichever request published it: nothing of this container can be older than it is.
  const since = Math.min(madeAt.getTime(), ctx.sentAt.getTime()) - CLOCK_SLACK_MS;
  const replyTo = ctx.step === 'root' ? undefined : ctx.step === 'comment' ? ctx.root?.id : ctx.parent?.id;
  const answer = await containerCall(network, ctx, { url: listing.listUrl(ctx) });
  const text = listing.textOf(ctx);
  const match = expectShape(network.http.platform, listed, answer)
    .data.map((item) => listing.read(item))
    .find(
      (post) =>
        post.createdAt.getTime() >= since &&
        (replyTo === undefined || post.replyTo === replyTo) &&
        sameText(text, post.text),
    );
  return match && { id: match.id, ...(match.permalink ? { permalink: match.permalink } : {}) };
}
