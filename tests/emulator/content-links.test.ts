import { FakeBitly } from '@tests/fakes/bitly';
import { call, type Person, team } from '@tests/support/accounts';
import { sandboxChannel } from '@tests/support/content';
import { postsApi as api } from '@tests/support/posts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATCH as CHANGE_ACCOUNT } from '@/app/api/accounts/[id]/route';
import { POST as PUBLISH } from '@/app/api/content/publish/route';
import { POST as VALIDATE } from '@/app/api/posts/validate/route';
import { GET as FOLLOW } from '@/app/l/[id]/route';
import { OutboundHttp } from '@/core/http/outbound';
import { RateLimiter } from '@/core/http/rate-limit';
import { RATE_LIMITS } from '@/core/http/rate-limits';
import { provide } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import type { PublishAnswer, ValidateAnswer } from '@/features/content/answer-schema';
import { LinkRepository } from '@/features/content/link-repository';
import { ShortLinkService } from '@/features/content/link-service';
import { BitlyShortener } from '@/features/content/providers/bitly';
import { channelSettingsSchema } from '@/features/platforms/schema';
import { core } from '@/server/core';

const PERSON =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';
const visit = (headers: Record<string, string> = {}, method = 'GET') => ({
  method,
  headers: new Headers({ 'user-agent': PERSON, ...headers }),
});
const long = `https://shop.example/${'tulips/'.repeat(20)}?size=a%20b`;
let organizationId: string;
let owner: Person;
let channel: string;

beforeAll(async () => {
  ({ organizationId, owner } = await team());
  channel = await sandboxChannel(organizationId, owner.uid);
  const links = { shortener: 'built_in', utm: { source: '{{network}}', campaign: '{{post}}' } };
  const path = `/api/accounts/${channel}`;
  expect((await call(CHANGE_ACCOUNT, { path, body: { links }, as: owner })).status).toBe(200);
});

describe('short links', () => {
  it('count in their short form, go out once made, lead people there and count them, and nobody else', async () => {
    const text = `Fresh: ${long}.`;
    const checked = await call<ValidateAnswer>(VALIDATE, {
      path: '/api/posts/validate',
      body: { master: { text }, channels: [{ connectionId: channel }] },
      as: owner,
    });
    const base = core.env.APP_URL;
    const sentText = `Fresh: ${base}/l/0000000000.`;
    expect(checked.json.channels[0]?.counts.characters).toBe(sentText.length);

    const out = await call<PublishAnswer>(PUBLISH, {
      path: '/api/content/publish?wait=20',
      body: { master: { text, link: long }, channels: [{ connectionId: channel }] },
      as: owner,
    });
    expect(out.json.runs[0]?.status).toBe('published');
    const id = out.json.postId;
    const detail = (await api.get(owner, id)).json;
    // Text and link field name the same address: one short link.
    expect(detail.links).toHaveLength(1);
    const [link] = detail.links;
    expect(link?.target).toBe(`${long}&utm_source=sandbox&utm_campaign=${id}`);
    expect(link?.url).toHaveLength(`${base}/l/0000000000`.length);

    const service = ShortLinkService.getInstance();
    const linkId = link?.id ?? '';
    const follow = async (one: ReturnType<typeof visit>) => {
      const followed = await service.follow(linkId, one);
      await followed?.counted;
      return followed?.target;
    };
    expect(await follow(visit())).toBe(link?.target);
    await Promise.all(Array.from({ length: 20 }, () => follow(visit())));
    await follow(visit({ 'user-agent': 'facebookexternalhit/1.1' }));
    await follow(visit({ 'user-agent': '' }));
    await follow(visit({ 'sec-purpose': 'prefetch;prerender' }));
    await follow(visit({}, 'HEAD'));
    expect((await api.get(owner, id)).json.links[0]?.clicks).toBe(21);
    expect(await service.clicksOfRun(organizationId, `${id}_${channel}`)).toBe(21);
    for (const unknown of ['0000000000', '../etc', 'https://evil.example', linkId.toLowerCase() + linkId])
      expect(await service.follow(unknown, visit())).toBeNull();
  });
});

describe('a visitor', () => {
  it('who asks too often waits, and nobody else does', async () => {
    const limits = { ...RATE_LIMITS, visit: { perMinute: 2 } };
    provide('RateLimiter', () => new RateLimiter(null, new FixedClock(new Date()), limits));
    const ask = (address: string) => {
      const headers = { 'x-forwarded-for': address };
      const params = Promise.resolve({ id: '0000000000' });
      return FOLLOW(new Request(`${core.env.APP_URL}/l/0000000000`, { headers }), { params });
    };
    const answers = [await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 429]);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('192.0.2.2')).status).toBe(404);
    provide('RateLimiter', () => new RateLimiter(core.redis));
  });
});

describe('another shortener', () => {
  const bitly = new FakeBitly();
  let service: ShortLinkService;
  const settings = channelSettingsSchema.parse({ links: { shortener: 'bitly' } });
  const on = () => ({ connectionId: channel, platform: 'sandbox' as const, handle: 'shop', settings });
  beforeAll(async () => {
    const url = await bitly.start();
    service = new ShortLinkService({
      repository: new LinkRepository(core.db),
      campaigns: { nameOf: async () => undefined },
      external: new BitlyShortener(new OutboundHttp(), 'bitly-token', url),
      base: 'https://go.example',
      random: Math.random,
      visit: async () => 0,
    });
  });
  afterAll(() => bitly.stop());

  it('is asked once for each post, channel and address', async () => {
    const post = { id: core.ids.next('post'), organizationId };
    const [first, second] = [
      await service.forms(post, on(), [long]),
      await service.forms(post, on(), [long]),
    ];
    expect(first(long)).toMatch(/^https:\/\/bit\.ly\//);
    expect([second(long), bitly.calls]).toEqual([first(long), 1]);
  });

  it.each(['500', 'reset', 'malformed'] as const)(
    '%s: the long address goes out, and stays what is sent',
    async (fault) => {
      const post = { id: core.ids.next('post'), organizationId };
      bitly.fault = fault;
      expect((await service.forms(post, on(), [long]))(long)).toBe(long);
      bitly.fault = 'none';
      expect((await service.forms(post, on(), [long]))(long)).toBe(long);
    },
  );
});
