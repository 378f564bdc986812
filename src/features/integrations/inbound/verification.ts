import 'server-only';
import ipaddr from 'ipaddr.js';
import { safeEqual } from '@/core/crypto/secrets';
import {
  githubSignature,
  hubspotSignature,
  notionSignature,
  openSignedRequest,
  refusedFor,
  type Scheme,
  type SignedRequest,
  shopifySignature,
  slackSignature,
  standardSignature,
  stripeSignature,
  VERIFIED,
  type Verdict,
  xSignature,
} from '@/core/webhooks/signatures';
import type { InboundProvider } from './providers.data';
import type { GooglePushTokens } from './pubsub';
import { readOutboundMessage } from './salesforce';
import type { InboundSettings } from './schema';

/** A delivery with everything its sender is checked against. */
export interface Arrival {
  providerId: InboundProvider;
  request: SignedRequest;
  /** Of the sender. */
  ip: string;
  /** The secret part of the address, where it has one. */
  pathSecret: string | null;
  secrets: readonly string[];
  settings: InboundSettings;
  now: Date;
}

const SIGNED: Partial<Record<InboundProvider, Scheme>> = {
  github: githubSignature,
  slack: slackSignature,
  notion: notionSignature,
  stripe: stripeSignature,
  x: xSignature,
  shopify: shopifySignature,
  generic: standardSignature,
};

/** Is it from whom it says it is? Fails closed: what cannot be checked is refused. */
export async function verifyArrival(
  arrival: Arrival,
  tokens: Pick<GooglePushTokens, 'verify'>,
): Promise<Verdict> {
  const { providerId, request, secrets, settings, now } = arrival;
  const scheme = SIGNED[providerId];
  if (scheme) return scheme(request, secrets, now);
  switch (providerId) {
    case 'hubspot':
      return hubspotSignature({ legacy: settings.allowLegacySignatures })(request, secrets, now);
    case 'meta':
      return isForm(request)
        ? withoutPayload(openSignedRequest(request.body, secrets, 'base64url'))
        : githubSignature(request, secrets, now);
    case 'salesforce_canvas':
      return withoutPayload(openSignedRequest(request.body, secrets, 'base64'));
    case 'google_channel':
      return googleChannel(arrival);
    case 'google_pubsub':
      return settings.serviceAccountEmail
        ? tokens.verify({
            authorization: request.headers.get('authorization'),
            audience: settings.audience ?? request.url.split('?')[0] ?? '',
            serviceAccountEmail: settings.serviceAccountEmail,
          })
        : refusedFor('secret_missing');
    case 'salesforce':
      return salesforce(arrival);
    default:
      return refusedFor('secret_missing');
  }
}

export function isForm({ headers }: Pick<SignedRequest, 'headers'>): boolean {
  return (headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded');
}

function withoutPayload(opened: ReturnType<typeof openSignedRequest>): Verdict {
  return opened.ok ? VERIFIED : opened;
}

function oneEquals(secrets: readonly string[], given: string | null): Verdict {
  const usable = secrets.filter((secret) => secret.length > 0);
  if (usable.length === 0) return refusedFor('secret_missing');
  if (!given) return refusedFor('header_missing');
  const fits = usable.map((secret) => safeEqual(secret, given)).includes(true);
  return fits ? VERIFIED : refusedFor('signature_mismatch');
}

/** https://developers.google.com/workspace/drive/api/guides/push#understand-the-notification-message-format */
function googleChannel({ request: { headers }, secrets, settings }: Arrival): Verdict {
  const verdict = oneEquals(secrets, headers.get('x-goog-channel-token'));
  if (!verdict.ok) return verdict;
  const known = settings.channelId !== undefined && headers.get('x-goog-channel-id') === settings.channelId;
  return known ? VERIFIED : refusedFor('sender_not_allowed');
}

/** Outbound messages are not signed: the address carries a secret, and sender and organisation must be the known ones. */
function salesforce({ request, ip, pathSecret, secrets, settings }: Arrival): Verdict {
  const verdict = oneEquals(secrets, pathSecret);
  if (!verdict.ok) return verdict;
  if (!settings.allowedIps.some((range) => within(ip, range))) return refusedFor('sender_not_allowed');
  const message = readOutboundMessage(request.body);
  if (!message) return refusedFor('malformed');
  const same = settings.vendorOrganizationId === message.organizationId;
  return same ? VERIFIED : refusedFor('sender_not_allowed');
}

function within(ip: string, range: string): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  const [base, bits] = range.includes('/')
    ? ipaddr.parseCIDR(range)
    : ([ipaddr.process(range), null] as const);
  if (address.kind() !== base.kind()) return false;
  return address.match(base, bits ?? (base.kind() === 'ipv4' ? 32 : 128));
}
