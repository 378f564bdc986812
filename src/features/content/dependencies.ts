import type { Tx } from '@/core/db/db';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import type { NeighbourFinder } from './neighbour-finder';
import type { CampaignBook, LinkClicksSource, OrganizationPolicy, RunMetricsSource } from './ports';
import type { SeriesRepository } from './recurrence/repository';
import type { ContentRepository } from './repository';
import type { RunPlanner } from './run-planner';
import type { PostDue } from './schedule';
import type { PostSchedule, PostSeries } from './schema';
import type { TimeFinder } from './time-finder';
import type { ContentValidator } from './validation';

export interface ContentDependencies {
  repository: ContentRepository;
  validator: ContentValidator;
  planner: RunPlanner;
  neighbours: NeighbourFinder;
  times: TimeFinder;
  series: SeriesRepository;
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

/** A post made by its series: its name, which makes it once, and where it stands. */
export interface Occurrence {
  id: string;
  /** Absent for a row of an import and an item of a feed. */
  series?: PostSeries;
  /** What becomes true exactly when the post does. Only writes: the transaction has read what it needs. */
  alongside?: (tx: Tx) => void;
}

/** The part of it that stands in the post. */
export function placeOf({ id, series }: Occurrence): { id: string; series?: PostSeries } {
  return series ? { id, series } : { id };
}
