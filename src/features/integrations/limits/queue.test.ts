import { describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { CallQueue, QUEUE_DEPTH, QueueRefusal } from './queue';
import type { CallPriority } from './schema';

interface Place {
  admitted: boolean;
  waitMs: number;
}

/** A gate that lets as many through as it is told, and time that passes only while the queue waits. */
function world() {
  const clock = new FixedClock(new Date(0));
  const opened = { places: 0, every: 0, waitMs: 10 };
  const queue = new CallQueue<Place>(clock, async (milliseconds) => {
    clock.advance(milliseconds);
    opened.places += opened.every;
    await Promise.resolve();
  });
  const given: string[] = [];
  const back: string[] = [];
  const enter = (name: string, priority: CallPriority = 'normal', signal?: AbortSignal) =>
    queue
      .enter('key', {
        priority,
        signal,
        ask: async () => {
          if (opened.places <= 0) return { admitted: false, waitMs: opened.waitMs };
          opened.places -= 1;
          return { admitted: true, waitMs: 0 };
        },
        discard: () => back.push(name),
      })
      .then(() => given.push(name));
  return { clock, opened, queue, given, back, enter };
}

describe('calls that wait', () => {
  it('get six, three and one of ten places', async () => {
    const { opened, enter, given } = world();
    const all = (['low', 'normal', 'high'] as const).flatMap((priority) =>
      Array.from({ length: 200 }, (_, at) => enter(`${priority} ${at}`, priority)),
    );
    opened.every = 10;
    await Promise.all(all);
    const first = given.slice(0, 100);
    const of = (priority: string) => first.filter((name) => name.startsWith(priority)).length;
    expect([of('high'), of('normal'), of('low')]).toEqual([60, 30, 10]);
    // Within a class, whoever came first.
    expect(first.filter((name) => name.startsWith('high'))[0]).toBe('high 0');
  });

  it('leave the turns of an empty class to the others', async () => {
    const { opened, enter, given } = world();
    const all = ['a', 'b', 'c'].map((name) => enter(name, 'low'));
    opened.every = 1;
    await Promise.all(all);
    expect(given).toEqual(['a', 'b', 'c']);
  });

  it('are refused after half a minute, and at once when there can be no place before', async () => {
    const { clock, opened, enter } = world();
    await expect(enter('late')).rejects.toBeInstanceOf(QueueRefusal);
    expect(clock.now().getTime()).toBeGreaterThan(29_000);
    const before = clock.now().getTime();
    opened.waitMs = 3_600_000;
    await expect(enter('paused')).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    expect(clock.now().getTime()).toBe(before);
  });

  it('are a thousand at most', async () => {
    const { opened, enter, given } = world();
    const waiting = Array.from({ length: QUEUE_DEPTH + 1 }, (_, at) => enter(String(at)));
    const outcomes = Promise.allSettled(waiting);
    opened.every = 1_000;
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect([given.length, refused.length]).toEqual([QUEUE_DEPTH, 1]);
  });

  it('are forgotten when their caller leaves; a place that comes too late is given back', async () => {
    const { queue, back } = world();
    const leaving = new AbortController();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (asked === 1) return { admitted: false, waitMs: 10 };
      leaving.abort(new Error('gone'));
      return { admitted: true, waitMs: 0 };
    };
    const call = {
      priority: 'high' as const,
      signal: leaving.signal,
      ask,
      discard: () => back.push('place'),
    };
    await expect(queue.enter('key', call)).rejects.toThrow('gone');
    await Promise.resolve();
    await Promise.resolve();
    expect([back, queue.waiting('key')]).toEqual([['place'], 0]);
  });
});
