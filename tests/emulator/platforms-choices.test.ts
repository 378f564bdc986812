import { randomUUID } from 'node:crypto';
import { FakeFacebook } from '@tests/fakes/platforms/facebook';
import { FakeLinkedIn } from '@tests/fakes/platforms/linkedin';
import { anActor, announced, type PlatformWorld, platformWorld } from '@tests/support/platforms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformId } from '@/features/platforms/schema';
import { core } from '@/server/core';

const clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
const facebook = new FakeFacebook(clock);
const linkedIn = new FakeLinkedIn(clock);

beforeAll(async () => {
  await facebook.start();
  await linkedIn.start();
});
afterAll(async () => {
  await facebook.stop();
  await linkedIn.stop();
});

function world(limit: number | null = null): PlatformWorld {
  return platformWorld({
    clock,
    limit,
    env: {
      FACEBOOK_APP_ID: facebook.appId,
      FACEBOOK_APP_SECRET: facebook.appSecret,
      FACEBOOK_API_BASE_URL: facebook.url,
      FACEBOOK_AUTH_BASE_URL: facebook.url,
      FACEBOOK_UPLOAD_BASE_URL: facebook.url,
      LINKEDIN_CLIENT_ID: linkedIn.clientId,
      LINKEDIN_CLIENT_SECRET: linkedIn.clientSecret,
      LINKEDIN_ORGANIZATIONS: 'true',
      LINKEDIN_API_BASE_URL: linkedIn.url,
      LINKEDIN_AUTH_BASE_URL: linkedIn.url,
    },
  });
}

const newActor = () => anActor(`org-${randomUUID()}`, `user-${randomUUID()}`);

/** To the consent page and back, as a browser goes. @returns the query of our page. */
async function consent(
  { service }: PlatformWorld,
  actor: ReturnType<typeof anActor>,
  platform: PlatformId = 'facebook',
): Promise<URLSearchParams> {
  const begun = await service.connect(actor, { platform });
  if (!('authorizationUrl' in begun)) throw new Error('no consent page');
  const page = await fetch(begun.authorizationUrl, { redirect: 'manual' });
  const back = new URL(page.headers.get('location') ?? '').searchParams;
  const { redirectTo } = await service.callback(platform, actor.userId, {
    state: back.get('state') ?? '',
    code: back.get('code') ?? '',
  });
  return new URL(redirectTo, 'http://x').searchParams;
}

it('lets the person choose among the Pages of one consent, and each becomes a channel', async () => {
  const one = world();
  const actor = newActor();
  const choice = (await consent(one, actor)).get('choose') ?? '';
  const found = await one.service.targetChoice(actor, choice);
  expect(found).toMatchObject({
    platform: 'facebook',
    items: [
      { id: '1001', kind: 'page', name: 'Iris Garden', connected: false },
      { id: '1002', kind: 'page', name: 'Iris Shop', connected: false },
    ],
  });
  expect(JSON.stringify(found)).not.toContain('page-');
  const { items } = await one.service.connectTargets(actor, choice, ['1002', '1001']);
  expect(items.map(({ displayName, health }) => [displayName, health])).toEqual([
    ['Iris Shop', 'healthy'],
    ['Iris Garden', 'healthy'],
  ]);
  const tokens = await Promise.all(
    items.map(async ({ id }) => (await one.keeper.credentials(id)).accessToken),
  );
  expect(new Set(tokens).size).toBe(2);
  expect(await announced('platform_connected', items[0]?.id ?? '')).toHaveLength(1);
  expect(await one.service.targets(actor, items[0]?.id ?? '')).toMatchObject({
    items: [{ id: '1002', kind: 'page' }],
  });
  // Used up.
  await expect(one.service.targetChoice(actor, choice)).rejects.toMatchObject({ status: 404 });
});

it('renews channels that are connected already, and keeps their ids', async () => {
  const one = world(1);
  const actor = newActor();
  const first = (await consent(one, actor)).get('choose') ?? '';
  const [before] = (await one.service.connectTargets(actor, first, ['1001'])).items;
  const roomy = world();
  const again = (await consent(roomy, actor)).get('choose') ?? '';
  const { items } = await roomy.service.targetChoice(actor, again);
  expect(items.map(({ id, connected }) => [id, connected])).toEqual([
    ['1001', true],
    ['1002', false],
  ]);
  // The plan is full, but this one is in it.
  const [after] = (await one.service.connectTargets(actor, again, ['1001'])).items;
  expect(after?.id).toBe(before?.id);
});

it('connects all that were chosen or none', async () => {
  const one = world(1);
  const actor = newActor();
  const choice = (await consent(one, actor)).get('choose') ?? '';
  await expect(one.service.connectTargets(actor, choice, ['1001', '1002'])).rejects.toMatchObject({
    code: 'tier_limit',
  });
  await expect(one.service.connectTargets(actor, choice, ['1001', 'foreign'])).rejects.toMatchObject({
    status: 400,
    faults: [{ path: 'body.targetIds.1' }],
  });
  expect((await one.service.list(actor)).items).toEqual([]);
  // The choice is still open.
  expect((await one.service.connectTargets(actor, choice, ['1002', '1002'])).items).toHaveLength(1);
});

it('belongs to one person of one organisation, for half an hour, and keeps no token in the clear', async () => {
  const one = world();
  const actor = newActor();
  const choice = (await consent(one, actor)).get('choose') ?? '';
  const missing = { status: 404 };
  await expect(
    one.service.targetChoice(anActor(actor.organizationId, 'mallory'), choice),
  ).rejects.toMatchObject(missing);
  await expect(one.service.targetChoice(anActor('other-org', actor.userId), choice)).rejects.toMatchObject(
    missing,
  );
  const stored = await core.db.firestore.collection('oauth_states').where('userId', '==', actor.userId).get();
  expect(stored.docs.map((doc) => doc.get('kind'))).toEqual(['choice']);
  for (const doc of stored.docs) {
    expect(doc.id).not.toBe(choice);
    expect(JSON.stringify(doc.data())).not.toMatch(/page-\d/);
  }
  clock.advance(31 * 60_000);
  await expect(one.service.connectTargets(actor, choice, ['1001'])).rejects.toMatchObject(missing);
});

it('offers the person and the organisations of LinkedIn', async () => {
  const one = world();
  const actor = newActor();
  const choice = (await consent(one, actor, 'linkedin')).get('choose') ?? '';
  const { items } = await one.service.targetChoice(actor, choice);
  expect(items.map(({ kind, name }) => [kind, name])).toEqual([
    ['profile', 'Iris Member'],
    ['organization', 'Iris Garden GmbH'],
  ]);
  const [page] = (await one.service.connectTargets(actor, choice, [items[1]?.id ?? ''])).items;
  expect(page).toMatchObject({ accountId: 'urn:li:organization:2414183', handle: 'iris-garden' });
  expect((await one.keeper.credentials(page?.id ?? '')).refreshToken).toBeDefined();
});

it('says so when there is nothing to post to', async () => {
  const { pages } = facebook;
  const kept = pages.splice(0);
  const query = await consent(world(), newActor());
  expect(query.get('connect_error')).toBe('no_targets');
  pages.push(...kept);
});
