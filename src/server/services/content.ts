import 'server-only';
import { clientIp } from '@/core/http/request-facts';
import { provide, singleton } from '@/core/singletons';
import type { AnalyticsRepository } from '@/features/analytics/repository';
import { AccessService } from '@/features/auth/access';
import type { ChannelDirectory } from '@/features/content/channel-directory';
import { ClientReviewService } from '@/features/content/client-review';
import { DraftWriter } from '@/features/content/draft-writer';
import { postDeleted, seriesChanged } from '@/features/content/events';
import { ImportService } from '@/features/content/import-service';
import { LibraryRepository } from '@/features/content/library-repository';
import { LibraryService } from '@/features/content/library-service';
import { LinkRepository } from '@/features/content/link-repository';
import { ShortLinkService } from '@/features/content/link-service';
import { MediaLinks } from '@/features/content/media-links';
import { MediaRepository } from '@/features/content/media-repository';
import { MediaService } from '@/features/content/media-service';
import type { MediaStore } from '@/features/content/media-store';
import { MediaUploadRepository } from '@/features/content/media-upload-repository';
import { MediaUploads } from '@/features/content/media-uploads';
import { NeighbourFinder } from '@/features/content/neighbour-finder';
import type { OrganizationPolicy, RunMetricsSource } from '@/features/content/ports';
import { BitlyShortener } from '@/features/content/providers/bitly';
import { CloudMediaStore } from '@/features/content/providers/cloud-media-store';
import { LocalMediaStore } from '@/features/content/providers/local-media-store';
import { SeriesMaterialiser } from '@/features/content/recurrence/materialising';
import { SeriesRepository } from '@/features/content/recurrence/repository';
import { RecurrenceService } from '@/features/content/recurrence/service';
import { ContentRepository } from '@/features/content/repository';
import { ReviewDecisions } from '@/features/content/review-decisions';
import { ReviewLinkService } from '@/features/content/review-links';
import { ReviewRepository } from '@/features/content/review-repository';
import { ReviewService } from '@/features/content/review-service';
import type { RunPlanner } from '@/features/content/run-planner';
import { ContentService } from '@/features/content/service';
import { TimeFinder, type TimeSource } from '@/features/content/time-finder';
import { ContentValidator } from '@/features/content/validation';
import type { AuditLog } from '@/features/organizations/audit';
import type { OrganizationRepository } from '@/features/organizations/repository';
import type { PlatformRepository } from '@/features/platforms/repository';
import type { CalendarRepository } from '@/features/publishing/calendar/repository';
import { TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { core } from '../core';
import { listen } from '../listen';
import { mediaFromUrl } from './media-from-url';

/** Content: posts, and the media library they draw from. */
const connections = () => singleton<PlatformRepository>('PlatformRepository');

const channels: ChannelDirectory = {
  async connections(organizationId, ids) {
    const found = await Promise.all([...new Set(ids)].map((id) => connections().connection(id)));
    return new Map(
      found.flatMap((one) => (one?.organizationId === organizationId ? [[one.id, one] as const] : [])),
    );
  },
  async ofPlatform(organizationId, platform) {
    return (await connections().active(organizationId)).filter((one) => one.platform === platform);
  },
};

const organizations: OrganizationPolicy = {
  async contentPolicy(organizationId) {
    const found =
      await singleton<OrganizationRepository>('OrganizationRepository').organization(organizationId);
    return {
      approvalRequired: found?.settings.approvalRequired ?? false,
      scheduledPosts: TIER_DEFINITIONS[found?.billing.tier ?? 'free'].limits.scheduledPosts,
    };
  },
};

const metrics: RunMetricsSource = {
  async ofRuns(runIds) {
    const analytics = singleton<AnalyticsRepository>('AnalyticsRepository');
    const subjects = await Promise.all(runIds.map((runId) => analytics.subject(runId)));
    return subjects.flatMap((subject) =>
      subject?.measuredAt
        ? [{ runId: subject.id, measuredAt: subject.measuredAt, metrics: subject.latest }]
        : [],
    );
  },
};

provide('MediaRepository', () => new MediaRepository(core.db));

/** A bucket where one is set, a folder of this machine otherwise. */
provide('MediaStore', (): MediaStore => {
  const { FIREBASE_STORAGE_BUCKET: bucket, MEDIA_DIR } = core.env;
  if (!bucket) return new LocalMediaStore(MEDIA_DIR);
  return new CloudMediaStore(async () => {
    const { getStorage } = await import('firebase-admin/storage');
    const { adminApp } = await import('@/core/db/firebase');
    return getStorage(adminApp(core.env)).bucket(bucket);
  }, core.outbound);
});

provide(
  'MediaService',
  () =>
    new MediaService(
      singleton<MediaRepository>('MediaRepository'),
      singleton<MediaStore>('MediaStore'),
      channels,
      new MediaLinks(core.encryption, core.clock, core.env.APP_URL),
      core.ids,
    ),
);

provide(
  'MediaUploads',
  () =>
    new MediaUploads({
      repository: new MediaUploadRepository(core.db),
      media: singleton<MediaService>('MediaService'),
      store: singleton<MediaStore>('MediaStore'),
      clock: core.clock,
      ids: core.ids,
    }),
);
core.cron.on('maintenance', 'media_uploads', ({ until, signal }) =>
  MediaUploads.getInstance().expire(() => !signal.aborted && core.clock.now() < until),
);

provide('LibraryRepository', () => new LibraryRepository(core.db));
provide(
  'LibraryService',
  () => new LibraryService(singleton<LibraryRepository>('LibraryRepository'), core.ids),
);
const shortLinkBase = () => core.env.SHORT_LINK_URL ?? core.env.APP_URL;

provide('ShortLinkService', () => {
  const { BITLY_ACCESS_TOKEN: token, BITLY_API_BASE_URL: url } = core.env;
  return new ShortLinkService({
    repository: new LinkRepository(core.db),
    campaigns: singleton<LibraryRepository>('LibraryRepository'),
    external: token ? new BitlyShortener(core.outbound, token, url) : null,
    base: shortLinkBase(),
    random: Math.random,
    async visit(from) {
      const address = clientIp(from, core.env.PROXY_HOPS);
      const verdict = await core.rateLimiter.consume('visit', `ip:${address}`);
      return verdict.allowed ? 0 : verdict.resetSeconds;
    },
  });
});
provide('ContentRepository', () => new ContentRepository(core.db));
provide(
  'ContentValidator',
  () =>
    new ContentValidator(channels, singleton<MediaService>('MediaService'), core.clock, {
      base: shortLinkBase(),
      campaigns: singleton<LibraryRepository>('LibraryRepository'),
    }),
);
provide(
  'ContentService',
  () =>
    new ContentService({
      repository: singleton<ContentRepository>('ContentRepository'),
      validator: singleton<ContentValidator>('ContentValidator'),
      planner: singleton<RunPlanner>('PublishingService'),
      neighbours: new NeighbourFinder(singleton<ContentRepository>('ContentRepository'), {
        async dueBetween(organizationId, from, to) {
          const repository = singleton<CalendarRepository>('CalendarRepository');
          return (await repository.runs(organizationId, { from, to })).items;
        },
      }),
      times: new TimeFinder(
        { queue: singleton<TimeSource>('SlotService'), best: singleton<TimeSource>('BestTimeService') },
        core.clock,
      ),
      series: singleton<SeriesRepository>('SeriesRepository'),
      organizations,
      campaigns: singleton<LibraryRepository>('LibraryRepository'),
      metrics,
      links: singleton<ShortLinkService>('ShortLinkService'),
      outbox: core.outbox,
      clock: core.clock,
      ids: core.ids,
    }),
);
const decisions = () => singleton<ReviewDecisions>('ReviewDecisions');
provide(
  'ReviewDecisions',
  () =>
    new ReviewDecisions({
      repository: singleton<ContentRepository>('ContentRepository'),
      reviews: new ReviewRepository(core.db),
      planner: singleton<RunPlanner>('PublishingService'),
      audit: singleton<AuditLog>('AuditLog'),
      outbox: core.outbox,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide('ReviewService', () => new ReviewService(decisions()));
provide('ReviewLinkService', () => new ReviewLinkService(decisions().deps, core.env.APP_URL));
provide(
  'ClientReviewService',
  () =>
    new ClientReviewService(
      decisions(),
      {
        channels,
        async organizationName(organizationId) {
          const repository = singleton<OrganizationRepository>('OrganizationRepository');
          return (await repository.organization(organizationId))?.profile.name ?? '';
        },
        async assets(organizationId, ids) {
          return [
            ...(await singleton<MediaRepository>('MediaRepository').getMany(organizationId, ids)).values(),
          ];
        },
        open(organizationId, mediaId, width) {
          const media = singleton<MediaService>('MediaService');
          return width === null
            ? media.open(organizationId, mediaId)
            : media.openThumbnail(organizationId, mediaId, width);
        },
      },
      core.encryption,
    ),
);
listen(
  postDeleted,
  'content.forget_review',
  ({ organizationId, postId }) => singleton<ReviewService>('ReviewService').forget(organizationId, postId),
  { durable: true },
);
provide(
  'ImportService',
  () =>
    new ImportService({
      content: singleton<ContentService>('ContentService'),
      channels: (organizationId) => connections().active(organizationId),
      campaigns: (organizationId) =>
        singleton<LibraryRepository>('LibraryRepository').everyCampaign(organizationId),
      media: {
        fetch: async (actor, url, signal) => (await mediaFromUrl(actor, { url }, signal)).asset.id,
        refusal: (url) => core.outbound.refusal(url),
      },
    }),
);
provide(
  'DraftWriter',
  () =>
    new DraftWriter({
      repository: singleton<ContentRepository>('ContentRepository'),
      channels,
      outbox: core.outbox,
      ids: core.ids,
    }),
);

provide('SeriesRepository', () => new SeriesRepository(core.db));
provide(
  'RecurrenceService',
  () =>
    new RecurrenceService({
      repository: singleton<SeriesRepository>('SeriesRepository'),
      validator: singleton<ContentValidator>('ContentValidator'),
      outbox: core.outbox,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'SeriesMaterialiser',
  () =>
    new SeriesMaterialiser({
      repository: singleton<SeriesRepository>('SeriesRepository'),
      posts: ContentService.getInstance(),
      actors: {
        actorOf: (organizationId, userId) =>
          AccessService.getInstance().actor(
            { kind: 'user', userId, email: null, emailVerified: true, via: 'bearer', authTime: 0 },
            organizationId,
          ),
      },
      clock: core.clock,
    }),
);

/** Posts of a series follow it at once; the nightly upkeep carries every series on. */
listen(
  seriesChanged,
  'content.materialise',
  async ({ seriesId }) => {
    await SeriesMaterialiser.getInstance().reconcile(seriesId);
  },
  { durable: true },
);
core.cron.on('maintenance', 'series', (context) => SeriesMaterialiser.getInstance().sweep(context));
