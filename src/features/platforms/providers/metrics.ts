import type { Metrics } from '@/features/platforms/schema';

/** Nothing known: a network fills in what it reports, the rest stays `null`, never 0. */
export const NO_METRICS: Readonly<Metrics> = {
  impressions: null,
  reach: null,
  views: null,
  likes: null,
  comments: null,
  shares: null,
  saves: null,
  clicks: null,
  followers: null,
  watchTimeSeconds: null,
};
