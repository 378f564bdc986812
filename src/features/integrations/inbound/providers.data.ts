import type { IntegrationType } from '../connections/schema';

/**
 * Vendors that may call us. `secret` says where the shared secret comes from: `vendor` its page, `either` that or ours, `ours`
 * we choose it, `after` its page once it knows the address, `handshake` it arrives in the first call, `none` there is no shared one. `needs` names the settings without which
 * nothing could be verified. `feeds` names the kinds of connection whose records such a sender speaks of; the generic one may
 * speak of any. `trial` says whether we can sign as this sender does, to try an address out.
 */
export const INBOUND_PROVIDERS = {
  github: { secret: 'either', needs: [], feeds: ['github'], trial: true },
  slack: { secret: 'vendor', needs: [], feeds: ['slack'], trial: true },
  notion: { secret: 'handshake', needs: [], feeds: ['notion'], trial: true },
  hubspot: { secret: 'vendor', needs: [], feeds: ['hubspot'], trial: true },
  stripe: { secret: 'after', needs: [], feeds: [], trial: true },
  meta: { secret: 'vendor', needs: [], feeds: [], trial: true },
  x: { secret: 'vendor', needs: [], feeds: [], trial: true },
  shopify: { secret: 'vendor', needs: [], feeds: [], trial: true },
  google_channel: { secret: 'ours', needs: ['channelId'], feeds: ['google_sheets'], trial: true },
  // Google signs with a key of its own.
  google_pubsub: { secret: 'none', needs: ['serviceAccountEmail'], feeds: ['google_sheets'], trial: false },
  // Only Salesforce's own addresses may send.
  salesforce: {
    secret: 'ours',
    needs: ['vendorOrganizationId', 'allowedIps'],
    feeds: ['salesforce'],
    trial: false,
  },
  salesforce_canvas: { secret: 'vendor', needs: [], feeds: ['salesforce'], trial: true },
  generic: { secret: 'either', needs: [], feeds: [], trial: true },
} as const satisfies Record<
  string,
  {
    secret: 'vendor' | 'after' | 'either' | 'ours' | 'handshake' | 'none';
    needs: readonly ('channelId' | 'serviceAccountEmail' | 'vendorOrganizationId' | 'allowedIps')[];
    feeds: readonly IntegrationType[];
    trial: boolean;
  }
>;

export type InboundProvider = keyof typeof INBOUND_PROVIDERS;

/** Whether what this sender tells can be about such a connection. */
export function feeds(providerId: InboundProvider, type: IntegrationType): boolean {
  const known: readonly IntegrationType[] = INBOUND_PROVIDERS[providerId].feeds;
  return providerId === 'generic' || known.includes(type);
}

/** Senders that make sense for a connection, its vendor's own first; all of them where there is none. */
export function providersFor(type: IntegrationType | null): InboundProvider[] {
  const all = Object.keys(INBOUND_PROVIDERS) as InboundProvider[];
  if (type === null) return ['generic', ...all.filter((one) => one !== 'generic')];
  return all.filter((one) => feeds(one, type));
}
