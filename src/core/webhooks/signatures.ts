import 'server-only';
import { createHash } from 'node:crypto';
import { hmacSign, safeEqual } from '@/core/crypto/secrets';

/** A request as its sender signed it. */
export interface SignedRequest {
  method: string;
  /** The public address it was sent to, with its query; some vendors sign it. */
  url: string;
  headers: Headers;
  /** The bytes as they came: what is signed is never parsed and written anew. */
  body: Uint8Array;
}

export type Refusal =
  | 'secret_missing'
  | 'header_missing'
  | 'timestamp_invalid'
  | 'timestamp_out_of_tolerance'
  | 'signature_mismatch'
  | 'malformed'
  | 'sender_not_allowed';

export type Verdict = { ok: true } | { ok: false; reason: Refusal };

/** @param secrets any of them may have signed: during a rotation two do. */
export type Scheme = (request: SignedRequest, secrets: readonly string[], now: Date) => Verdict;

/** How far a timestamp may lie from our clock, either way. */
export const TOLERANCE_MS = 300_000;

export const VERIFIED: Verdict = { ok: true };

export function refusedFor(reason: Refusal): Verdict {
  return { ok: false, reason };
}

/** Every pair is compared, so that time says nothing about which secret or signature came near. Nothing fits no secret. */
function anyFits(
  secrets: readonly string[],
  given: readonly string[],
  sign: (secret: string) => string,
): Verdict {
  const usable = secrets.filter((secret) => secret.length > 0);
  if (usable.length === 0) return refusedFor('secret_missing');
  if (given.length === 0) return refusedFor('header_missing');
  let fits = false;
  for (const expected of usable.map(sign)) for (const one of given) fits = safeEqual(expected, one) || fits;
  return fits ? VERIFIED : refusedFor('signature_mismatch');
}

/** Null when the stamp is a number near our clock; else why not. @param unitMs milliseconds in one unit of the stamp. */
function staleness(stamp: string | null, unitMs: number, now: Date): Verdict | null {
  if (!stamp) return refusedFor('header_missing');
  if (!/^\d{1,13}$/.test(stamp)) return refusedFor('timestamp_invalid');
  const off = Math.abs(Number(stamp) * unitMs - now.getTime());
  return off <= TOLERANCE_MS ? null : refusedFor('timestamp_out_of_tolerance');
}

const joined = (...parts: (string | Uint8Array)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const present = (header: string | null) => (header ? [header] : []);

/** One header that carries the HMAC-SHA256 of the body. */
function ofBody(header: string, prefix: string, encoding: 'hex' | 'base64'): Scheme {
  return ({ headers, body }, secrets) =>
    anyFits(secrets, present(headers.get(header)), (secret) => prefix + hmacSign(secret, body, encoding));
}

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries; Meta signs the same way. */
export const githubSignature = ofBody('x-hub-signature-256', 'sha256=', 'hex');
/** https://developers.notion.com/reference/webhooks#validating-the-request */
export const notionSignature = ofBody('x-notion-signature', 'sha256=', 'hex');
/** https://developer.x.com/en/docs/x-api/enterprise/account-activity-api/guides/securing-webhooks */
export const xSignature = ofBody('x-twitter-webhooks-signature', 'sha256=', 'base64');
/** https://shopify.dev/docs/apps/build/webhooks/subscribe/https#step-2-validate-the-origin-of-your-webhook-to-ensure-its-coming-from-shopify */
export const shopifySignature = ofBody('x-shopify-hmac-sha256', '', 'base64');

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const slackSignature: Scheme = ({ headers, body }, secrets, now) => {
  const stamp = headers.get('x-slack-request-timestamp');
  const stale = staleness(stamp, 1000, now);
  if (stale) return stale;
  const signed = joined(`v0:${stamp}:`, body);
  return anyFits(
    secrets,
    present(headers.get('x-slack-signature')),
    (secret) => `v0=${hmacSign(secret, signed)}`,
  );
};

/** `t=…,v1=…`, with a `v1` for each live secret at Stripe's side (https://docs.stripe.com/webhooks#verify-manually). */
export const stripeSignature: Scheme = ({ headers, body }, secrets, now) => {
  const parts = (headers.get('stripe-signature') ?? '').split(',').map((part) => part.trim().split('='));
  const valuesOf = (name: string) => parts.flatMap(([key, value]) => (key === name && value ? [value] : []));
  const stamp = valuesOf('t')[0] ?? null;
  const stale = staleness(stamp, 1000, now);
  if (stale) return stale;
  const signed = joined(`${stamp}.`, body);
  return anyFits(secrets, valuesOf('v1'), (secret) => hmacSign(secret, signed));
};

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#verifying-webhook-authenticity */
export const standardSignature: Scheme = ({ headers, body }, secrets, now) => {
  const id = headers.get('webhook-id');
  const stamp = headers.get('webhook-timestamp');
  if (!id) return refusedFor('header_missing');
  const stale = staleness(stamp, 1000, now);
  if (stale) return stale;
  const signed = joined(`${id}.${stamp}.`, body);
  const given = (headers.get('webhook-signature') ?? '').split(' ').filter((one) => one.startsWith('v1,'));
  const keys = secrets.map(standardKey).filter((key) => key.length > 0);
  return anyFits(
    keys.map((key) => key.toString('base64')),
    given,
    (key) => `v1,${hmacSign(Buffer.from(key, 'base64'), signed, 'base64')}`,
  );
};

/** The bytes behind `whsec_…`. */
export function standardKey(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** What HubSpot decodes before it signs (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation). */
const HUBSPOT_DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * Version 3. Versions 1 and 2 have neither key nor timestamp, so they count only where they are allowed and the sender gave no
 * third version.
 */
export function hubspotSignature(allowed: { legacy: boolean }): Scheme {
  return (request, secrets, now) => {
    const { method, url, headers, body } = request;
    const signature = headers.get('x-hubspot-signature-v3');
    if (!signature) return allowed.legacy ? hubspotLegacy(request, secrets) : refusedFor('header_missing');
    const stamp = headers.get('x-hubspot-request-timestamp');
    const stale = staleness(stamp, 1, now);
    if (stale) return stale;
    const verdictOf = (address: string) => {
      const uri = address.replaceAll(HUBSPOT_DECODED, (code) => decodeURIComponent(code));
      const signed = joined(method, uri, body, stamp ?? '');
      return anyFits(secrets, [signature], (secret) => hmacSign(secret, signed, 'base64'));
    };
    const verdict = verdictOf(url);
    // Servers that parse the query hand a space on as +, whichever way it was written.
    return verdict.ok || !url.includes('+') ? verdict : verdictOf(url.replaceAll('+', '%20'));
  };
}

function hubspotLegacy({ method, url, headers, body }: SignedRequest, secrets: readonly string[]): Verdict {
  const version = headers.get('x-hubspot-signature-version');
  if (version !== 'v1' && version !== 'v2') return refusedFor('header_missing');
  const signed = version === 'v1' ? joined(body) : joined(method, url, body);
  return anyFits(secrets, present(headers.get('x-hubspot-signature')), (secret) =>
    createHash('sha256').update(secret).update(signed).digest('hex'),
  );
}

/**
 * A form's `signed_request`: the signature, a point, and the encoded payload that it signs.
 * @param alphabet Meta writes base64url; Salesforce Canvas plain base64.
 * @returns the payload's text, or why it is refused.
 */
export function openSignedRequest(
  body: Uint8Array,
  secrets: readonly string[],
  alphabet: 'base64' | 'base64url',
): { ok: true; payload: string } | Exclude<Verdict, { ok: true }> {
  const text = new URLSearchParams(Buffer.from(body).toString('utf8')).get('signed_request') ?? '';
  const point = text.indexOf('.');
  if (point <= 0) return { ok: false, reason: 'malformed' };
  const encoded = text.slice(point + 1);
  const verdict = anyFits(secrets, [text.slice(0, point)], (secret) => hmacSign(secret, encoded, alphabet));
  return verdict.ok ? { ok: true, payload: Buffer.from(encoded, alphabet).toString('utf8') } : verdict;
}

/** What X wants to hear to be sure of an address: proof that it holds the consumer secret. */
export function xChallengeAnswer(crcToken: string, secret: string): string {
  return `sha256=${hmacSign(secret, crcToken, 'base64')}`;
}
