import 'server-only';
import { appVersion } from '@/core/config/version';
import { ExternalServiceError, RateLimitedError, ValidationError } from '@/core/errors';
import { statusFailure } from '@/core/http/outbound-failure';
import { provide } from '@/core/singletons';
import { MediaService } from '@/features/content/media-service';
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

/** A gigabyte, as an upload may have. */
const MEDIA_BYTES = 1024 ** 3;
const MEDIA_MS = 120_000;

/** The Model Context Protocol: the services of the API as tools. */
const media: McpServices['media'] = {
  async fromUrl(actor, { url, filename, altText, tags }, signal) {
    try {
      const response = await core.outbound.request({
        url,
        guarded: true,
        signal,
        timeoutMs: MEDIA_MS,
        maxResponseBytes: MEDIA_BYTES,
      });
      if (!response.ok) {
        await response.discard();
        throw statusFailure(new URL(url).hostname, response, { now: core.clock.now() });
      }
      const name = filename ?? nameIn(response.url);
      const file = { source: response.chunks(), filename: name, altText, tags, from: 'url' as const };
      return await MediaService.getInstance().upload(actor, file);
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      // The address is the caller's: what is wrong with it is a fault of the input.
      throw ValidationError.at('input.url', `The file could not be fetched. ${error.message}`);
    }
  },
};

function nameIn(address: string): string | undefined {
  const last = new URL(address).pathname.split('/').at(-1) ?? '';
  return last.slice(0, 200) || undefined;
}

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
