import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import type { CampaignBook, LinkClicksSource, OrganizationPolicy, RunMetricsSource } from './ports';
import type { ContentRepository } from './repository';
import type { RunPlanner } from './run-planner';
import type { PostDue } from './schedule';
import type { PostSchedule } from './schema';
import type { TimeFinder } from './time-finder';
import type { ContentValidator } from './validation';

export interface ContentDependencies {
  repository: ContentRepository;
  validator: ContentValidator;
  planner: RunPlanner;
  times: TimeFinder;
  organizations: OrganizationPolicy;
  campaigns: CampaignBook;
  metrics: RunMetricsSource;
  links: LinkClicksSource;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
}

/** When a post goes out, stored and as an instant. */
export interface Timing {
  schedule: PostSchedule;
  due: PostDue | null;
}
