import { expect, it, vi } from 'vitest';
import { liveStatus, reportListener, watchLiveStatus } from './live-status';

it('tells the worst state of the listeners in use, and when it may have changed', () => {
  const changed = vi.fn();
  const stop = watchLiveStatus(changed);
  const [posts, balance] = [{}, {}];
  expect(liveStatus()).toBe('idle');
  reportListener(posts, 'live');
  reportListener(balance, 'loading');
  expect(liveStatus()).toBe('loading');
  reportListener(balance, 'live');
  expect(liveStatus()).toBe('live');
  reportListener(posts, 'error');
  expect(liveStatus()).toBe('error');
  reportListener(posts, null);
  reportListener(balance, null);
  expect(liveStatus()).toBe('idle');
  expect(changed).toHaveBeenCalledTimes(6);
  stop();
  reportListener(posts, 'live');
  expect(changed).toHaveBeenCalledTimes(6);
});
