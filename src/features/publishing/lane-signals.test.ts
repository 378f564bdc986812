import { describe, expect, it, vi } from 'vitest';
import { LaneSignals } from './lane-signals';

describe('waiting for an account', () => {
  it('ends for one waiter with each commit that ends, in the order they came, and by itself in time', async () => {
    vi.useFakeTimers();
    try {
      const lanes = new LaneSignals();
      const ended: string[] = [];
      const wait = (name: string, account: string) => lanes.wait(account, 1_000).then(() => ended.push(name));
      const all = [wait('first', 'a'), wait('second', 'a'), wait('third', 'a'), wait('other', 'b')];
      lanes.freed('a');
      await vi.advanceTimersByTimeAsync(0);
      expect(ended).toEqual(['first']);
      lanes.freed('a');
      lanes.freed('nobody');
      await vi.advanceTimersByTimeAsync(0);
      expect(ended).toEqual(['first', 'second']);
      await vi.advanceTimersByTimeAsync(1_000);
      await Promise.all(all);
      expect(ended).toEqual(['first', 'second', 'third', 'other']);
      lanes.freed('a');
    } finally {
      vi.useRealTimers();
    }
  });
});
