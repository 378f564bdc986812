import { randomBytes } from 'node:crypto';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakeLinkedIn } from '@tests/fakes/platforms/linkedin';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMetric } from '@/core/telemetry/metrics';
import { FixedClock } from '@/core/time/clock';
import { LinkedInAdapter } from '@/features/platforms/providers/linkedin/adapter';
import { classifyLinkedIn } from '@/features/platforms/providers/linkedin/api';
import { LinkedInProvider } from '@/features/platforms/providers/linkedin/provider';
import { walkConsent } from './platforms-networks-parts';

let clock: FixedClock;
let fake: FakeLinkedIn;
let adapter: LinkedInAdapter;
let provider: LinkedInProvider;
let member: TestChannel;
let page: TestChannel;

async function start(approved = true, organizations = true) {
  clock = new FixedClock(new Date('2026-11-21T22:00:00Z'));
  fake = new FakeLinkedIn(clock, approved);
  await fake.start();
  const deps = platformDependencies(
    clock,
    platformEnv({
      LINKEDIN_CLIENT_ID: fake.clientId,
      LINKEDIN_CLIENT_SECRET: fake.clientSecret,
      LINKEDIN_ORGANIZATIONS: String(organizations),
      LINKEDIN_API_BASE_URL: fake.url,
      LINKEDIN_AUTH_BASE_URL: fake.url,
      LINKEDIN_UPLOAD_BASE_URL: fake.url,
    }),
  );
  adapter = new LinkedInAdapter(deps);
  provider = new LinkedInProvider(deps);
  const first = await adapter.authenticate(await walkConsent(adapter));
  member = new TestChannel('linkedin', adapter, clock, first.credentials, first.account);
  const other = first.others?.[0] ?? first;
  page = new TestChannel('linkedin', adapter, clock, other.credentials, other.account);
  return first;
}
beforeEach(async () => void (await start()));
afterEach(() => fake.stop());

async function publish(channel: TestChannel, what: TestStep['content']) {
  const one = new TestStep(channel, 'run1', 'root', what);
  for (let round = 0; round < 5; round += 1) {
    const result = await provider.start(one.context());
    if (result.status === 'failed') throw result.error;
    one.artefacts = result.artefacts;
    if (result.status === 'ready') return await provider.finish(one.context());
  }
  throw new Error('never ready');
}

it('gives the person and the organisations in which they may post', async () => {
  await fake.stop();
  const first = await start();
  expect(first).toMatchObject({ target: 'profile', account: { accountId: 'urn:li:person:abc-DEF_1' } });
  // A role that may only look on does not count.
  expect(first.others).toMatchObject([
    {
      target: 'organization',
      account: {
        accountId: 'urn:li:organization:2414183',
        displayName: 'Iris Garden GmbH',
        profileUrl: 'https://www.linkedin.com/company/iris-garden/',
      },
    },
  ]);
});

it('asks for organisations only where the operator says that LinkedIn approved the app', async () => {
  await fake.stop();
  const first = await start(false, false);
  expect(first.others).toEqual([]);
  expect(first.credentials.scopes).toEqual(['openid', 'profile', 'w_member_social']);
  // Without approval there is no refresh token either: the person connects again.
  expect(first.credentials.refreshToken).toBeUndefined();
});

it('posts in the name of whom the channel stands for', async () => {
  await publish(member, content('From me'));
  await publish(page, content('From us'));
  expect([...fake.shares.values()].map(({ author }) => author)).toEqual([
    'urn:li:person:abc-DEF_1',
    'urn:li:organization:2414183',
  ]);
});

it('sends a document with its title', async () => {
  const file = mediaSource('document', randomBytes(9_000));
  expect((await publish(page, content('Read on', [file], { title: 'Irises' }))).status).toBe('published');
  const [post] = [...fake.shares.values()];
  expect(post?.content).toMatchObject({
    media: { id: expect.stringContaining('document'), title: 'Irises' },
  });
});

it.each([
  ['its own words', { altText: 'Irises, explained', title: 'iris_v3.indd' }, 'Irises, explained'],
  ['what the document calls itself', { title: 'Irises of the year' }, 'Irises of the year'],
  ['its name', {}, 'file'],
])('names a document without a post title by %s', async (_, facts, title) => {
  const file = Object.assign(mediaSource('document', randomBytes(9_000)), facts);
  for (const channel of [member, page])
    await publish(channel, content(`By ${channel.account.accountId}`, [file]));
  expect([...fake.shares.values()].map((post) => post.content)).toMatchObject([
    { media: { title } },
    { media: { title } },
  ]);
});

it('finds a document of an organisation that went out although the answer was lost', async () => {
  const file = mediaSource('document', randomBytes(9_000));
  fake.fault({ on: 'commit', kind: 'accept_then_reset' });
  const one = new TestStep(page, 'run1', 'root', content('', [file], { title: 'Irises' }));
  const lost = await publish(page, one.content);
  expect(lost).toMatchObject({ status: 'failed', error: { outcome: 'unknown' } });
  const [asset] = [...fake.assets.keys()];
  one.artefacts = { uploads: { [file.sha256]: { urn: asset ?? '', ready: true } } };
  const found = await provider.reconcile({ ...one.context(), sentAt: clock.now() });
  expect(found).toMatchObject({ status: 'found', ref: { id: [...fake.shares.keys()][0] } });
  expect(fake.shares.size).toBe(1);
});

it('says so when LinkedIn cannot process a document, and uploads it anew when it is sent again', async () => {
  const file = mediaSource('document', randomBytes(9_000));
  const one = new TestStep(page, 'run1', 'root', content('Read on', [file]));
  fake.failsProcessing = true;
  await provider.start(one.context());
  const failed = await provider.check(one.context());
  expect(failed).toMatchObject({
    status: 'failed',
    discardArtefacts: true,
    error: { kind: 'invalid_request', vendorCode: 'media_failed', retryable: false },
  });
  expect(fake.calls('commit')).toBe(0);
  fake.failsProcessing = false;
  expect((await publish(page, one.content)).status).toBe('published');
  expect(fake.assets.size).toBe(2);
});

it('waits as long as LinkedIn says before a document is uploaded, and then uploads it once', async () => {
  const file = mediaSource('document', randomBytes(9_000));
  fake.fault({ on: 'upload', kind: 'rate_limit', retryAfterSeconds: 40, times: 5 });
  const one = new TestStep(page, 'run1', 'root', content('Read on', [file]));
  expect(await provider.start(one.context())).toMatchObject({
    status: 'failed',
    scope: 'account',
    error: { kind: 'rate_limit', retryAfterMs: 40_000 },
  });
  fake.calm();
  expect((await publish(page, one.content)).status).toBe('published');
  expect(file.reads).toBe(1);
});

it('sends a video in the pieces LinkedIn asked for', async () => {
  const file = mediaSource('video', randomBytes(20_000));
  expect((await publish(page, content('Watch', [file]))).status).toBe('published');
  const [asset] = [...fake.assets.values()];
  expect([...(asset?.parts.values() ?? [])].map(({ bytes }) => bytes)).toEqual([8_000, 8_000, 4_000]);
});

it('sends the card of a link, and the link within the text where there are files', async () => {
  const link = 'http://127.0.0.1:9/irises';
  await publish(page, content('Read', [], { link, title: 'All about irises' }));
  await publish(page, content('See', [mediaSource('image', randomBytes(500), 'x')], { link }));
  const [bare, pictured] = [...fake.shares.values()];
  expect(bare).toMatchObject({
    commentary: 'Read',
    content: { article: { source: link, title: 'All about irises' } },
  });
  expect(pictured?.commentary).toBe(`See\n\n${link}`);
});

it('shows every sign of a text to its readers', async () => {
  const text = 'Irises (blue & white) #garden [new] {x} <3 a_b *c* ~d~ | @ada \\ C#';
  await publish(page, content(text));
  expect(fake.posts()[0]?.text).toBe(text);
});

it('alerts the operator when the version of the API has ended, and lets posts wait', async () => {
  const counted = async () =>
    (await readMetric('api_versions_refused_total')).find(({ labels }) => labels.platform === 'linkedin')
      ?.value ?? 0;
  const before = await counted();
  fake.oldestVersion = 202612;
  expect(await publish(page, content('Too old'))).toMatchObject({
    status: 'failed',
    scope: 'app',
    error: {
      kind: 'unavailable',
      vendorCode: 'api_version_expired',
      outcome: 'rejected',
      retryable: true,
      retryAfterMs: 900_000,
    },
  });
  expect(await counted()).toBe(before + 1);
});

it('takes a second post with the same words for a duplicate', async () => {
  await publish(page, content('Twice'));
  expect(await publish(page, content('Twice'))).toMatchObject({
    status: 'failed',
    error: { kind: 'invalid_request', vendorCode: 'duplicate', outcome: 'rejected' },
  });
});

it('cannot say whether a post of a person is out', async () => {
  const one = new TestStep(member, 'run1', 'root', content('Lost'));
  expect(provider.reconcileRule(member.facts, one.content).mode).toBe('none');
  expect(await provider.reconcile({ ...one.context(), sentAt: clock.now() })).toEqual({ status: 'unknown' });
});

it('comes back after midnight when a day is used up', () => {
  const said = (message: string) =>
    classifyLinkedIn({ status: 429, headers: new Headers(), body: { message } }, clock.now());
  expect(
    said('Resource level throttle APPLICATION DAY limit for calls to this resource is reached.'),
  ).toMatchObject({
    scope: 'app',
    retryAfterMs: 2 * 3_600_000,
  });
  expect(said('Throttle MEMBER DAY limit')).toMatchObject({ scope: 'account', retryAfterMs: 7_200_000 });
  expect(said('Slow down').retryAfterMs).toBeUndefined();
});

it('keeps its refresh token, and knows when that ends', async () => {
  const fresh = await adapter.refreshTokens(page.tokenContext());
  expect(fresh.refreshToken).toBe(page.tokens.refreshToken);
  expect(fresh.accessToken).not.toBe(page.tokens.accessToken);
  expect(fresh.grantExpiresAt).toEqual(new Date(clock.now().getTime() + 365 * 86_400_000));
  // The old one still works for the other channels of this person.
  expect(await adapter.validateConnection(member.tokenContext())).toEqual({ valid: true });
});
