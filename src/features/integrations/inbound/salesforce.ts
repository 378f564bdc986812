import 'server-only';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';

/** Entities are left alone: a message needs none, and a bomb is made of them. */
const parser = new XMLParser({
  // Of all attributes, the one that says what kind of record it is.
  ignoreAttributes: (name, path) => name !== 'type' || !String(path).endsWith('.sObject'),
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
  isArray: (name) => name === 'Notification',
});

const text = z.string().trim().min(1).max(100);
/** `sf:Contact`: the namespace says only which of the organisation's interfaces it came from. */
const sObject = z
  .object({ '@_type': text.regex(/^(?:\w+:)?\w+$/), Id: text })
  .transform(({ '@_type': type, Id }) => ({ object: type.slice(type.indexOf(':') + 1), id: Id }));
const envelopeSchema = z.object({
  Envelope: z.object({
    Body: z.object({
      notifications: z.object({
        OrganizationId: text,
        ActionId: text,
        Notification: z
          .array(z.object({ Id: text, sObject: sObject.nullable().catch(null) }))
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
  /** One of each notification; null where it cannot be read. */
  records: ({ object: string; id: string } | null)[];
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
    records: Notification.map(({ sObject: record }) => record),
  };
}

/** What Salesforce takes for "received"; anything else is sent again for a day. */
export const OUTBOUND_MESSAGE_ACK =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>' +
  '</soapenv:Body></soapenv:Envelope>';
