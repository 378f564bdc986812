import { expect, it } from 'vitest';
import { type BrowserFacts, browserState } from './browser-push';

const known = [{ endpointHash: 'a' }, { endpointHash: 'b' }];
const here: BrowserFacts = { supported: true, permission: 'granted', endpointHash: 'a' };

it.each([
  ['on', here, known],
  ['off', { ...here, endpointHash: null }, known],
  // Somebody else's, or ended.
  ['off', { ...here, endpointHash: 'c' }, known],
  ['off', here, []],
  // Permission taken back in the browser's own settings.
  ['off', { ...here, permission: 'default' }, known],
  ['denied', { ...here, permission: 'denied' }, known],
  ['unsupported', { supported: false, permission: 'default', endpointHash: null }, known],
] as const)('%s for %o', (state, facts, subscriptions) => {
  expect(browserState(facts, subscriptions)).toBe(state);
});
