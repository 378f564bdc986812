import { createHmac } from 'node:crypto';
import type { IntegrationType } from '@/features/integrations/connections/schema';

/** What a vendor sends, as it signs it, for tests that let deliveries come as they like. */
export interface WebhookSender {
  /** What the webhook is registered with. */
  registration: Record<string, unknown>;
  /** The vendor's words for something that happened; the same number is the same delivery, of which this is the given try. */
  body(event: number, attempt: number): string;
  headers(body: string, event: number, address: { url: string; secret: string }): Record<string, string>;
}

/** How most vendors sign. */
export const mac = (secret: string, text: string | Uint8Array, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', secret).update(text).digest(encoding);
const SECRET = 'a-secret-that-the-vendor-knows';
/** Notion's first call brings the secret. */
export const NOTION_TOKEN = 'secret_of_the_first_call_1';

/** One for each vendor that can be connected and that may call us. */
export const WEBHOOK_SENDERS: Partial<Record<IntegrationType, WebhookSender>> = {
  github: {
    registration: { secret: SECRET },
    body: (event) => JSON.stringify({ action: 'opened', issue: { number: event } }),
    headers: (body, event) => ({
      'x-hub-signature-256': `sha256=${mac(SECRET, body)}`,
      'x-github-delivery': `delivery-${event}`,
      'x-github-event': 'issues',
    }),
  },
  hubspot: {
    registration: { secret: SECRET },
    body: (event, attemptNumber) =>
      JSON.stringify([
        {
          ...{ eventId: event, objectId: 1_000 + event, attemptNumber, portalId: 4_242 },
          ...{ subscriptionType: 'contact.propertyChange', occurredAt: 1_763_719_200_000 },
        },
      ]),
    headers: (body, _event, { url }) => {
      const stamp = String(Date.now());
      return {
        'content-type': 'application/json',
        'x-hubspot-signature-v3': mac(SECRET, `POST${url}${body}${stamp}`, 'base64'),
        'x-hubspot-request-timestamp': stamp,
      };
    },
  },
  notion: {
    registration: {},
    body: (event) => JSON.stringify({ id: `event-${event}`, type: 'page.content_updated' }),
    headers: (body) => ({ 'x-notion-signature': `sha256=${mac(NOTION_TOKEN, body)}` }),
  },
  salesforce: {
    registration: { settings: { vendorOrganizationId: '00D000000000001AAA', allowedIps: ['13.108.0.0/14'] } },
    body: (event) =>
      `<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D000000000001AAA</OrganizationId><ActionId>04k0</ActionId><Notification><Id>04l${event}</Id></Notification></notifications></soapenv:Body></soapenv:Envelope>`,
    headers: () => ({ 'x-forwarded-for': '13.110.7.7', 'content-type': 'text/xml' }),
  },
  slack: {
    registration: { secret: SECRET },
    body: (event) =>
      JSON.stringify({ type: 'event_callback', event_id: `Ev${event}`, event: { type: 'channel_rename' } }),
    headers: (body) => {
      const stamp = String(Math.floor(Date.now() / 1000));
      return {
        'x-slack-request-timestamp': stamp,
        'x-slack-signature': `v0=${mac(SECRET, `v0:${stamp}:${body}`)}`,
      };
    },
  },
};
