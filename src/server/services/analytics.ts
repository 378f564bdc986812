import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import { provide, singleton } from '@/core/singletons';
import { DataAggregator } from '@/features/analytics/aggregator';
import { BestTimeService } from '@/features/analytics/best-time-service';
import { MetricsPuller, type MetricsSource, PULL_JOB, type Pulled } from '@/features/analytics/puller';
import { AnalyticsRepository } from '@/features/analytics/repository';
import type { ShortLinkService } from '@/features/content/link-service';
import { accountDisconnected, platformConnected } from '@/features/platforms/events';
import type { ProviderContext, PublishingChannel } from '@/features/platforms/providers/types';
import type { PlatformRepository } from '@/features/platforms/repository';
import type { Metrics } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { contentPublished } from '@/features/publishing/events';
import type { SlotRepository } from '@/features/publishing/slots/repository';
import { core } from '../core';
import { listen } from '../listen';

/** Analytics: measuring what went out, and the sums dashboards read. */
provide('AnalyticsRepository', () => new AnalyticsRepository(core.db));
const repository = () => singleton<AnalyticsRepository>('AnalyticsRepository');

provide('DataAggregator', () => new DataAggregator(repository(), core.bus, core.clock));

/** Reading numbers is no urgent work; a network that does not answer in this time is asked again later. */
const ASK_MS = 30_000;

/** Asks a network, in the channel's name. `question` is absent where the network has no such numbers. */
async function ask(
  channel: PublishingChannel,
  question: ((context: ProviderContext) => Promise<Metrics>) | undefined,
): Promise<Pulled> {
  if (!question) return { kind: 'unsupported' };
  const { channel: facts, limits, credentials, renewCredentials } = channel;
  const deadline = new Date(core.clock.now().getTime() + ASK_MS);
  const signal = AbortSignal.timeout(ASK_MS);
  try {
    const metrics = await question({
      channel: facts,
      limits,
      credentials,
      renewCredentials,
      signal,
      deadline,
    });
    return { kind: 'measured', metrics };
  } catch (error) {
    if (error instanceof ExternalServiceError && GONE.has(error.vendorStatus ?? 0)) return { kind: 'gone' };
    throw error;
  }
}

const GONE = new Set([404, 410]);

/** Where a network does not count clicks, those on our own short links are what is known. */
async function withOwnClicks(pulled: Pulled, organizationId: string, runId: string): Promise<Pulled> {
  const reported = pulled.kind === 'measured' ? pulled.metrics : {};
  if (pulled.kind === 'gone' || typeof reported.clicks === 'number') return pulled;
  const clicks = await singleton<ShortLinkService>('ShortLinkService').clicksOfRun(organizationId, runId);
  return clicks === null ? pulled : { kind: 'measured', metrics: { ...reported, clicks } };
}

const source: MetricsSource = {
  async post({ organizationId, connectionId, runId }) {
    const ref = await repository().publishedRef(runId);
    if (!ref) return { kind: 'gone' };
    const channel = await PlatformService.getInstance().publishingContext(organizationId, connectionId);
    const { provider } = channel;
    const { metrics } = provider;
    const pulled = await ask(channel, metrics && ((context) => metrics.call(provider, context, ref)));
    return withOwnClicks(pulled, organizationId, runId);
  },
  async channel({ organizationId, connectionId }) {
    const channel = await PlatformService.getInstance().publishingContext(organizationId, connectionId);
    const { provider } = channel;
    const { accountMetrics } = provider;
    return ask(channel, accountMetrics && ((context) => accountMetrics.call(provider, context)));
  },
};

provide(
  'BestTimeService',
  () =>
    new BestTimeService(
      repository(),
      {
        exists: async (organizationId, connectionId) =>
          (await singleton<PlatformRepository>('PlatformRepository').connection(connectionId))
            ?.organizationId === organizationId,
        taken: (...facts) => singleton<SlotRepository>('SlotRepository').taken(...facts),
      },
      core.clock,
    ),
);

const puller = () => MetricsPuller.getInstance();
const aggregator = () => DataAggregator.getInstance();
provide(
  'MetricsPuller',
  () =>
    new MetricsPuller(
      repository(),
      aggregator(),
      source,
      { enqueue: (request) => core.jobs.enqueue(request) },
      core.clock,
    ),
);

core.jobRegistry.register(PULL_JOB, z.object({ subjectId: z.string() }), ({ payload }) =>
  puller().pull(payload.subjectId),
);
core.cron.on('analytics', 'metrics', ({ until }) => puller().sweep({ until }));

listen(
  contentPublished,
  'analytics.on_published',
  async (post) => {
    const first = await aggregator().published(post);
    if (first) await puller().plan(post.runId, post.connectionId, first);
  },
  { durable: true },
);
listen(
  platformConnected,
  'analytics.on_connected',
  async (channel) => {
    const first = await aggregator().connected(channel);
    await puller().plan(channel.connectionId, channel.connectionId, first);
  },
  { durable: true },
);
listen(
  accountDisconnected,
  'analytics.on_disconnected',
  ({ connectionId }) => aggregator().disconnected(connectionId),
  {
    durable: true,
  },
);
