import 'server-only';
import { hmacSign, safeEqual } from '@/core/crypto/secrets';
import { type SignedRequest, standardKey } from '@/core/webhooks/signatures';
import type { InboundProvider } from './providers.data';
import type { InboundSettings } from './schema';

/** Says that we sent a delivery ourselves, and proves it: whoever does not hold the secret cannot write it. */
const MARK_HEADER = 'x-irisync-test';
export const TRIAL_TOPIC = 'irisync.test';

interface TrialFacts {
  /** Of the delivery, new each time. */
  id: string;
  secret: string;
  /** As the sender knows the address. */
  url: string;
  settings: InboundSettings;
  now: Date;
}
interface TrialRequest {
  headers: Record<string, string>;
  body: string;
}

type Signer = (facts: TrialFacts, stamp: string) => TrialRequest;

const label = { irisync_test: true };
const JSON_TYPE = { 'content-type': 'application/json' };
const json = (body: unknown, headers: (text: string) => Record<string, string>): TrialRequest => {
  const text = JSON.stringify(body);
  return { body: text, headers: { ...JSON_TYPE, ...headers(text) } };
};

/** How each sender that shares a secret with us writes and signs; seconds are what most stamp with. */
const SIGNERS: Partial<Record<InboundProvider, Signer>> = {
  github: ({ id, secret }) =>
    json({ ...label, zen: 'This is a test.' }, (text) => ({
      'x-github-event': TRIAL_TOPIC,
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${hmacSign(secret, text)}`,
    })),
  slack: ({ id, secret }, stamp) =>
    json({ ...label, type: 'event_callback', event_id: id, event: { type: TRIAL_TOPIC } }, (text) => ({
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': `v0=${hmacSign(secret, `v0:${stamp}:${text}`)}`,
    })),
  notion: ({ id, secret }) =>
    json({ ...label, id, type: TRIAL_TOPIC }, (text) => ({
      'x-notion-signature': `sha256=${hmacSign(secret, text)}`,
    })),
  hubspot: ({ id, secret, url, now }) =>
    json([{ ...label, eventId: id, subscriptionType: TRIAL_TOPIC }], (text) => {
      const stamp = String(now.getTime());
      return {
        'x-hubspot-request-timestamp': stamp,
        'x-hubspot-signature-v3': hmacSign(secret, `POST${url}${text}${stamp}`, 'base64'),
      };
    }),
  stripe: ({ id, secret }, stamp) =>
    json({ ...label, id, type: TRIAL_TOPIC }, (text) => ({
      'stripe-signature': `t=${stamp},v1=${hmacSign(secret, `${stamp}.${text}`)}`,
    })),
  meta: ({ id, secret }) =>
    json({ ...label, object: TRIAL_TOPIC, entry: [{ id }] }, (text) => ({
      'x-hub-signature-256': `sha256=${hmacSign(secret, text)}`,
    })),
  x: ({ id, secret }) =>
    json({ ...label, for_user_id: id, irisync_test_events: [] }, (text) => ({
      'x-twitter-webhooks-signature': `sha256=${hmacSign(secret, text, 'base64')}`,
    })),
  shopify: ({ id, secret }) =>
    json({ ...label, id }, (text) => ({
      'x-shopify-topic': TRIAL_TOPIC,
      'x-shopify-webhook-id': id,
      'x-shopify-hmac-sha256': hmacSign(secret, text, 'base64'),
    })),
  google_channel: ({ id, secret, settings }) => ({
    body: '',
    headers: {
      'x-goog-channel-token': secret,
      'x-goog-channel-id': settings.channelId ?? '',
      'x-goog-resource-id': id,
      'x-goog-resource-state': TRIAL_TOPIC,
      'x-goog-message-number': '1',
    },
  }),
  salesforce_canvas: ({ id, secret }) => {
    const payload = Buffer.from(JSON.stringify({ ...label, id })).toString('base64');
    const signed = `${hmacSign(secret, payload, 'base64')}.${payload}`;
    return {
      body: new URLSearchParams({ signed_request: signed }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  },
  generic: ({ id, secret }, stamp) =>
    json({ ...label, type: TRIAL_TOPIC }, (text) => ({
      'webhook-id': id,
      'webhook-timestamp': stamp,
      'webhook-signature': `v1,${hmacSign(standardKey(secret), `${id}.${stamp}.${text}`, 'base64')}`,
    })),
};

/** A delivery as this sender would sign it, labelled as a test. Null where nobody but the sender can sign. */
export function trialRequest(providerId: InboundProvider, facts: TrialFacts): TrialRequest | null {
  const made = SIGNERS[providerId]?.(facts, String(Math.floor(facts.now.getTime() / 1000)));
  return made
    ? { ...made, headers: { ...made.headers, [MARK_HEADER]: markOf(facts.secret, made.body) } }
    : null;
}

/** Whether a verified delivery is a test of ours. */
export function isTrial({ headers, body }: SignedRequest, secrets: readonly string[]): boolean {
  const mark = headers.get(MARK_HEADER);
  return mark !== null && secrets.some((secret) => secret !== '' && safeEqual(mark, markOf(secret, body)));
}

function markOf(secret: string, body: string | Uint8Array): string {
  return hmacSign(secret, Buffer.concat([Buffer.from('irisync-test:'), Buffer.from(body)]));
}
