import { DELETE, GET, PATCH } from '@/app/api/posts/[id]/route';
import { POST } from '@/app/api/posts/route';
import { outboxModel } from '@/core/events/outbox';
import type { RouteHandler } from '@/core/http/route-definition';
import type { PostDetail, SavedPost } from '@/features/content/answer-schema';
import { runModel } from '@/features/publishing/schema';
import { core } from '@/server/core';
import { type Answer, type CallOptions, call, type Person, team } from './accounts';
import { type Refusal, sandboxChannel } from './content';

export type PostAnswer = Answer<SavedPost & PostDetail & Refusal>;

const run = (handler: RouteHandler, options: CallOptions) =>
  call<SavedPost & PostDetail & Refusal>(handler, options);

/** Calls of the posts API by somebody in the organisation they stand in. */
export const postsApi = {
  create: (as: Person, body: unknown, headers: Record<string, string> = {}) =>
    run(POST, { path: '/api/posts', body, as, headers }),
  get: (as: Person, id: string) => run(GET, { path: `/api/posts/${id}`, as }),
  change: (
    as: Person,
    id: string,
    version: number | string,
    body: unknown,
    headers: Record<string, string> = {},
  ) =>
    run(PATCH, {
      path: `/api/posts/${id}`,
      body,
      as,
      headers: { 'if-match': typeof version === 'number' ? `"${version}"` : version, ...headers },
    }),
  remove: (as: Person, id: string, query = '') => run(DELETE, { path: `/api/posts/${id}${query}`, as }),
};

/** A time to plan for: 08:00 UTC. */
export const later = { mode: 'at', localTime: '2031-06-01T10:00', zone: 'Europe/Berlin' };

/** People who write for two channels of theirs, and a stranger with a channel of their own. */
export async function newsroom() {
  const made = await team({ ann: 'member', ben: 'member', viewer: 'viewer' });
  const stranger = await team();
  const [channel, second, foreign] = await Promise.all([
    sandboxChannel(made.organizationId, made.owner.uid),
    sandboxChannel(made.organizationId, made.owner.uid),
    sandboxChannel(stranger.organizationId, stranger.owner.uid),
  ]);
  return { ...made, stranger, channel, second, foreign };
}

export const runsOf = (postId: string) =>
  core.db.find(core.db.collection(runModel).where('postId', '==', postId));

/** What was told of a post, by name. */
export async function eventsOf(postId: string): Promise<string[]> {
  const rows = await core.db.find(core.db.collection(outboxModel));
  return rows
    .filter((row) => row.payload.includes(postId))
    .map((row) => row.event)
    .sort();
}
