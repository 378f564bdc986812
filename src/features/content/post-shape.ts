import type { Actor } from '@/core/auth/principal';
import { ValidationError } from '@/core/errors';
import type { RunSummary } from './answer-schema';
import { runSummarySchema } from './answer-schema';
import type { PostEdit } from './repository';
import type { PlannedRun } from './run-planner';
import type {
  ComposedContent,
  CreatePostRequest,
  Post,
  PostChannel,
  PublishRequest,
  UnsavedPost,
} from './schema';

/** Pure mappings between what callers send, what is stored and what is answered. */

export interface StoredContent {
  master: Post['master'];
  channels: PostChannel[];
  thread?: string[];
  firstComment?: string;
}

/** The publishable part of a request or post; what is null or empty is absent. */
export function contentOf(
  from: {
    master: Post['master'];
    thread?: readonly string[] | null | undefined;
    firstComment?: string | null | undefined;
  },
  channels: readonly PostChannel[],
): StoredContent {
  return {
    master: from.master,
    channels: [...channels],
    ...(from.thread?.length ? { thread: [...from.thread] } : {}),
    ...(from.firstComment ? { firstComment: from.firstComment } : {}),
  };
}

export function channelIdsOf(content: Pick<ComposedContent, 'channels'>): string[] {
  return content.channels.map((channel) => channel.connectionId);
}

/** The fields an edit replaces. */
export function editOf(post: UnsavedPost): Omit<PostEdit, 'status'> {
  const {
    id: _,
    organizationId: __,
    authorId: ___,
    teamId: ____,
    source: _____,
    publishedAt: ______,
    ...rest
  } = post;
  const { status: _______, ...edit } = rest;
  return edit;
}

/** Facts every event of a post carries. */
export function eventFacts(
  post: Pick<Post, 'id' | 'organizationId' | 'authorId'>,
  actor: Pick<Actor, 'userId'>,
) {
  return {
    postId: post.id,
    organizationId: post.organizationId,
    authorId: post.authorId,
    actorId: actor.userId,
  };
}

export function summaryOf(run: PlannedRun): RunSummary {
  const { id, connectionId, platform, status, dueAt, localTime, zone, slotId, permalink } = run;
  return runSummarySchema.parse({
    id,
    connectionId,
    platform,
    status,
    dueAt,
    localTime,
    zone,
    slotId,
    ...(permalink ? { permalink } : {}),
  });
}

/** What a patch names; a field that is not there leaves the post's own. */
export function given<T extends object>(patch: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const named = Object.entries(patch).filter(([, value]) => value !== undefined);
  return Object.fromEntries(named) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** A post given inline to be published now. */
export function inlinePost({
  master,
  channels,
  firstComment,
  thread,
  tags,
}: PublishRequest): CreatePostRequest {
  if (!master) throw ValidationError.at('body.master', 'Give the content of the post, or name a postId.');
  return {
    master,
    channels: channels ?? [],
    schedule: { mode: 'now' },
    tags: tags ?? [],
    ...(firstComment === undefined ? {} : { firstComment }),
    ...(thread === undefined ? {} : { thread }),
  };
}
