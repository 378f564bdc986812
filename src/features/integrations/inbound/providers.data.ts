/**
 * Vendors that may call us. `secret` says where the shared secret comes from: `vendor` its page, `either` that or ours, `ours`
 * we choose it, `handshake` it arrives in the first call, `none` there is no shared one. `needs` names the settings without which
 * nothing could be verified.
 */
export const INBOUND_PROVIDERS = {
  github: { secret: 'either', needs: [] },
  slack: { secret: 'vendor', needs: [] },
  notion: { secret: 'handshake', needs: [] },
  hubspot: { secret: 'vendor', needs: [] },
  stripe: { secret: 'vendor', needs: [] },
  meta: { secret: 'vendor', needs: [] },
  x: { secret: 'vendor', needs: [] },
  shopify: { secret: 'vendor', needs: [] },
  google_channel: { secret: 'ours', needs: ['channelId'] },
  google_pubsub: { secret: 'none', needs: ['serviceAccountEmail'] },
  salesforce: { secret: 'ours', needs: ['vendorOrganizationId', 'allowedIps'] },
  salesforce_canvas: { secret: 'vendor', needs: [] },
  generic: { secret: 'either', needs: [] },
} as const satisfies Record<
  string,
  {
    secret: 'vendor' | 'either' | 'ours' | 'handshake' | 'none';
    needs: readonly ('channelId' | 'serviceAccountEmail' | 'vendorOrganizationId' | 'allowedIps')[];
  }
>;

export type InboundProvider = keyof typeof INBOUND_PROVIDERS;
