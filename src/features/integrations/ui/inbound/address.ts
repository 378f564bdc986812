import type { DocOf } from '@/core/db/model';
import type { Tone } from '@/ui/badge';
import { INBOUND_PROVIDERS, type InboundProvider } from '../../inbound/providers.data';
import type { inboundRegistrationModel } from '../../inbound/schema';

export type Address = DocOf<typeof inboundRegistrationModel>;

/** How an address does, in one word. One that has heard nothing yet is not "active" to people. */
export type AddressState = 'active' | 'waiting' | 'failing' | 'disabled';

export function stateOf({ status, verified }: Pick<Address, 'status' | 'verified'>): AddressState {
  return status === 'active' && !verified ? 'waiting' : status;
}

export const STATE_TONES: Record<AddressState, Tone> = {
  active: 'ok',
  waiting: 'info',
  failing: 'warn',
  disabled: 'neutral',
};

export type Why =
  | 'processing'
  | 'subscription_gone'
  | 'person'
  | 'gone'
  | 'exhausted'
  | 'disconnected'
  | 'secretMissing';

/** What a person should know about a state, beyond the word; null when there is nothing. */
export function whyOf(
  address: Pick<Address, 'status' | 'failingReason' | 'disabledReason' | 'secrets' | 'providerId'>,
): Why | null {
  if (address.status === 'disabled') return address.disabledReason ?? 'person';
  if (address.status === 'failing') return address.failingReason ?? 'processing';
  return secretLater(address.providerId) && address.secrets.length === 0 ? 'secretMissing' : null;
}

/** Stripe names its signing secret only once it knows the address. */
export function secretLater(providerId: InboundProvider): boolean {
  return INBOUND_PROVIDERS[providerId].secret === 'after';
}

/** Under which a vendor's mark is drawn. */
export const MARKS: Record<InboundProvider, string> = {
  github: 'github',
  slack: 'slack',
  notion: 'notion',
  hubspot: 'hubspot',
  stripe: 'stripe',
  meta: 'meta',
  x: 'x',
  shopify: 'shopify',
  google_channel: 'google',
  google_pubsub: 'google',
  salesforce: 'salesforce',
  salesforce_canvas: 'salesforce',
  generic: 'webhook',
};

/** How many steps a person takes at each vendor; their words are messages `steps.{provider}.1` and on. */
export const STEPS: Record<InboundProvider, number> = {
  github: 3,
  slack: 3,
  notion: 3,
  hubspot: 3,
  stripe: 3,
  meta: 2,
  x: 2,
  shopify: 2,
  google_channel: 2,
  google_pubsub: 2,
  salesforce: 2,
  salesforce_canvas: 2,
  generic: 2,
};
