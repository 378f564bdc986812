import { call, type Person } from '@tests/support/accounts';
import { newHandle } from '@tests/support/content';
import { announced } from '@tests/support/platforms';
import { begin, type Crew, connected, crew } from '@tests/support/sandbox-accounts';
import { describe, expect, it } from 'vitest';
import * as callbackRoute from '@/app/api/accounts/callback/[platform]/route';
import * as accountsRoute from '@/app/api/accounts/route';
import * as consentRoute from '@/app/api/sandbox-network/consent/route';
import type { AccountView } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { core } from '@/server/core';

async function consent(org: Crew, authorizationUrl: string, handle: string, decision = 'allow') {
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

const comeBack = (as: Person, address: string) => {
  const url = new URL(address);
  return call(callbackRoute.GET, { path: `${url.pathname}${url.search}`, as });
};

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
