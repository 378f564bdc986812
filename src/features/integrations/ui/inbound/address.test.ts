import { describe, expect, it } from 'vitest';
import de from '@/messages/de/inbound.json';
import en from '@/messages/en/inbound.json';
import { networkName } from '@/ui/network-mark';
import { INBOUND_PROVIDERS, type InboundProvider, providersFor } from '../../inbound/providers.data';
import { INTEGRATIONS } from '../../registry.data';
import { type Address, MARKS, STEPS, stateOf, whyOf } from './address';

const providers = Object.keys(INBOUND_PROVIDERS) as InboundProvider[];
const address = (change: Partial<Address>) =>
  ({
    ...{ status: 'active', verified: true, failingReason: null, disabledReason: null },
    ...{ secrets: [{ id: 's', hint: 'abcd', expiresAt: null }], providerId: 'github' },
    ...change,
  }) as Address;

it('every vendor has a mark of its own', () => {
  const marks = [...INTEGRATIONS.map(({ platform }) => platform), ...Object.values(MARKS), 'teams'];
  expect(marks.filter((one) => networkName(one) === one)).toEqual([]);
});

describe('an address', () => {
  it.each(providers)('from %s has a name, and as many steps as are told of, in every language', (one) => {
    for (const messages of [en, de]) {
      expect(messages.providers[one].length).toBeGreaterThan(0);
      expect(Object.keys(messages.steps[one])).toHaveLength(STEPS[one]);
    }
    const asks = ['vendor', 'after', 'either'].includes(INBOUND_PROVIDERS[one].secret);
    expect(one in en.secretHint).toBe(asks);
  });

  it.each([
    ['active', null, {}],
    ['waiting', null, { verified: false }],
    ['waiting', 'secretMissing', { verified: false, providerId: 'stripe', secrets: [] }],
    ['waiting', null, { verified: false, providerId: 'notion', secrets: [] }],
    ['failing', 'processing', { status: 'failing' }],
    ['failing', 'subscription_gone', { status: 'failing', failingReason: 'subscription_gone' }],
    ['disabled', 'gone', { status: 'disabled', disabledReason: 'gone', verified: false }],
    ['disabled', 'person', { status: 'disabled' }],
  ] as [string, string | null, Partial<Address>][])('is %s because of %s', (state, why, change) => {
    expect([stateOf(address(change)), whyOf(address(change))]).toEqual([state, why]);
  });

  it('of a connection is for its own vendor, or for a sender of one’s own', () => {
    expect(providersFor('github')).toEqual(['github', 'generic']);
    expect(providersFor('google_sheets')).toEqual(['google_channel', 'google_pubsub', 'generic']);
    expect(providersFor('sandbox_crm')).toEqual(['generic']);
    expect(providersFor(null)).toHaveLength(providers.length);
    expect(providersFor(null)[0]).toBe('generic');
  });
});
