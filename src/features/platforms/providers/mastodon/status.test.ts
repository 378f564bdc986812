import { describe, expect, it } from 'vitest';
import { keepsIdempotencyKeys } from '@/features/platforms/providers/mastodon/api';
import { comparable } from '@/features/platforms/providers/mastodon/status';

describe('keepsIdempotencyKeys', () => {
  it.each(['4.4.0', '4.3.0-rc.1', '4.4.3+glitch', '4.2.1+hometown-1.1.1'])(
    'Mastodon and its forks: %s',
    (version) => {
      expect(keepsIdempotencyKeys(version)).toBe(true);
    },
  );

  it.each([
    '4.0.0 (not true; really snac/2.75)',
    '3.5.3 (compatible; Pixelfed 0.12.4)',
    '2.7.2 (compatible; Pleroma 2.9.1)',
    '0.19.1+git-abc',
    '0.17.3 git-5a5e6b3',
    'takahe/0.11.0',
    '',
  ])('nobody else, as nobody else promises it: %s', (version) => {
    expect(keepsIdempotencyKeys(version)).toBe(false);
  });
});

describe('comparable', () => {
  it('is the same before and after a server made text of it', () => {
    expect(comparable('**Irises** by @ada@mastodon.example, _now_')).toBe(comparable('Irises by @ada, now'));
    expect(comparable('Irises')).not.toBe(comparable('Iris'));
  });
});
