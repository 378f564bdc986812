'use client';
import { useMemo, useState } from 'react';
import { useLiveQuery } from '@/client/use-live-query';
import { type Post, type PostStatus, postModel, SHARED_STATUSES } from '../../schema';
import { type ContentSession, may } from '../session';

export const POST_VIEWS = ['all', 'draft', 'review', 'scheduled', 'published', 'attention'] as const;
export type PostView = (typeof POST_VIEWS)[number];

/** Which statuses a view shows of what the whole organisation may see; drafts are listened to apart. */
const SHARED: Record<PostView, readonly PostStatus[]> = {
  all: SHARED_STATUSES.filter((status) => status !== 'deleted'),
  draft: [],
  review: ['scheduled', 'attention'],
  scheduled: ['scheduled', 'publishing'],
  published: ['published', 'partial'],
  attention: ['attention', 'failed', 'partial'],
};

const PAGE = 50;

/** One of them at a time: each narrows by an index of its own. */
export interface PostFilter {
  channel?: string;
  campaignId?: string;
  tag?: string;
}

/** Posts of a view, live, newest first: what the organisation shares, and the drafts this person may see. */
export function usePosts(session: ContentSession, view: PostView, filter: PostFilter) {
  const [limit, setLimit] = useState(PAGE);
  const shared = SHARED[view];
  const common = [
    ['organizationId', '==', session.organizationId],
    ...(view === 'review' ? ([['approval.status', '==', 'in_review']] as const) : []),
    ...(filter.channel ? ([['channelIds', 'array-contains', filter.channel]] as const) : []),
    ...(filter.campaignId ? ([['campaignId', '==', filter.campaignId]] as const) : []),
    ...(filter.tag ? ([['tags', 'array-contains', filter.tag]] as const) : []),
  ] as const;
  const orderBy = [['createdAt', 'desc']] as const;
  const posts = useLiveQuery(
    shared.length > 0
      ? { model: postModel, where: [...common, ['status', 'in', shared]], orderBy, limit }
      : null,
  );
  const own = may(session, 'content.manage') ? [] : ([['authorId', '==', session.userId]] as const);
  const withDrafts = view === 'all' || view === 'draft' || view === 'review';
  const drafts = useLiveQuery(
    withDrafts
      ? { model: postModel, where: [...common, ['status', '==', 'draft'], ...own], orderBy, limit }
      : null,
  );
  const active = [...(shared.length > 0 ? [posts] : []), ...(withDrafts ? [drafts] : [])];
  const items = useMemo(
    () => newestFirst([...posts.items, ...drafts.items], limit),
    [posts.items, drafts.items, limit],
  );
  const failed = active.find((live) => live.status === 'error');
  return {
    items,
    status: failed
      ? ('error' as const)
      : active.some((live) => live.status === 'loading')
        ? ('loading' as const)
        : ('live' as const),
    error: failed?.error ?? null,
    retry: () => {
      for (const live of active) live.retry();
    },
    hasMore: active.some((live) => live.items.length >= limit),
    more: () => setLimit((before) => before + PAGE),
  };
}

function newestFirst(posts: readonly Post[], limit: number): Post[] {
  return [...posts].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()).slice(0, limit);
}
