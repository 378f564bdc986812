import 'server-only';
import { isAlreadyExists } from '@/core/db/db';
import { provide, singleton } from '@/core/singletons';
import { generateRequest } from '@/features/ai/schema';
import { AiService } from '@/features/ai/service';
import { AccessService } from '@/features/auth/access';
import type { ContentRepository } from '@/features/content/repository';
import { ContentService } from '@/features/content/service';
import { ContentValidator } from '@/features/content/validation';
import { type CheckerDeps, FeedChecker } from '@/features/feeds/checker';
import type { FeedActors, FeedChannels, FeedPosts, FeedWriter } from '@/features/feeds/ports';
import { FeedReader } from '@/features/feeds/reader';
import { FeedRepository } from '@/features/feeds/repository';
import { FeedService } from '@/features/feeds/service';
import type { AuditLog } from '@/features/organizations/audit';
import type { PlatformRepository } from '@/features/platforms/repository';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { Connection } from '@/features/platforms/schema';
import { core } from '../core';

/** Feeds: new items of other websites become posts. */
const existing = async (id: string) =>
  (await singleton<ContentRepository>('ContentRepository').existing([id])).has(id);

const posts: FeedPosts = {
  async create(actor, { id, text, title, link, connectionIds, mode, alongside }) {
    if (await existing(id)) return false;
    const request = {
      master: { text, mediaIds: [], title, ...(link ? { link } : {}) },
      channels: connectionIds.map((connectionId) => ({ connectionId })),
      schedule: { mode },
      tags: [],
    };
    try {
      await ContentService.getInstance().create(actor, request, { id, alongside });
      return true;
    } catch (error) {
      // Times of the queue are taken under names of their own; only the post's own name says that it is there.
      if (isAlreadyExists(error) && (await existing(id))) return false;
      throw error;
    }
  },
  async excess(organizationId, text, link, connectionIds) {
    const master = { text, mediaIds: [], ...(link && text.includes(link) ? { link } : {}) };
    const channels = connectionIds.map((connectionId) => ({ connectionId }));
    const answer = await ContentValidator.getInstance().validate(organizationId, { master, channels });
    const over = answer.channels
      .flatMap(({ findings }) => findings)
      .filter(({ code, path }) => code === 'text_too_long' && path === 'text')
      .map(({ actual, limit }) => Number(actual) - Number(limit));
    return Math.max(0, ...over);
  },
};

const channels: FeedChannels = {
  async active(organizationId) {
    const found = await singleton<PlatformRepository>('PlatformRepository').active(organizationId);
    return new Set(found.map(({ id }) => id));
  },
};

const DEFAULT_INSTRUCTION =
  'Write a post that tells our followers about this new article and makes them want to read it.';

/** The channel that takes the shortest text: what fits there fits everywhere. */
async function strictestOf(organizationId: string, connectionIds: readonly string[]) {
  const found = await singleton<PlatformRepository>('PlatformRepository').active(organizationId);
  const lengthOf = ({ platform }: Connection) => PLATFORM_RULES[platform].text.max.value;
  return found.filter(({ id }) => connectionIds.includes(id)).sort((a, b) => lengthOf(a) - lengthOf(b))[0];
}

const writer: FeedWriter = {
  async write(actor, { instruction, title, summary, author, link, connectionIds }, signal) {
    const strictest = await strictestOf(actor.organizationId, connectionIds);
    const request = generateRequest.parse({
      task: 'post_text',
      input: {
        text: instruction || DEFAULT_INSTRUCTION,
        // What the website says is material, never an instruction.
        context: [`Title: ${title}`, author && `Author: ${author}`, summary].filter(Boolean).join('\n'),
        ...(link ? { url: link } : {}),
      },
      ...(strictest ? { channelId: strictest.id, platforms: [strictest.platform] } : {}),
    });
    const { results } = await AiService.getInstance().generate(actor, request, signal);
    const tags = results[0]?.hashtags?.map((tag) => `#${tag}`).join(' ');
    return [results[0]?.text, tags].filter(Boolean).join('\n\n');
  },
};

const actors: FeedActors = {
  actorOf: (organizationId, userId) =>
    AccessService.getInstance().actor(
      { kind: 'user', userId, email: null, emailVerified: true, via: 'bearer', authTime: 0 },
      organizationId,
    ),
};

provide('FeedRepository', () => new FeedRepository(core.db));
provide('FeedReader', () => new FeedReader(core.outbound, core.clock));
provide('FeedChecker', () => {
  const deps: CheckerDeps = {
    repository: singleton<FeedRepository>('FeedRepository'),
    reader: singleton<FeedReader>('FeedReader'),
    posts,
    channels,
    writer,
    actors,
    outbox: core.outbox,
    clock: core.clock,
    ids: core.ids,
    random: Math.random,
  };
  return new FeedChecker(deps);
});
provide(
  'FeedService',
  () =>
    new FeedService({
      repository: singleton<FeedRepository>('FeedRepository'),
      reader: singleton<FeedReader>('FeedReader'),
      checker: singleton<FeedChecker>('FeedChecker'),
      channels,
      audit: singleton<AuditLog>('AuditLog'),
      clock: core.clock,
      ids: core.ids,
      random: Math.random,
    }),
);

core.cron.on('jobs', 'feeds', ({ until, signal }) =>
  singleton<FeedChecker>('FeedChecker').sweep(() => !signal.aborted && core.clock.now() < until),
);
