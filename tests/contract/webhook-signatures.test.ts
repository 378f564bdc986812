import { createHash, createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACTS_DIR } from '@tests/fakes/ai/contract';
import { describe, expect, it } from 'vitest';
import {
  githubSignature,
  hubspotSignature,
  notionSignature,
  openSignedRequest,
  type Scheme,
  type SignedRequest,
  shopifySignature,
  slackSignature,
  standardSignature,
  stripeSignature,
  xChallengeAnswer,
  xSignature,
} from '@/core/webhooks/signatures';

interface Vector {
  id: string;
  scheme: string;
  secret: string;
  headers: Record<string, string>;
  timestamp: string | null;
  method: string;
  url: string | null;
  bodyUtf8: string;
  signatureIn: string;
}

const NOW = new Date('2026-03-02T09:00:00Z');
const SECONDS = String(NOW.getTime() / 1000);
const URL = 'https://app.irisync.test/api/webhooks/abc/events';

const signedRequest: Scheme = ({ body }, secrets) => {
  const opened = openSignedRequest(body, secrets, 'base64url');
  return opened.ok ? { ok: true } : opened;
};
const SCHEMES: Record<string, Scheme> = {
  'github-hmac-sha256-hex': githubSignature,
  'slack-v0': slackSignature,
  'hubspot-v1': hubspotSignature({ legacy: true }),
  'hubspot-v2': hubspotSignature({ legacy: true }),
  'notion-hmac-sha256-hex': notionSignature,
  'meta-signed-request': signedRequest,
  'standard-webhooks-v1': standardSignature,
};

const file = join(CONTRACTS_DIR, 'webhook-vectors.json');
const vectors: Vector[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).vectors : [];
if (vectors.length === 0) console.warn(`No published webhook vectors at ${file}: only our own were checked.`);

const mac = (secret: string, text: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', secret).update(text).digest(encoding);
const sent = (
  headers: Record<string, string>,
  body = '{"a":"ä"}',
  url = URL,
  method = 'POST',
): SignedRequest => ({
  method,
  url,
  headers: new Headers(headers),
  body: Buffer.from(body),
});
const flip = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 0 ? byte ^ 1 : byte));

describe.each(vectors)('published vector $id', (vector) => {
  const scheme = SCHEMES[vector.scheme] as Scheme;
  const now = vector.timestamp ? new Date(Number(vector.timestamp) * 1000) : NOW;
  const request = sent(vector.headers, vector.bodyUtf8, vector.url ?? URL, vector.method);

  it('verifies', () => expect(scheme(request, [vector.secret], now)).toEqual({ ok: true }));
  it('is refused with another body, secret, or none', () => {
    const altered =
      request.body.length > 0 ? { ...request, body: flip(request.body) } : { ...request, method: 'PUT' };
    expect(scheme(altered, [vector.secret], now).ok).toBe(false);
    expect(scheme(request, [`${vector.secret.slice(0, -1)}A`], now).ok).toBe(false);
    expect(scheme(request, [], now)).toEqual({ ok: false, reason: 'secret_missing' });
    expect(scheme(request, [''], now)).toEqual({ ok: false, reason: 'secret_missing' });
  });
  it('is refused without its signature, and with one bit of it turned', () => {
    const [place, name = ''] = vector.signatureIn.split(':');
    if (place !== 'header') return;
    const without = new Headers(request.headers);
    without.delete(name);
    expect(scheme({ ...request, headers: without }, [vector.secret], now).ok).toBe(false);
    const value = request.headers.get(name) ?? '';
    const at = value.length - 2;
    const turned = new Headers(request.headers);
    turned.set(name, `${value.slice(0, at)}${value[at] === '0' ? '1' : '0'}${value.slice(at + 1)}`);
    expect(scheme({ ...request, headers: turned }, [vector.secret], now).ok).toBe(false);
  });
});

describe.each(vectors.filter(({ timestamp }) => timestamp !== null))('the clock of $id', (vector) => {
  it('may be 300 seconds off, either way, and not 301', () => {
    const scheme = SCHEMES[vector.scheme] as Scheme;
    const at = Number(vector.timestamp);
    const request = sent(vector.headers, vector.bodyUtf8);
    const taken = [-301, -300, 300, 301].map(
      (off) => scheme(request, [vector.secret], new Date((at + off) * 1000)).ok,
    );
    expect(taken).toEqual([false, true, true, false]);
  });
});

/** Schemes without a published vector, signed here with node's own crypto as their pages describe. */
const body = '{"a":"ä"}';
const own: [string, Scheme, Record<string, string>, string?][] = [
  ['github', githubSignature, { 'x-hub-signature-256': `sha256=${mac('s', body)}` }],
  ['x', xSignature, { 'x-twitter-webhooks-signature': `sha256=${mac('s', body, 'base64')}` }],
  ['shopify', shopifySignature, { 'x-shopify-hmac-sha256': mac('s', body, 'base64') }],
  [
    'stripe',
    stripeSignature,
    { 'stripe-signature': `t=${SECONDS},v1=${'0'.repeat(64)},v1=${mac('s', `${SECONDS}.${body}`)}` },
  ],
  [
    'hubspot v3',
    hubspotSignature({ legacy: false }),
    {
      'x-hubspot-request-timestamp': String(NOW.getTime()),
      'x-hubspot-signature-v3': mac('s', `POST${URL}?a=x:y&b=%20${body}${NOW.getTime()}`, 'base64'),
    },
    `${URL}?a=x%3ay&b=%20`,
  ],
];
describe.each(own)('%s', (_, scheme, headers, url = URL) => {
  const request = sent(headers, body, url);
  it('verifies with either of two secrets, and only then', () => {
    expect(scheme(request, ['s'], NOW)).toEqual({ ok: true });
    expect(scheme(request, ['new', 's'], NOW)).toEqual({ ok: true });
    expect(scheme(request, ['new'], NOW)).toEqual({ ok: false, reason: 'signature_mismatch' });
    expect(scheme(request, [''], NOW)).toEqual({ ok: false, reason: 'secret_missing' });
    expect(scheme({ ...request, body: flip(request.body) }, ['s'], NOW).ok).toBe(false);
    expect(scheme(sent({}, body, url), ['s'], NOW)).toEqual({ ok: false, reason: 'header_missing' });
  });
});

describe('timestamps', () => {
  it('that are no plain number are refused', () => {
    for (const stamp of ['', 'NaN', '1e9', '-5', '0x10', ` ${SECONDS}x`])
      expect(
        stripeSignature(
          sent({ 'stripe-signature': `t=${stamp},v1=${mac('s', `${stamp}.${body}`)}` }),
          ['s'],
          NOW,
        ).ok,
      ).toBe(false);
  });
  it('of HubSpot are milliseconds', () => {
    const headers = (stamp: string) => ({
      'x-hubspot-request-timestamp': stamp,
      'x-hubspot-signature-v3': mac('s', `POST${URL}${body}${stamp}`, 'base64'),
    });
    const verify = (stamp: string) =>
      hubspotSignature({ legacy: false })(sent(headers(stamp)), ['s'], NOW).ok;
    expect(verify(String(NOW.getTime() - 300_000))).toBe(true);
    expect(verify(String(NOW.getTime() - 301_000))).toBe(false);
    expect(verify(SECONDS)).toBe(false);
  });
});

it('HubSpot’s address may have come through a server that writes spaces as +, and is signed as it was sent', () => {
  const stamp = String(NOW.getTime());
  const headers = {
    'x-hubspot-request-timestamp': stamp,
    'x-hubspot-signature-v3': mac('s', `POST${URL}?a=b%20c${body}${stamp}`, 'base64'),
  };
  const verify = (url: string) =>
    hubspotSignature({ legacy: false })(sent(headers, body, url), ['s'], NOW).ok;
  expect([`${URL}?a=b%20c`, `${URL}?a=b+c`, `${URL}?a=b+d`].map(verify)).toEqual([true, true, false]);
});

describe('HubSpot’s older versions', () => {
  const legacy = {
    'x-hubspot-signature-version': 'v1',
    'x-hubspot-signature': createHash('sha256').update(`s${body}`).digest('hex'),
  };
  it('count only where allowed, and never beside a third version', () => {
    expect(hubspotSignature({ legacy: true })(sent(legacy), ['s'], NOW).ok).toBe(true);
    expect(hubspotSignature({ legacy: false })(sent(legacy), ['s'], NOW).ok).toBe(false);
    const both = {
      ...legacy,
      'x-hubspot-signature-v3': 'forged',
      'x-hubspot-request-timestamp': String(NOW.getTime()),
    };
    expect(hubspotSignature({ legacy: true })(sent(both), ['s'], NOW).ok).toBe(false);
  });
});

it('opens a signed request in either alphabet, and no altered one', () => {
  const payload = JSON.stringify({ user: 'ÿþ~~??>>' });
  for (const alphabet of ['base64', 'base64url'] as const) {
    const encoded = Buffer.from(payload).toString(alphabet);
    const signature = createHmac('sha256', 's').update(encoded).digest(alphabet);
    const form = (text: string) => Buffer.from(new URLSearchParams({ signed_request: text }).toString());
    expect(openSignedRequest(form(`${signature}.${encoded}`), ['s'], alphabet)).toEqual({
      ok: true,
      payload,
    });
    expect(openSignedRequest(form(`${signature}.${encoded}A`), ['s'], alphabet).ok).toBe(false);
    expect(openSignedRequest(form(encoded), ['s'], alphabet)).toEqual({ ok: false, reason: 'malformed' });
  }
});

it('answers the challenge of X', () => {
  expect(xChallengeAnswer('challenge', 's')).toBe(`sha256=${mac('s', 'challenge', 'base64')}`);
});
