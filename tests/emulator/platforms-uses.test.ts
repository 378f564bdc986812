import { randomUUID } from 'node:crypto';
import { FakeReddit } from '@tests/fakes/platforms/reddit';
import { FakeTikTok } from '@tests/fakes/platforms/tiktok';
import { anActor, type PlatformWorld, platformWorld } from '@tests/support/platforms';
import { expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformId } from '@/features/platforms/schema';

const clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));

async function connected(
  { service }: PlatformWorld,
  actor: ReturnType<typeof anActor>,
  platform: PlatformId,
): Promise<string> {
  const begun = await service.connect(actor, { platform });
  if (!('authorizationUrl' in begun)) throw new Error('no consent page');
  const page = await fetch(begun.authorizationUrl, { redirect: 'manual' });
  const back = new URL(page.headers.get('location') ?? '').searchParams;
  const answer = { state: back.get('state') ?? '', code: back.get('code') ?? '' };
  const { redirectTo } = await service.callback(platform, actor.userId, answer);
  return new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
}

it('counts the uses of an allowance that all accounts share, and loses none of those at once', async () => {
  const { repository } = platformWorld({ clock });
  const name = `uploads_${randomUUID()}`;
  const ends = new Date('2026-11-22T08:00:00Z');
  await Promise.all(
    Array.from({ length: 12 }, () => repository.countUse('youtube', name, '2026-11-21', ends)),
  );
  expect(await repository.uses('youtube', name, '2026-11-21')).toBe(12);
  expect(await repository.uses('youtube', name, '2026-11-22')).toBe(0);
});

it('lists communities, and one of them with its rules and flairs', async () => {
  const fake = new FakeReddit(clock);
  await fake.start();
  const world = platformWorld({
    clock,
    env: {
      REDDIT_CLIENT_ID: fake.clientId,
      REDDIT_CLIENT_SECRET: fake.clientSecret,
      REDDIT_API_BASE_URL: fake.url,
      REDDIT_AUTH_BASE_URL: fake.url,
    },
  });
  const actor = anActor(`org-${randomUUID()}`, `user-${randomUUID()}`);
  const id = await connected(world, actor, 'reddit');
  expect((await world.service.targets(actor, id)).items.map((one) => one.id)).toEqual([
    'u_irisync_test',
    ...fake.communities,
  ]);
  expect((await world.service.targets(actor, id, 'gardening')).items).toMatchObject([
    { id: 'gardening', rules: ['Be kind', 'Name the plant'], labels: [{ id: 'f1', name: 'Question' }] },
  ]);
  await fake.stop();
});

it('says with the channel itself whom its posts may reach', async () => {
  const fake = new FakeTikTok(clock);
  await fake.start();
  const world = platformWorld({
    clock,
    env: {
      TIKTOK_CLIENT_KEY: fake.clientKey,
      TIKTOK_CLIENT_SECRET: fake.clientSecret,
      TIKTOK_API_BASE_URL: fake.url,
      TIKTOK_AUTH_BASE_URL: fake.url,
    },
  });
  const actor = anActor(`org-${randomUUID()}`, `user-${randomUUID()}`);
  const id = await connected(world, actor, 'tiktok');
  expect((await world.service.get(actor, id)).limits.visibilities).toEqual(['self']);
  const target = { organizationId: actor.organizationId, connectionId: id };
  const { findings } = await world.service.validate(target, { text: 'Hi', media: [] });
  expect(findings.map(({ code }) => code)).toContain('visibility_limited');
  await fake.stop();
});
