import 'server-only';
import { z } from 'zod';
import { sha256hex } from '@/core/crypto/secrets';
import type { SignedRequest } from '@/core/webhooks/signatures';
import type { InboundProvider } from './providers.data';
import { OUTBOUND_MESSAGE_ACK, readOutboundMessage } from './salesforce';
import { isForm } from './verification';

/** What is answered to the sender. */
export interface WebhookReply {
  contentType: 'application/json' | 'text/plain' | 'text/xml';
  body: string;
}

export type Envelope =
  /** The vendor asks whether the address is ours; answered, never enqueued. */
  | { kind: 'handshake'; reply: WebhookReply }
  | { kind: 'event'; deliveryId: string | null; topic: string }
  | { kind: 'unparseable'; reason: string };

export const RECEIVED: WebhookReply = { contentType: 'application/json', body: '{"received":true}' };
export const plainReply = (body: string): WebhookReply => ({ contentType: 'text/plain', body });

const word = z.string().max(200);
const typed = z.looseObject({ id: word.optional(), type: word.optional() });
const SHAPES = {
  github: z.looseObject({ action: word.optional() }),
  slack: z.looseObject({
    type: word,
    challenge: word.optional(),
    event_id: word.optional(),
    event: z.looseObject({ type: word }).optional(),
  }),
  notion: typed.required(),
  hubspot: z.array(z.looseObject({ subscriptionType: word.optional(), eventType: word.optional() })).min(1),
  stripe: typed.required(),
  meta: z.looseObject({ object: word.optional() }),
  x: z.looseObject({ for_user_id: word.optional() }),
  shopify: z.looseObject({}),
  pubsub: z.object({ message: z.looseObject({ messageId: word }), subscription: word }),
  generic: typed,
};

/** Reads what a verified delivery is about, without believing more of it than its name. */
export function readEnvelope(providerId: InboundProvider, request: SignedRequest): Envelope {
  if (providerId === 'google_channel') return googleChannel(request.headers);
  if (providerId === 'salesforce') return outboundMessage(request.body);
  const form = isForm(request);
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    const body = text.decode(request.body);
    return form
      ? formEnvelope(providerId, body)
      : jsonEnvelope(providerId, request.headers, JSON.parse(body));
  } catch (error) {
    const reason = error instanceof z.ZodError ? `not shaped as ${providerId} writes it` : 'not readable';
    return { kind: 'unparseable', reason };
  }
}

function event(deliveryId: string | null | undefined, topic: string | null | undefined): Envelope {
  return { kind: 'event', deliveryId: deliveryId || null, topic: topic ?? '' };
}

function jsonEnvelope(providerId: InboundProvider, headers: Headers, json: unknown): Envelope {
  switch (providerId) {
    case 'github':
      SHAPES.github.parse(json);
      return event(headers.get('x-github-delivery'), headers.get('x-github-event'));
    case 'slack': {
      const { type, challenge, event_id, event: inner } = SHAPES.slack.parse(json);
      if (type === 'url_verification' && challenge)
        return { kind: 'handshake', reply: plainReply(challenge) };
      return event(event_id, inner?.type ?? type);
    }
    case 'notion':
    case 'stripe': {
      const { id, type } = SHAPES[providerId].parse(json);
      return event(id, type);
    }
    case 'hubspot': {
      const events = SHAPES.hubspot.parse(json);
      const [first] = events;
      // HubSpot names no delivery, and counts its tries in the body: the same events are the same delivery.
      const same = events.map(({ attemptNumber: _try, ...one }) => one);
      return event(sha256hex(JSON.stringify(same)), first?.subscriptionType ?? first?.eventType);
    }
    case 'meta':
      return event(null, SHAPES.meta.parse(json).object);
    case 'x':
      return event(
        null,
        Object.keys(SHAPES.x.parse(json)).find((key) => key.endsWith('_events')),
      );
    case 'shopify':
      SHAPES.shopify.parse(json);
      return event(headers.get('x-shopify-webhook-id'), headers.get('x-shopify-topic'));
    case 'google_pubsub':
      return event(SHAPES.pubsub.parse(json).message.messageId, 'message');
    default:
      return event(headers.get('webhook-id'), SHAPES.generic.parse(json).type);
  }
}

/** Slack's commands and buttons, and the signed requests of Meta and Salesforce, come as forms. */
function formEnvelope(providerId: InboundProvider, body: string): Envelope {
  const form = new URLSearchParams(body);
  if (providerId === 'meta' || providerId === 'salesforce_canvas') return event(null, 'signed_request');
  if (providerId !== 'slack') return { kind: 'unparseable', reason: 'a form, where JSON was expected' };
  const payload = form.get('payload');
  if (payload) return event(null, z.looseObject({ type: word }).parse(JSON.parse(payload)).type);
  return event(null, form.get('command') ? 'slash_command' : 'form');
}

function googleChannel(headers: Headers): Envelope {
  const state = headers.get('x-goog-resource-state') ?? '';
  if (state === 'sync') return { kind: 'handshake', reply: RECEIVED };
  const number = headers.get('x-goog-message-number');
  const resource = headers.get('x-goog-resource-id') ?? '';
  if (!number) return { kind: 'unparseable', reason: 'no message number' };
  return event(`${headers.get('x-goog-channel-id')}/${resource}/${number}`, state);
}

function outboundMessage(body: Uint8Array): Envelope {
  const message = readOutboundMessage(body);
  if (!message) return { kind: 'unparseable', reason: 'not an outbound message' };
  return event(message.notificationIds.join(','), message.actionId);
}

export function acknowledgement(providerId: InboundProvider): WebhookReply {
  return providerId === 'salesforce' ? { contentType: 'text/xml', body: OUTBOUND_MESSAGE_ACK } : RECEIVED;
}

const handshakeSchema = z.looseObject({ verification_token: z.string().regex(/^[\w-]{16,200}$/) });

/** The token that Notion sends once to a new address, to be pasted back there by a person. Null when the body has none. */
export function notionToken(body: Uint8Array): string | null {
  try {
    const parsed = handshakeSchema.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
    return parsed.success ? parsed.data.verification_token : null;
  } catch {
    return null;
  }
}
