import type { Page } from '@/core/db/cursor';
import type { RunMetrics } from './answer-schema';
import type { LinkClicks } from './link-schema';
import type { ListPostsQuery, Post } from './schema';

/** What an organisation's plan and settings say about its posts. */
export interface OrganizationPolicy {
  contentPolicy(organizationId: string): Promise<{
    /** Posts of members who may not approve wait for somebody who may. */
    approvalRequired: boolean;
    /** Posts that may wait for their time at once; null = no limit. */
    scheduledPosts: number | null;
  }>;
}

/** The campaigns a post may belong to. */
export interface CampaignBook {
  exists(organizationId: string, id: string): Promise<boolean>;
  /** Undefined: the organisation has no such campaign. */
  nameOf(organizationId: string, id: string): Promise<string | undefined>;
}

/** Short links of a post and who followed them. */
export interface LinkClicksSource {
  ofPost(organizationId: string, postId: string): Promise<LinkClicks[]>;
}

/** What was measured of posts that are out. */
export interface RunMetricsSource {
  ofRuns(runIds: readonly string[]): Promise<RunMetrics[]>;
}

/** The organisation's posts, newest first. */
export interface PostsRead {
  /** @param draftsOf whose drafts are included: one person's, or `all`. */
  list(organizationId: string, query: ListPostsQuery, draftsOf: string): Promise<Page<Post>>;
}
