import 'server-only';
import { hostname } from 'node:os';
import { provide, singleton } from '@/core/singletons';
import type { ShortLinkService } from '@/features/content/link-service';
import type { MediaService } from '@/features/content/media-service';
import { platformConnected } from '@/features/platforms/events';
import type { PlatformRepository } from '@/features/platforms/repository';
import { PlatformService } from '@/features/platforms/service';
import { CalendarRepository } from '@/features/publishing/calendar/repository';
import { CalendarService } from '@/features/publishing/calendar/service';
import { DEFAULT_DISPATCH, RunDispatcher } from '@/features/publishing/dispatcher';
import { RunExecutor } from '@/features/publishing/executor';
import { subscribePublishing } from '@/features/publishing/handlers';
import { type ChannelGates, PublishingRepository } from '@/features/publishing/repository';
import { PublishingService } from '@/features/publishing/service';
import { SlotRepository } from '@/features/publishing/slots/repository';
import { SlotService } from '@/features/publishing/slots/service';
import { DEFAULT_TIMING } from '@/features/publishing/timing';
import { core } from '../core';
import { listen } from '../listen';

/** Publishing: runs, and the machine that carries each of them out once. */
const platforms = () => singleton<PlatformRepository>('PlatformRepository');

/** Names this process in leases; two processes of one machine differ. */
const owner = `${hostname().slice(0, 40)}-${core.ids.next()}`;

/** Read inside the intent's transaction: what the channel says about sending at this very moment. */
const gates: ChannelGates = {
  async gateIn(tx, organizationId, connectionId) {
    const connection = await tx.get(platforms().connectionRef(connectionId));
    if (connection?.organizationId !== organizationId) return null;
    const { requiresApproval, concurrentCommits } = connection.settings;
    return { health: connection.health, requiresApproval, concurrentCommits };
  },
};

provide('PublishingRepository', () => new PublishingRepository(core.db, core.outbox, core.ids, gates));
provide(
  'RunExecutor',
  () =>
    new RunExecutor({
      repository: singleton<PublishingRepository>('PublishingRepository'),
      channels: {
        publishingContext: (organizationId, connectionId) =>
          PlatformService.getInstance().publishingContext(organizationId, connectionId),
      },
      media: {
        sources: (organizationId, mediaIds) =>
          singleton<MediaService>('MediaService').sources(organizationId, mediaIds),
      },
      links: {
        forms: (channel, post, urls) =>
          singleton<ShortLinkService>('ShortLinkService').forms(post, channel, urls),
      },
      bus: core.bus,
      clock: core.clock,
      ids: core.ids,
      random: Math.random,
      timing: DEFAULT_TIMING,
      lateLimit: core.env.PUBLISH_LATE_LIMIT_HOURS * 3600_000,
      owner,
    }),
);

/** A fresh dispatcher: the worker keeps one turning, a sweep uses its own. */
export function newDispatcher(): RunDispatcher {
  return new RunDispatcher(
    singleton<PublishingRepository>('PublishingRepository'),
    singleton<RunExecutor>('RunExecutor'),
    core.clock,
    { owner, ...DEFAULT_DISPATCH },
  );
}

provide(
  'PublishingService',
  () =>
    new PublishingService({
      repository: singleton<PublishingRepository>('PublishingRepository'),
      dispatcher: newDispatcher,
      clock: core.clock,
      random: Math.random,
      timing: DEFAULT_TIMING,
    }),
);

provide('CalendarRepository', () => new CalendarRepository(core.db));
provide(
  'CalendarService',
  () =>
    new CalendarService(
      singleton<CalendarRepository>('CalendarRepository'),
      singleton<SlotRepository>('SlotRepository'),
    ),
);
provide('SlotRepository', () => new SlotRepository(core.db));
provide(
  'SlotService',
  () =>
    new SlotService({
      repository: singleton<SlotRepository>('SlotRepository'),
      channels: {
        exists: async (organizationId, connectionId) => {
          const connection = await platforms().connection(connectionId);
          return connection?.organizationId === organizationId && connection.active;
        },
      },
      clock: core.clock,
      ids: core.ids,
    }),
);

subscribePublishing(listen, {
  rollUp: (...post) => PublishingService.getInstance().rollUp(...post),
});

/** Posts that waited for a channel to be reconnected go on. */
listen(
  platformConnected,
  'publishing.release',
  async ({ connectionId }) => {
    await PublishingService.getInstance().channelReconnected(connectionId);
  },
  { durable: true },
);
