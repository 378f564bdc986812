import type { Auth } from 'firebase-admin/auth';
import { describe, expect, it } from 'vitest';
import { randomIds } from '@/core/ids';
import { newApiKey, parseApiKey } from './api-key';
import { cookieOf, sessionCookieHeader } from './cookie';
import { FirebaseIdentity } from './identity';
import { safeNext } from './next-path';

describe('API keys', () => {
  it('are read back as they are made', () => {
    const { id, text } = newApiKey(randomIds);
    expect(parseApiKey(text)).toEqual({ id });
  });

  it.each([
    '',
    'irs_',
    'irs_a_b',
    `irs_${'a'.repeat(20)}`,
    `irs_${'a'.repeat(20)}_${'b'.repeat(44)}`,
    `x${'irs_'}`,
  ])('are not %j', (text) => expect(parseApiKey(text)).toBeNull());
});

describe('the session cookie', () => {
  const request = (cookie: string) => new Request('http://localhost/', { headers: { cookie } });

  it('is found among others, whole', () => {
    expect(cookieOf(request('a=1; __session=abc.def=; b=2'), '__session')).toBe('abc.def=');
    expect(cookieOf(request('a__session=1'), '__session')).toBeNull();
    expect(cookieOf(request('__session='), '__session')).toBeNull();
  });

  it('is sent to this site only, over TLS, out of reach of scripts', () => {
    const header = sessionCookieHeader('x', { secure: true, maxAgeSeconds: 60 });
    expect(header).toBe('__session=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure');
  });
});

describe('where to go after signing in', () => {
  it.each(['/dashboard', '/posts?status=draft#top'])('may be %s', (next) =>
    expect(safeNext(next, '/')).toBe(next),
  );
  it.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '', null])(
    'may not be %s',
    (next) => expect(safeNext(next, '/home')).toBe('/home'),
  );
});

describe('what Firebase Auth says', () => {
  const judge = (code: string) => {
    const failing = { verifyIdToken: async () => Promise.reject(Object.assign(new Error(code), { code })) };
    return new FirebaseIdentity(failing as unknown as Auth).verifyIdToken('token');
  };

  it.each([
    'auth/id-token-expired',
    'auth/id-token-revoked',
    'auth/argument-error',
    'auth/user-disabled',
    'auth/user-not-found',
  ])('%s is the caller’s to mend', async (code) =>
    expect(judge(code)).rejects.toMatchObject({ code: 'unauthenticated' }),
  );

  it.each(['auth/internal-error', 'auth/quota-exceeded', 'auth/insufficient-permission'])(
    '%s is ours, and signs nobody out',
    async (code) => expect(judge(code)).rejects.toMatchObject({ code: 'service_unavailable' }),
  );
});
