import type { RunMetrics } from './schema';

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
}

/** What was measured of posts that are out. */
export interface RunMetricsSource {
  ofRuns(runIds: readonly string[]): Promise<RunMetrics[]>;
}
