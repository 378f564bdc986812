import 'server-only';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';

/** Entities are left alone: a message needs none, and a bomb is made of them. */
const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
  isArray: (name) => name === 'Notification',
});

const text = z.string().trim().min(1).max(100);
const envelopeSchema = z.object({
  Envelope: z.object({
    Body: z.object({
      notifications: z.object({
        OrganizationId: text,
        ActionId: text,
        Notification: z
          .array(z.object({ Id: text }))
          .min(1)
          .max(100),
      }),
    }),
  }),
});

export interface OutboundMessage {
  organizationId: string;
  actionId: string;
  notificationIds: string[];
}

/**
 * Reads Salesforce's outbound message
 * (https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging_understanding.htm).
 * @returns null for anything else.
 */
export function readOutboundMessage(body: Uint8Array): OutboundMessage | null {
  const xml = Buffer.from(body).toString('utf8');
  // Senders of SOAP have no business declaring types of their own.
  if (/<!DOCTYPE/i.test(xml) || XMLValidator.validate(xml) !== true) return null;
  const parsed = envelopeSchema.safeParse(parser.parse(xml));
  if (!parsed.success) return null;
  const { OrganizationId, ActionId, Notification } = parsed.data.Envelope.Body.notifications;
  return {
    organizationId: OrganizationId,
    actionId: ActionId,
    notificationIds: Notification.map(({ Id }) => Id),
  };
}

/** What Salesforce takes for "received"; anything else is sent again for a day. */
export const OUTBOUND_MESSAGE_ACK =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>' +
  '</soapenv:Body></soapenv:Envelope>';
