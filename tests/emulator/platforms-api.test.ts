import { randomUUID } from 'node:crypto';
import { content, mediaSource } from '@tests/fakes/platforms/harness';
import { call, join, person, team } from '@tests/support/accounts';
import { announced } from '@tests/support/platforms';
import { describe, expect, it } from 'vitest';
import * as refreshRoute from '@/app/api/accounts/[id]/refresh/route';
import * as accountRoute from '@/app/api/accounts/[id]/route';
import * as targetsRoute from '@/app/api/accounts/[id]/targets/route';
import * as validateRoute from '@/app/api/accounts/[id]/validate/route';
import * as callbackRoute from '@/app/api/accounts/callback/[platform]/route';
import * as accountsRoute from '@/app/api/accounts/route';
import * as cronRoute from '@/app/api/cron/[task]/route';
import * as consentRoute from '@/app/api/sandbox-network/consent/route';
import * as faultsRoute from '@/app/api/sandbox-network/faults/route';
import * as feedRoute from '@/app/api/sandbox-network/feed/route';
import * as mediaRoute from '@/app/api/sandbox-network/media/[id]/route';
import { stepMaterial } from '@/features/platforms/providers/material';
import type { StepContext } from '@/features/platforms/providers/types';
import type { AccountView } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { core } from '@/server/core';

type Team = Awaited<ReturnType<typeof team<'ann' | 'mia' | 'vic'>>>;
const crew = () => team({ ann: 'admin', mia: 'member', vic: 'viewer' });
const newHandle = () => `h${randomUUID().replaceAll('-', '').slice(0, 20)}`;

async function begin(org: Team, more: object = {}) {
  return await call<{ authorizationUrl: string }>(accountsRoute.POST, {
    path: '/api/accounts',
    body: { platform: 'sandbox', ...more },
    as: org.ann,
    organizationId: org.organizationId,
  });
}

async function consent(org: Team, authorizationUrl: string, handle: string, decision = 'allow') {
  const query = new URL(authorizationUrl).searchParams;
  return await call<{ redirectTo: string }>(consentRoute.POST, {
    path: '/api/sandbox-network/consent',
    as: org.ann,
    body: {
      handle,
      clientId: query.get('client_id'),
      redirectUri: query.get('redirect_uri'),
      state: query.get('state'),
      scope: query.get('scope'),
      codeChallenge: query.get('code_challenge'),
      decision,
    },
  });
}

const comeBack = (as: Team['ann'], address: string) => {
  const url = new URL(address);
  return call(callbackRoute.GET, { path: `${url.pathname}${url.search}`, as });
};

async function connected(org: Team, handle = newHandle()): Promise<{ id: string; handle: string }> {
  const id = await PlatformService.getInstance().connectSandbox(org.organizationId, org.ann.uid, handle);
  return { id, handle };
}

describe('connecting through the consent page', () => {
  it('goes there and back, and shows the account without any secret', async () => {
    const org = await crew();
    const handle = newHandle();
    const begun = await begin(org, { redirectTo: '/channels?tab=all' });
    expect(begun.status).toBe(200);
    const yes = await consent(org, begun.json.authorizationUrl, handle);
    const back = await comeBack(org.ann, yes.json.redirectTo);
    expect(back.status).toBe(303);
    const location = new URL(back.headers.get('location') ?? '', 'http://x');
    expect(location.pathname).toBe('/channels');
    expect(location.searchParams.get('tab')).toBe('all');
    const id = location.searchParams.get('connected') ?? '';
    const list = await call<{ items: AccountView[] }>(accountsRoute.GET, {
      path: '/api/accounts',
      as: org.vic,
      organizationId: org.organizationId,
    });
    expect(list.json.items).toMatchObject([
      { id, handle, platform: 'sandbox', sandbox: true, health: 'healthy' },
    ]);
    const stored = await PlatformService.getInstance().publishingContext(org.organizationId, id);
    const { accessToken, refreshToken } = await stored.credentials();
    for (const secret of [accessToken, refreshToken]) expect(list.text).not.toContain(secret);
    expect(await announced('platform_connected', id)).toMatchObject([
      { handle, reconnected: false, userId: org.ann.uid },
    ]);
  });

  it('a state works once, for its person, network and time only', async () => {
    const org = await crew();
    const answer = async () =>
      (await consent(org, (await begin(org)).json.authorizationUrl, newHandle())).json.redirectTo;
    const invalid = (response: { headers: Headers }) =>
      expect(response.headers.get('location')).toBe('/channels?connect_error=state_invalid');

    const used = await answer();
    expect((await comeBack(org.ann, used)).headers.get('location')).toContain('connected=');
    invalid(await comeBack(org.ann, used));

    invalid(await comeBack(org.owner, await answer()));
    invalid(await comeBack(org.ann, (await answer()).replace('/callback/sandbox', '/callback/x')));
    invalid(await comeBack(org.ann, (await answer()).replace(/state=[^&]+/, 'state=forged-forged-forged')));

    const late = await answer();
    const states = await core.db.firestore
      .collection('oauth_states')
      .where('userId', '==', org.ann.uid)
      .get();
    for (const doc of states.docs) await doc.ref.update({ expiresAt: new Date(0) });
    invalid(await comeBack(org.ann, late));
  });

  it('comes back with a reason when the person says no, the code is wrong, or the role was taken away', async () => {
    const org = await crew();
    const no = await consent(org, (await begin(org)).json.authorizationUrl, newHandle(), 'deny');
    expect((await comeBack(org.ann, no.json.redirectTo)).headers.get('location')).toBe(
      '/channels?connect_error=access_denied',
    );

    const wrong = (await consent(org, (await begin(org)).json.authorizationUrl, newHandle())).json.redirectTo;
    const forged = await comeBack(org.ann, wrong.replace(/code=[^&]+/, 'code=a.b'));
    expect(forged.headers.get('location')).toBe('/channels?connect_error=network_auth_expired');

    const demoted = (await consent(org, (await begin(org)).json.authorizationUrl, newHandle())).json
      .redirectTo;
    await core.db.firestore
      .doc(`organizations/${org.organizationId}/members/${org.ann.uid}`)
      .update({ role: 'viewer' });
    expect((await comeBack(org.ann, demoted)).headers.get('location')).toBe(
      '/channels?connect_error=forbidden',
    );
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/a b'])(
    'does not lead away to %s',
    async (redirectTo) => {
      const org = await crew();
      const answer = await begin(org, { redirectTo });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ errors: [{ path: 'body.redirectTo' }] });
    },
  );

  it('the consent page sends nobody to a foreign address, and gives nobody a foreign name', async () => {
    const org = await crew();
    const url = new URL((await begin(org)).json.authorizationUrl);
    url.searchParams.set('redirect_uri', 'https://evil.example/cb');
    expect((await consent(org, url.href, newHandle())).status).toBe(400);
    const { handle } = await connected(org);
    const other = await crew();
    expect((await consent(other, (await begin(other)).json.authorizationUrl, handle)).status).toBe(409);
  });
});

describe('input that cannot be', () => {
  it.each([
    [{ platform: 'myspace' }, 'body.platform'],
    [{ platform: 'sandbox', colour: 'red' }, 'body.colour'],
    [{ platform: 'bluesky' }, 'body.handle'],
    [{ platform: 'bluesky', handle: 'iris.test' }, 'body.appPassword'],
    [{ platform: 'mastodon' }, 'body.baseUrl'],
    [{ platform: 'mastodon', baseUrl: 'ftp://m.example' }, 'body.baseUrl'],
    [{ platform: 'mastodon', baseUrl: 'http://127.0.0.1:9' }, 'body.baseUrl'],
    [{ platform: 'mastodon', baseUrl: 'http://169.254.169.254' }, 'body.baseUrl'],
    [{ platform: 'mastodon', baseUrl: 'http://[::1]/' }, 'body.baseUrl'],
    [{ platform: 'mastodon', baseUrl: 'http://10.0.0.1' }, 'body.baseUrl'],
    [{ platform: 'bluesky', handle: 'a.b', appPassword: 'x', baseUrl: 'http://192.168.0.1' }, 'body.baseUrl'],
  ])('%j → 400 at %s', async (body, path) => {
    const org = await crew();
    const answer = await call(accountsRoute.POST, {
      path: '/api/accounts',
      body,
      as: org.ann,
      organizationId: org.organizationId,
    });
    expect(answer.status).toBe(400);
    expect((answer.json.errors as { path: string }[])[0]?.path).toBe(path);
  });

  it('a network that nobody set up says so, and says how', async () => {
    const org = await crew();
    const answer = await call(accountsRoute.POST, {
      path: '/api/accounts',
      body: { platform: 'x' },
      as: org.ann,
      organizationId: org.organizationId,
    });
    expect(answer).toMatchObject({ status: 503, json: { code: 'platform_not_configured' } });
    const list = await call<{ platforms: Record<string, unknown>[] }>(accountsRoute.GET, {
      path: '/api/accounts',
      as: org.ann,
      organizationId: org.organizationId,
    });
    const byId = Object.fromEntries(list.json.platforms.map((one) => [one.platform, one]));
    expect(byId.x).toMatchObject({
      available: true,
      configured: false,
      missing: ['X_CLIENT_ID', 'X_CLIENT_SECRET'],
    });
    expect(byId.bluesky).toMatchObject({
      available: true,
      configured: true,
      connect: 'app_password',
      how: null,
    });
    expect(byId.tiktok).toMatchObject({ available: true, configured: false });
    expect(Object.keys(byId)).toHaveLength(12);
  });
});

describe('whose channel it is', () => {
  const touches = (id: string) =>
    [
      [accountRoute.GET, `/api/accounts/${id}`],
      [targetsRoute.GET, `/api/accounts/${id}/targets`],
      [accountRoute.PATCH, `/api/accounts/${id}`, { signature: 'x' }],
      [validateRoute.POST, `/api/accounts/${id}/validate`],
      [refreshRoute.POST, `/api/accounts/${id}/refresh`],
      [accountRoute.DELETE, `/api/accounts/${id}`],
    ] as const;

  it('a stranger finds nothing, whatever they ask', async () => {
    const mine = await crew();
    const theirs = await crew();
    const { id } = await connected(mine);
    for (const [handler, path, body] of touches(id)) {
      const own = await call(handler, {
        path,
        as: theirs.ann,
        organizationId: theirs.organizationId,
        ...(body ? { body } : {}),
      });
      expect([path, own.status]).toEqual([path, 404]);
      const foreign = await call(handler, {
        path,
        as: theirs.ann,
        organizationId: mine.organizationId,
        ...(body ? { body } : {}),
      });
      expect([path, foreign.status]).toEqual([path, 404]);
    }
    expect(
      (
        await call(accountRoute.GET, {
          path: `/api/accounts/${id}`,
          as: mine.vic,
          organizationId: mine.organizationId,
        })
      ).status,
    ).toBe(200);
  });

  it('members read and do not manage', async () => {
    const org = await crew();
    const { id } = await connected(org);
    for (const [handler, path, body] of touches(id).slice(2)) {
      for (const as of [org.mia, org.vic]) {
        const answer = await call(handler, {
          path,
          as,
          organizationId: org.organizationId,
          ...(body ? { body } : {}),
        });
        expect([path, answer.status]).toEqual([path, 403]);
      }
    }
    expect((await begin({ ...org, ann: org.mia })).status).toBe(403);
  });

  it('a member with a list of channels sees and uses those only', async () => {
    const org = await crew();
    const [one, two] = [await connected(org), await connected(org)];
    await core.db.firestore
      .doc(`organizations/${org.organizationId}/members/${org.mia.uid}`)
      .update({ channelIds: [one.id] });
    const as = { as: org.mia, organizationId: org.organizationId };
    const list = await call<{ items: AccountView[] }>(accountsRoute.GET, { path: '/api/accounts', ...as });
    expect(list.json.items.map((item) => item.id)).toEqual([one.id]);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${two.id}`, ...as })).status).toBe(403);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${one.id}`, ...as })).status).toBe(200);
  });

  it('the same account in two organisations is two channels', async () => {
    const one = await crew();
    const two = await crew();
    await join(two.organizationId, one.ann, 'admin');
    const handle = newHandle();
    const first = await connected(one, handle);
    const second = await PlatformService.getInstance().connectSandbox(
      two.organizationId,
      one.ann.uid,
      handle,
    );
    expect(second).not.toBe(first.id);
  });
});

describe('a connected channel', () => {
  it('is checked, renewed, changed and disconnected', async () => {
    const org = await crew();
    const { id } = await connected(org);
    const as = { as: org.ann, organizationId: org.organizationId };
    expect(
      (await call(validateRoute.POST, { path: `/api/accounts/${id}/validate`, ...as })).json,
    ).toMatchObject({ health: 'healthy' });
    expect((await call(refreshRoute.POST, { path: `/api/accounts/${id}/refresh`, ...as })).status).toBe(200);
    expect((await core.db.firestore.doc(`platform_connections/${id}`).get()).get('tokenVersion')).toBe(2);
    const patched = await call(accountRoute.PATCH, {
      path: `/api/accounts/${id}`,
      body: { concurrentCommits: 3 },
      ...as,
    });
    expect(patched.json).toMatchObject({ settings: { concurrentCommits: 3, automaticResend: false } });
    expect((await call(targetsRoute.GET, { path: `/api/accounts/${id}/targets`, ...as })).json).toMatchObject(
      { items: [{ kind: 'profile' }] },
    );
    expect((await call(accountRoute.DELETE, { path: `/api/accounts/${id}`, ...as })).status).toBe(204);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${id}`, ...as })).status).toBe(404);
    expect((await core.db.firestore.doc(`credentials/platform_${id}`).get()).exists).toBe(false);
  });

  it('needs a person once the network has revoked it, and is whole again after reconnecting', async () => {
    const org = await crew();
    const { id, handle } = await connected(org);
    const revoked = await call(faultsRoute.PUT, {
      path: '/api/sandbox-network/faults',
      body: { handle, faults: [], revokeGrants: true },
      as: org.ann,
    });
    expect(revoked.status).toBe(200);
    const as = { as: org.ann, organizationId: org.organizationId };
    const checked = await call(validateRoute.POST, { path: `/api/accounts/${id}/validate`, ...as });
    expect(checked.json).toMatchObject({
      health: 'needs_reauth',
      healthReason: expect.stringContaining('Reconnect'),
    });
    const blocked = await PlatformService.getInstance().validate(
      { organizationId: org.organizationId, connectionId: id },
      { text: 'Hi', media: [] },
    );
    expect(blocked.findings).toMatchObject([{ code: 'needs_reauth', severity: 'error', connectionId: id }]);
    expect((await connected(org, handle)).id).toBe(id);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${id}`, ...as })).json).toMatchObject({
      health: 'healthy',
    });
  });

  it('is looked after by the scheduled task, which nobody else can call', async () => {
    const path = '/api/cron/credential-refresh';
    expect((await call(cronRoute.GET, { path })).status).toBe(401);
    const run = await call(cronRoute.GET, { path, as: { cron: true } });
    expect(run).toMatchObject({ status: 200, json: { failedSteps: [] } });
  });

  it('moves its secret to the newest key without losing it', async () => {
    const org = await crew();
    const { id } = await connected(org);
    const store = core.secretStores.get('platform_credentials');
    const name = `platform_${id}`;
    let after: string | null = null;
    let found: { id: string; payload: string; context: string } | undefined;
    while (!found) {
      const page: { id: string; payload: string; context: string }[] = (await store?.page(after, 50)) ?? [];
      found = page.find((secret) => secret.id === name);
      if (page.length === 0) break;
      after = page.at(-1)?.id ?? null;
    }
    expect(found?.context).toBe(`platform_sandbox_${org.organizationId}`);
    const again = await core.encryption.encrypt(
      await core.encryption.decrypt(found?.payload ?? '', found?.context ?? ''),
      found?.context ?? '',
    );
    expect(await store?.replace(name, 'something else', again)).toBe(false);
    expect(await store?.replace(name, found?.payload ?? '', again)).toBe(true);
    const channel = await PlatformService.getInstance().publishingContext(org.organizationId, id);
    expect((await channel.credentials()).accessToken).toBeTruthy();
  });
});

describe('the sandbox network', () => {
  async function post(org: Team, id: string, text: string, media: ReturnType<typeof mediaSource>[] = []) {
    const channel = await PlatformService.getInstance().publishingContext(org.organizationId, id);
    let artefacts = {};
    const ctx = (): StepContext => ({
      channel: channel.channel,
      credentials: channel.credentials,
      renewCredentials: channel.renewCredentials,
      limits: channel.limits,
      runId: `run-${text}`,
      step: 'root',
      content: content(text, media),
      material: stepMaterial(`run-${text}`, 'root', new Date()),
      artefacts,
      saveArtefacts: async (next) => {
        artefacts = next;
      },
      signal: AbortSignal.timeout(10_000),
      deadline: new Date(Date.now() + 10_000),
    });
    const started = await channel.provider.start(ctx());
    if (started.status === 'failed') throw started.error;
    return await channel.provider.finish(ctx());
  }

  it('shows what was published, with its picture, to everybody', async () => {
    const org = await crew();
    const { id, handle } = await connected(org);
    const picture = mediaSource('image', new Uint8Array(1_500_000).fill(7), 'An iris');
    expect((await post(org, id, 'Hello sandbox', [picture])).status).toBe('published');
    const feed = await call<{
      sandbox: boolean;
      items: { text: string; media: { url: string; altText: string }[] }[];
    }>(feedRoute.GET, {
      path: `/api/sandbox-network/feed?handle=${handle}`,
    });
    expect(feed.json).toMatchObject({
      sandbox: true,
      items: [{ text: 'Hello sandbox', media: [{ altText: 'An iris' }] }],
    });
    const file = await call(mediaRoute.GET, { path: feed.json.items[0]?.media[0]?.url ?? '' });
    expect(file.headers.get('content-type')).toBe('image/jpeg');
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Number(file.headers.get('content-length'))).toBe(1_500_000);
  });

  it('obeys the fault switches of its owner, and of nobody else', async () => {
    const org = await crew();
    const other = await crew();
    const { id, handle } = await connected(org);
    const body = {
      handle,
      faults: [{ on: 'commit', kind: 'rate_limit', remaining: 1, retryAfterSeconds: 9 }],
    };
    const path = '/api/sandbox-network/faults';
    expect((await call(faultsRoute.PUT, { path, body, as: other.ann })).status).toBe(404);
    expect(
      (await call(faultsRoute.GET, { path: `${path}?handle=${handle}`, as: await person() })).status,
    ).toBe(404);
    expect((await call(faultsRoute.PUT, { path, body })).status).toBe(401);
    expect((await call(faultsRoute.PUT, { path, body, as: org.ann })).status).toBe(200);
    expect(await post(org, id, 'one')).toMatchObject({
      status: 'failed',
      error: { kind: 'rate_limit', retryAfterMs: 9_000 },
    });
    expect((await post(org, id, 'one')).status).toBe('published');
  });

  it('keeps to its own hourly limit', async () => {
    const org = await crew();
    const { id, handle } = await connected(org);
    await call(faultsRoute.PUT, {
      path: '/api/sandbox-network/faults',
      body: { handle, faults: [], postsPerHour: 2 },
      as: org.ann,
    });
    await post(org, id, 'a');
    await post(org, id, 'b');
    expect(await post(org, id, 'c')).toMatchObject({
      status: 'failed',
      error: { kind: 'rate_limit', outcome: 'rejected' },
    });
  });
});
