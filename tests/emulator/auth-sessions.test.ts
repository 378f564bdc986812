import { randomUUID } from 'node:crypto';
import { call, organizationOf, type Person, person, signIn } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { POST as login } from '@/app/api/auth/login/route';
import { POST as logout } from '@/app/api/auth/logout/route';
import { POST as magicLink } from '@/app/api/auth/magic-link/route';
import { POST as confirmReset } from '@/app/api/auth/password-reset/confirm/route';
import { POST as requestReset } from '@/app/api/auth/password-reset/route';
import { GET as session } from '@/app/api/auth/session/route';
import { POST as confirmEmail } from '@/app/api/auth/verify-email/confirm/route';
import { POST as verifyEmail } from '@/app/api/auth/verify-email/route';
import { PATCH as updateMe } from '@/app/api/users/me/route';
import { FixedClock } from '@/core/time/clock';
import { AuthService } from '@/features/auth/service';
import { PREFERENCE_COOKIES } from '@/i18n/locale';

async function signedIn(): Promise<{ someone: Person; cookie: string; csrf: string }> {
  const someone = await person();
  await organizationOf(someone);
  const answer = await call<{ csrf: string }>(login, {
    path: '/api/auth/login',
    body: { idToken: someone.idToken },
  });
  const cookie = /__session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
  return { someone, cookie, csrf: answer.json.csrf };
}

describe('sessions', () => {
  it('start with an ID token and live in a cookie no script can read', async () => {
    const someone = await person();
    const organizationId = await organizationOf(someone, { name: 'Iris & Co' });
    const answer = await call(login, { path: '/api/auth/login', body: { idToken: someone.idToken } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      user: { uid: someone.uid, emailVerified: true },
      organizations: [{ id: organizationId, name: 'Iris & Co', role: 'owner' }],
    });
    expect(answer.text).not.toContain(someone.idToken);
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^__session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=1209600$/);
  });

  it('tell a browser that is new to a person the zone of their profile, whatever its own is', async () => {
    const someone = await person();
    await organizationOf(someone);
    await call(updateMe, { path: '/api/users/me', as: someone, body: { timezone: 'America/Lima' } });
    const answer = await call(login, {
      path: '/api/auth/login',
      body: { idToken: someone.idToken, timezone: 'Europe/Vienna' },
    });
    const [, zone = ''] = answer.headers.getSetCookie();
    expect(zone).toBe('timezone=America%2FLima; Path=/; SameSite=Lax; Max-Age=31536000');
    expect(zone).toContain(PREFERENCE_COOKIES.timeZone);
  });

  it('mark the cookie Secure anywhere but on plain localhost', async () => {
    const someone = await person();
    const answer = await call(login, {
      path: 'https://app.example.com/api/auth/login',
      body: { idToken: someone.idToken },
    });
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
  });

  it('are not started by a sign-in older than five minutes', async () => {
    const someone = await person();
    const now = AuthService.getInstance();
    const later = new AuthService(
      now.identity,
      now.registration,
      now.sessions,
      new FixedClock(new Date(Date.now() + 6 * 60_000)),
    );
    await expect(later.login({ idToken: someone.idToken })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect((await call(login, { path: '/api/auth/login', body: { idToken: 'not.a.token' } })).status).toBe(
      401,
    );
  });

  it('end on every device at sign-out', async () => {
    const { someone, cookie } = await signedIn();
    expect((await call(session, { path: '/api/auth/session', as: { cookie } })).status).toBe(200);
    await new Promise((done) => setTimeout(done, 1_100));
    const out = await call(logout, { path: '/api/auth/logout', as: { cookie } });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await call(session, { path: '/api/auth/session', as: { cookie } })).status).toBe(401);
    expect((await call(session, { path: '/api/auth/session', as: someone })).status).toBe(401);
    // Signing out twice, or with a cookie that says nothing any more, still clears it.
    expect((await call(logout, { path: '/api/auth/logout', as: { cookie } })).status).toBe(204);
  });

  it('say that nobody is signed in without one', async () => {
    expect((await call(session, { path: '/api/auth/session' })).status).toBe(401);
  });
});

describe('mutations under a cookie', () => {
  const change = (options: { cookie?: string; bearer?: Person; headers?: Record<string, string> }) =>
    call(updateMe, {
      path: '/api/users/me',
      body: { displayName: 'Changed' },
      as: options.bearer ?? { cookie: options.cookie ?? '' },
      headers: options.headers ?? {},
    });

  it('are refused from another site, and without any origin', async () => {
    const { cookie } = await signedIn();
    expect((await change({ cookie })).status).toBe(200);
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000.evil.example']) {
      expect((await change({ cookie, headers: { origin } })).status).toBe(403);
    }
    expect((await change({ cookie, headers: { origin: '' } })).status).toBe(403);
  });

  it('are accepted from a client without origin that knows the token of its session', async () => {
    const { cookie, csrf } = await signedIn();
    const other = await signedIn();
    const headers = { origin: '' };
    expect((await change({ cookie, headers: { ...headers, 'x-csrf-token': csrf } })).status).toBe(200);
    expect((await change({ cookie, headers: { ...headers, 'x-csrf-token': other.csrf } })).status).toBe(403);
    // The token never outweighs an origin that is plainly wrong.
    const evil = { origin: 'https://evil.example', 'x-csrf-token': csrf };
    expect((await change({ cookie, headers: evil })).status).toBe(403);
  });

  it('need no origin with a bearer token, which no other site can send', async () => {
    const { someone } = await signedIn();
    expect((await change({ bearer: someone, headers: { origin: '' } })).status).toBe(200);
  });
});

describe('account mails', () => {
  const codeOf = (link: unknown) => new URL(String(link)).searchParams.get('oobCode') ?? '';

  it('let a person choose a new password by link, once', async () => {
    const someone = await person();
    const asked = await call(requestReset, {
      path: '/api/auth/password-reset',
      body: { email: someone.email },
    });
    expect(asked.status).toBe(202);
    expect(asked.json).toMatchObject({ sent: false });
    const body = { code: codeOf(asked.json.link), password: 'another good one' };
    const path = '/api/auth/password-reset/confirm';
    expect(await call(confirmReset, { path, body })).toMatchObject({
      status: 200,
      json: { email: someone.email },
    });
    await expect(signIn(someone.email, 'another good one')).resolves.toBeTruthy();
    await expect(signIn(someone.email, someone.password)).rejects.toThrow();
    const replay = await call<{ errors: { path: string }[] }>(confirmReset, { path, body });
    expect([replay.status, replay.json.errors[0]?.path]).toEqual([400, 'body.code']);
  });

  it('answer alike for an address nobody has', async () => {
    const email = `nobody-${randomUUID()}@example.test`;
    const answer = await call(requestReset, { path: '/api/auth/password-reset', body: { email } });
    expect([answer.status, answer.json.link]).toEqual([202, null]);
  });

  it('confirm an address', async () => {
    const someone = await person({ emailVerified: false });
    const asked = await call(verifyEmail, {
      path: '/api/auth/verify-email',
      body: { idToken: someone.idToken },
    });
    expect(asked.status).toBe(202);
    const done = await call(confirmEmail, {
      path: '/api/auth/verify-email/confirm',
      body: { code: codeOf(asked.json.link) },
    });
    expect(done.status).toBe(204);
    const idToken = await signIn(someone.email, someone.password);
    const answer = await call(login, { path: '/api/auth/login', body: { idToken } });
    expect(answer.json).toMatchObject({ user: { emailVerified: true } });
  });

  it('sign a person in by link, and lead only into this app', async () => {
    const email = `link-${randomUUID()}@example.test`;
    const path = '/api/auth/magic-link';
    const answer = await call(magicLink, { path, body: { email, next: '/calendar' } });
    const link = new URL(String(answer.json.link));
    expect(Object.fromEntries(link.searchParams)).toMatchObject({ mode: 'signIn', email, next: '/calendar' });
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      expect((await call(magicLink, { path, body: { email, next } })).status).toBe(400);
    }
  });
});
