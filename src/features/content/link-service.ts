import 'server-only';
import { createHash } from 'node:crypto';
import { isbot } from 'isbot';
import { RateLimitedError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { ChannelSettings, PlatformId } from '@/features/platforms/schema';
import type { LinkRepository } from './link-repository';
import type { LinkClicks, ShortLink } from './link-schema';
import { isShortened, type LinkFacts, type LinkForm, SHORT_ID_LENGTH, shortUrl, trackedUrl } from './links';
import type { CampaignBook } from './ports';
import type { ExternalShortener } from './providers/bitly';
import type { Post } from './schema';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** How many other ids are tried for a link whose own is taken: at 59 bits the first is all it ever takes. */
const TRIES = 3;

/** The channel a link goes out on. */
export interface LinkChannel {
  connectionId: string;
  platform: PlatformId;
  handle: string;
  settings: ChannelSettings;
}

export interface LinkDependencies {
  repository: LinkRepository;
  campaigns: Pick<CampaignBook, 'nameOf'>;
  /** Null: the operator has set none up. */
  external: ExternalShortener | null;
  /** Where our short links live. */
  base: string;
  random: () => number;
  /** Counts a visitor's request. @returns seconds to wait; 0: go on. */
  visit(from: Visit): Promise<number>;
}

/** What a visitor's request says about itself. */
export interface Visit {
  method: string;
  headers: Pick<Headers, 'get'>;
}

/** Short links: made once for each post, channel and address; followed by people, who are counted. */
export class ShortLinkService {
  /** Visits that came in while a counter was being written, by link. */
  readonly #waiting = new Map<string, number>();

  constructor(readonly deps: LinkDependencies) {}

  static getInstance(): ShortLinkService {
    return singleton<ShortLinkService>('ShortLinkService');
  }

  /**
   * The links of one channel's post as they are sent. What was decided for a link once is kept, so that every attempt of a run
   * sends the same. @param urls every address in it, as written.
   */
  async forms(
    post: Pick<Post, 'id' | 'organizationId' | 'campaignId'>,
    channel: LinkChannel,
    urls: readonly string[],
  ): Promise<LinkForm> {
    const campaign = post.campaignId
      ? await this.deps.campaigns.nameOf(post.organizationId, post.campaignId)
      : undefined;
    const { handle, platform: network, settings } = channel;
    const values = { channel: handle, network, post: post.id, campaign: campaign ?? undefined };
    const facts: LinkFacts = { settings, base: this.deps.base, values };
    const sent = new Map<string, string>();
    for (const url of new Set(urls)) {
      const target = trackedUrl(url, facts);
      const short = isShortened(url, facts) ? await this.#stored(post, channel, target) : null;
      sent.set(url, short?.url ?? target);
    }
    return (url) => sent.get(url) ?? url;
  }

  /**
   * Where a visitor is sent; null for an id that we did not make. Counts people in the background.
   * @throws RateLimitedError for one that asks too often.
   */
  async follow(id: string, visit: Visit): Promise<{ target: string; counted: Promise<void> } | null> {
    if (id.length !== SHORT_ID_LENGTH || !/^[0-9A-Za-z]+$/.test(id)) return null;
    const seconds = await this.deps.visit(visit);
    if (seconds > 0) throw new RateLimitedError('You followed too many links. Wait a moment.', seconds);
    const link = await this.deps.repository.link(id);
    if (link?.via !== 'built_in') return null;
    return { target: link.target, counted: isPerson(visit) ? this.#count(link) : Promise.resolve() };
  }

  /** Every short link of a post with its visits. */
  async ofPost(organizationId: string, postId: string): Promise<LinkClicks[]> {
    const links = await this.deps.repository.ofPost(organizationId, postId);
    const runs = [...new Set(links.map((link) => link.runId))];
    const sums = new Map(
      (await Promise.all(runs.map((runId) => this.deps.repository.clicksOfRun(runId)))).flatMap((one) => [
        ...one,
      ]),
    );
    return links.map(({ id, connectionId, runId, target, url, via }) => {
      const clicks = via === 'built_in' ? (sums.get(id) ?? 0) : null;
      return { id, connectionId, runId, target, url, clicks };
    });
  }

  /** Visits of all short links of a run; null when it has none that we count. */
  async clicksOfRun(organizationId: string, runId: string): Promise<number | null> {
    const links = await this.deps.repository.ofRun(organizationId, runId);
    if (!links.some((link) => link.via === 'built_in')) return null;
    const sums = await this.deps.repository.clicksOfRun(runId);
    return [...sums.values()].reduce((sum, one) => sum + one, 0);
  }

  async #stored(
    post: Pick<Post, 'id' | 'organizationId'>,
    channel: LinkChannel,
    target: string,
  ): Promise<ShortLink | null> {
    const { connectionId } = channel;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const id = linkId(post.id, connectionId, target, attempt);
      const link = (await this.deps.repository.link(id)) ?? (await this.#make(id, post, channel, target));
      if (link?.postId === post.id && link.connectionId === connectionId && link.target === target)
        return link;
    }
    return null;
  }

  async #make(
    id: string,
    post: Pick<Post, 'id' | 'organizationId'>,
    { connectionId, settings }: LinkChannel,
    target: string,
  ): Promise<ShortLink | null> {
    const { organizationId } = post;
    const runId = `${post.id}_${connectionId}`;
    const form =
      settings.links?.shortener === 'bitly'
        ? await this.#external(target)
        : ({ url: shortUrl(this.deps.base, id), via: 'built_in' } as const);
    const known = { organizationId, postId: post.id, connectionId, runId, target };
    return this.deps.repository.create(id, { ...known, ...form });
  }

  /** Fails open: a post is worth more than a short address. */
  async #external(target: string): Promise<Pick<ShortLink, 'url' | 'via'>> {
    try {
      if (this.deps.external) return { url: await this.deps.external.shorten(target), via: 'bitly' };
    } catch (error) {
      logger.warn({ err: error }, 'a link could not be shortened; the long address is sent');
    }
    return { url: target, via: 'none' };
  }

  /** One write at a time for each link and process: what comes in meanwhile goes with the next. */
  async #count(link: ShortLink): Promise<void> {
    const waiting = this.#waiting.get(link.id);
    this.#waiting.set(link.id, (waiting ?? 0) + 1);
    if (waiting !== undefined) return;
    try {
      for (let count = this.#waiting.get(link.id); count; count = this.#waiting.get(link.id)) {
        this.#waiting.set(link.id, 0);
        await this.deps.repository.addClicks(link, count, this.deps.random());
      }
    } finally {
      this.#waiting.delete(link.id);
    }
  }
}

/** Crawlers, link previews and browsers that look ahead are no visitors. */
export function isPerson({ method, headers }: Visit): boolean {
  if (method !== 'GET') return false;
  const ahead = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) ?? ''),
  );
  const agent = headers.get('user-agent');
  return !ahead && Boolean(agent) && !isbot(agent);
}

/** The same for the same post, channel and address; as good as random to whoever does not know the post's random id. */
function linkId(postId: string, connectionId: string, target: string, attempt: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([postId, connectionId, target, attempt]))
    .digest();
  let rest = BigInt(`0x${hash.toString('hex')}`);
  let id = '';
  for (; id.length < SHORT_ID_LENGTH; rest /= 62n) id += BASE62[Number(rest % 62n)];
  return id;
}
