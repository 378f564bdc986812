import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { CacheManager } from '@/core/cache/cache-manager';
import { cacheKey } from '@/core/cache/keys';
import { NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { dayKey, monthsBetween } from '@/core/time/periods';
import type { Rollup, Subject } from '@/features/analytics/schema';
import type { PerformanceAnalyzer } from './analyzer';
import { type MetricsCalculator, type Rows, rate } from './calculator';
import { addDays, daysBetween } from './days';
import type { DashboardRepository } from './repository';
import {
  type BestPost,
  type DashboardQuery,
  type Layout,
  type Overview,
  PERIOD_DAYS,
  type Performance,
  type SaveLayout,
  STANDARD_LAYOUT,
} from './schema';

/** Where the dashboard reads sums and best posts; the analytics room fills it. */
export interface AnalyticsReader {
  months(organizationId: string, connectionId: string | null, months: readonly string[]): Promise<Rollup[]>;
  bestPosts(
    organizationId: string,
    connectionId: string | null,
    month: string,
    limit: number,
  ): Promise<Subject[]>;
}

/** Tokens used by day; the tokens room fills it. */
export interface TokenUse {
  /** Days with use, `2026-03-29` → tokens. */
  usedByDay(organizationId: string, from: Date, to: Date): Promise<Record<string, number>>;
}

/** Whether a channel is the organisation's. */
export interface ChannelLookup {
  exists(organizationId: string, connectionId: string): Promise<boolean>;
}

export interface DashboardDependencies {
  analytics: AnalyticsReader;
  tokens: TokenUse;
  channels: ChannelLookup;
  calculator: MetricsCalculator;
  analyzer: PerformanceAnalyzer;
  repository: DashboardRepository;
  cache: Pick<CacheManager, 'getOrLoad'>;
  clock: Clock;
}

const ROWS_SECONDS = 300;
const TOKENS_SECONDS = 60;
const BEST_SHOWN = 5;

/** One question of the dashboard: whose numbers, over which days. */
interface Scope {
  organizationId: string;
  channel: string | null;
  days: number;
  /** Today, UTC. */
  to: string;
  /** Changes with every change of the current month's roll-up: what is cached under it is never stale. */
  stamp: string;
  asOf: string | null;
}

/**
 * What the dashboard shows, from roll-ups alone. Opening it costs one document where the numbers are cached, and a few month
 * roll-ups where they are not, however long the history.
 */
export class DashboardService {
  static getInstance(): DashboardService {
    return singleton<DashboardService>('DashboardService');
  }

  constructor(readonly deps: DashboardDependencies) {}

  /** Headline figures with their change against the period before. @throws NotFoundError for a foreign channel. */
  async overview(actor: Actor, query: DashboardQuery): Promise<Overview> {
    const scope = await this.#scope(actor, query);
    const [rows, tokens] = await Promise.all([this.#rows(scope), scope.channel ? null : this.#tokens(scope)]);
    return {
      period: query.period,
      from: addDays(scope.to, 1 - scope.days),
      to: scope.to,
      channel: scope.channel,
      figures: this.deps.calculator.figures(rows.days, tokens),
      asOf: scope.asOf,
    };
  }

  /** Day by day, channel by channel, the best posts, and what stands out. @throws NotFoundError for a foreign channel. */
  async performance(actor: Actor, query: DashboardQuery): Promise<Performance> {
    const scope = await this.#scope(actor, query);
    const [rows, best] = await Promise.all([this.#rows(scope), this.#best(scope)]);
    const { analyzer, calculator } = this.deps;
    const days = rows.days.slice(scope.days);
    return {
      period: query.period,
      channel: scope.channel,
      days,
      channels: calculator.compare(rows.channels),
      best,
      trends: analyzer.trends(days),
      anomalies: analyzer.anomalies(rows.days, scope.days),
      method: analyzer.method,
    };
  }

  /** The caller's own layout, or the standard one. */
  async layout(actor: Actor): Promise<Layout> {
    const stored = await this.deps.repository.layout(actor.organizationId, actor.userId);
    return stored ?? { widgets: [...STANDARD_LAYOUT], version: 0 };
  }

  /** @throws ConflictError `stale_version` when the layout was saved elsewhere meanwhile. */
  async saveLayout(actor: Actor, change: SaveLayout): Promise<Layout> {
    const version = await this.deps.repository.save(actor.organizationId, actor.userId, change);
    return { widgets: change.widgets, version };
  }

  async #scope(actor: Actor, { period, channel: asked }: DashboardQuery): Promise<Scope> {
    const { organizationId } = actor;
    const channel = asked ?? null;
    if (channel && !(await this.deps.channels.exists(organizationId, channel)))
      throw new NotFoundError('This channel');
    const to = dayKey(this.deps.clock.now());
    const [current] = await this.deps.analytics.months(organizationId, channel, [to.slice(0, 7)]);
    const asOf = current?.updatedAt.toISOString() ?? null;
    return { organizationId, channel, days: PERIOD_DAYS[period], to, stamp: `${to}_${asOf ?? 'none'}`, asOf };
  }

  #cached<T>(scope: Scope, what: string, load: () => Promise<T>): Promise<T> {
    const { organizationId, channel, days, stamp } = scope;
    const key = cacheKey.org(organizationId, 'dashboard', what, channel ?? 'all', days, stamp);
    return this.deps.cache.getOrLoad(key, load, { ttlSeconds: ROWS_SECONDS, layers: 'fast' });
  }

  #rows(scope: Scope): Promise<Rows> {
    const { calculator, analytics } = this.deps;
    return this.#cached(scope, 'rows', async () => {
      const months = calculator.monthsFor(scope.to, scope.days);
      return calculator.rows(
        await analytics.months(scope.organizationId, scope.channel, months),
        scope.to,
        scope.days,
      );
    });
  }

  /** Tokens of each day, of the period and the one before. They change with every use, so they are kept for a minute only. */
  async #tokens(scope: Scope): Promise<number[]> {
    const range = daysBetween(addDays(scope.to, 1 - 2 * scope.days), scope.to);
    const key = cacheKey.org(scope.organizationId, 'dashboard', 'tokens', scope.days, scope.to);
    const used = await this.deps.cache.getOrLoad(
      key,
      () =>
        this.deps.tokens.usedByDay(scope.organizationId, startOf(range[0] ?? scope.to), startOf(scope.to)),
      { ttlSeconds: TOKENS_SECONDS, layers: 'fast' },
    );
    return range.map((day) => used[day] ?? 0);
  }

  #best(scope: Scope): Promise<BestPost[]> {
    const first = addDays(scope.to, 1 - scope.days);
    const months = monthsBetween(startOf(first), startOf(scope.to));
    // A post of the first month may lie before the period; two more make up for those.
    const perMonth = months.length > 2 ? BEST_SHOWN - 2 : BEST_SHOWN;
    return this.#cached(scope, 'best', async () => {
      const found = await Promise.all(
        months.map((month) =>
          this.deps.analytics.bestPosts(scope.organizationId, scope.channel, month, perMonth),
        ),
      );
      return found
        .flat()
        .filter((post) => dayKey(post.since) >= first && post.engagements > 0)
        .sort((a, b) => b.engagements - a.engagements)
        .slice(0, BEST_SHOWN)
        .map(bestPost);
    });
  }
}

function bestPost(subject: Subject): BestPost {
  const impressions = subject.latest.impressions ?? null;
  return {
    runId: subject.id,
    postId: subject.postId ?? '',
    connectionId: subject.connectionId,
    platform: subject.platform,
    permalink: subject.permalink,
    publishedAt: subject.since.toISOString(),
    engagements: subject.engagements,
    impressions,
    engagementRate: rate(subject.engagements, impressions),
  };
}

const startOf = (day: string) => new Date(`${day}T00:00:00Z`);
