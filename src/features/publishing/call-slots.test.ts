import { describe, expect, it } from 'vitest';
import { CallSlots } from './call-slots';

describe('calls at once', () => {
  it('are as many as allowed, in the order they came; a place is given back once, also by a call that fails', async () => {
    const slots = new CallSlots(2);
    const begun: number[] = [];
    const ends: ((outcome: 'done' | 'failed') => void)[] = [];
    const call = (name: number) =>
      slots.within(() => {
        begun.push(name);
        return new Promise<void>((done, failed) =>
          ends.push((outcome) => (outcome === 'done' ? done() : failed(new Error('No.')))),
        );
      });
    const calls = [1, 2, 3, 4].map((name) => call(name).catch(() => 'failed'));
    const turn = () => new Promise((resolve) => setTimeout(resolve));
    await turn();
    expect(begun).toEqual([1, 2]);
    ends[0]?.('failed');
    await turn();
    expect(begun).toEqual([1, 2, 3]);
    for (const end of ends) end('done');
    await turn();
    ends[3]?.('done');
    expect(await Promise.all(calls)).toEqual(['failed', undefined, undefined, undefined]);

    const first = await slots.take();
    const second = await slots.take();
    first();
    first();
    const third = await slots.take();
    let fourth = false;
    void slots.take().then(() => (fourth = true));
    await turn();
    expect(fourth).toBe(false);
    second();
    await turn();
    expect(fourth).toBe(true);
    third();
  });
});
