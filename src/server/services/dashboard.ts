import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { AnalyticsRepository } from '@/features/analytics/repository';
import { PerformanceAnalyzer } from '@/features/dashboard/analyzer';
import { MetricsCalculator } from '@/features/dashboard/calculator';
import { DashboardRepository } from '@/features/dashboard/repository';
import { DashboardService } from '@/features/dashboard/service';
import type { PlatformRepository } from '@/features/platforms/repository';
import { TokenService } from '@/features/tokens/service';
import { core } from '../core';

/** The dashboard: figures from roll-ups, and each person's arrangement of them. */
provide('DashboardService', () => {
  const platforms = singleton<PlatformRepository>('PlatformRepository');
  return new DashboardService({
    analytics: singleton<AnalyticsRepository>('AnalyticsRepository'),
    tokens: {
      usedByDay: (organizationId, from, to) => TokenService.getInstance().usedByDay(organizationId, from, to),
    },
    channels: {
      exists: async (organizationId, connectionId) =>
        (await platforms.connection(connectionId))?.organizationId === organizationId,
    },
    calculator: new MetricsCalculator(),
    analyzer: new PerformanceAnalyzer(),
    repository: new DashboardRepository(core.db),
    cache: { getOrLoad: (key, load, options) => core.cache.getOrLoad(key, load, options) },
    clock: core.clock,
  });
});
