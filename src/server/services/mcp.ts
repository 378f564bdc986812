import 'server-only';
import { appVersion } from '@/core/config/version';
import { RateLimitedError } from '@/core/errors';
import { provide } from '@/core/singletons';
import { ContentService } from '@/features/content/service';
import { ContentValidator } from '@/features/content/validation';
import { DashboardService } from '@/features/dashboard/service';
import type { McpServices } from '@/features/mcp/ports';
import { McpService } from '@/features/mcp/service';
import { PlatformService } from '@/features/platforms/service';
import { CalendarService } from '@/features/publishing/calendar/service';
import { PublishingService } from '@/features/publishing/service';
import { SlotService } from '@/features/publishing/slots/service';
import { core } from '../core';
import { mediaFromUrl } from './media-from-url';

/** The Model Context Protocol: the services of the API as tools. */
const media: McpServices['media'] = { fromUrl: mediaFromUrl };

provide(
  'McpService',
  () =>
    new McpService(
      {
        channels: PlatformService.getInstance(),
        posts: {
          validate: (organizationId, request) =>
            ContentValidator.getInstance().validate(organizationId, request),
          create: (actor, request) => ContentService.getInstance().create(actor, request),
          update: (actor, id, version, patch) =>
            ContentService.getInstance().update(actor, id, version, patch),
          get: (actor, id) => ContentService.getInstance().get(actor, id),
          list: (actor, query) => ContentService.getInstance().list(actor, query),
          publish: (actor, request, wait, signal) =>
            ContentService.getInstance().publish(actor, request, wait, signal),
        },
        runs: PublishingService.getInstance(),
        calendar: {
          calendar: (actor, query) => CalendarService.getInstance().calendar(actor, query),
        },
        slots: { list: (actor) => SlotService.getInstance().list(actor) },
        media,
        analytics: DashboardService.getInstance(),
        async limit(rateClass, actor) {
          const key = actor.apiKeyId ? `key:${actor.apiKeyId}` : `user:${actor.userId}`;
          const verdict = await core.rateLimiter.consume(rateClass, key);
          if (verdict.allowed) return;
          throw new RateLimitedError(
            `You can do this ${verdict.limit} times a minute. Wait a moment and try again.`,
            verdict.resetSeconds,
          );
        },
        async once(scope, key, input, run) {
          const begun = await core.idempotency.begin(
            scope,
            key,
            new TextEncoder().encode(JSON.stringify(input)),
          );
          if ('status' in begun) return begun.body === null ? {} : JSON.parse(begun.body);
          try {
            const answer = await run();
            await begun.complete({ status: 200, body: JSON.stringify(answer) });
            return answer;
          } catch (error) {
            await begun.abandon();
            throw error;
          }
        },
      },
      appVersion(core.env.APP_COMMIT),
    ),
);
