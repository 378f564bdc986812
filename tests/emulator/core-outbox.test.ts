import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventBus } from '@/core/events/bus';
import { defineEvent } from '@/core/events/event-type';
import { Outbox, outboxModel } from '@/core/events/outbox';
import { randomIds } from '@/core/ids';
import { FixedClock } from '@/core/time/clock';
import { core } from '@/server/core';

const { db } = core;

/** A name of its own per test, so that files running side by side do not sweep each other's entries. */
let event = defineEvent('unset', z.object({ n: z.number(), when: z.coerce.date() }));
let clock: FixedClock;
let bus: EventBus;
let outbox: Outbox;
beforeEach(() => {
  event = defineEvent(`test_${randomIds.next()}`, z.object({ n: z.number(), when: z.coerce.date() }));
  clock = new FixedClock(new Date());
  bus = new EventBus(clock, randomIds);
  outbox = new Outbox(db, bus, clock, randomIds);
});
const payload = { n: 1, when: new Date('2026-01-01T00:00:00Z') };
const append = () => db.run(async (tx) => outbox.append(tx, event, payload));
const entryOf = (id: string) => db.get(db.doc(outboxModel, id));
const until = async (check: () => Promise<boolean> | boolean) => {
  for (let tries = 0; tries < 100 && !(await check()); tries += 1)
    await new Promise((done) => setTimeout(done, 30));
};

describe('Outbox', () => {
  it('delivers right after the commit, with dates as dates and one id', async () => {
    const got: unknown[] = [];
    bus.subscribe(event, 'a', async (data, meta) => void got.push([data, meta.eventId]), { durable: true });
    const id = await append();
    await until(() => got.length > 0);
    expect(got).toEqual([[payload, id]]);
    await until(async () => (await entryOf(id))?.status === 'done');
    expect((await entryOf(id))?.acknowledged).toEqual(['a']);
  });

  it('writes nothing when the transaction fails', async () => {
    const got: unknown[] = [];
    bus.subscribe(event, 'a', async (data) => void got.push(data), { durable: true });
    await expect(
      db.run(async (tx) => {
        outbox.append(tx, event, payload);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await new Promise((done) => setTimeout(done, 100));
    expect(got).toEqual([]);
  });

  it('repeats only for the handler that failed, until it succeeds', async () => {
    const calls = { good: 0, bad: 0 };
    bus.subscribe(
      event,
      'good',
      async () => {
        calls.good += 1;
      },
      { durable: true },
    );
    bus.subscribe(
      event,
      'bad',
      async () => {
        calls.bad += 1;
        if (calls.bad < 3) throw new Error('not yet');
      },
      { durable: true },
    );
    const id = await append();
    for (let round = 0; round < 3; round += 1) {
      await until(async () => (await entryOf(id))?.leaseUntil === null && calls.bad > round);
      clock.advance(10_000);
      await outbox.dispatch(id);
    }
    await until(async () => (await entryOf(id))?.status === 'done');
    expect(calls).toEqual({ good: 1, bad: 3 });
    expect(await outbox.dispatch(id)).toBe('skipped');
  });

  it('the sweep finds what a crash between commit and dispatch left behind', async () => {
    const id = randomIds.next('evt');
    await db.create(db.doc(outboxModel, id), {
      event: event.name,
      payload: JSON.stringify(payload),
      occurredAt: clock.now(),
      acknowledged: [],
      status: 'pending',
      attempts: 0,
      nextAttemptAt: new Date(clock.now().getTime() + 15_000),
      leaseUntil: null,
      expiresAt: new Date(clock.now().getTime() + 86_400_000),
    });
    const got: string[] = [];
    bus.subscribe(event, 'a', async (_, meta) => void got.push(meta.eventId), { durable: true });
    await outbox.sweep();
    expect(got).toEqual([]);
    clock.advance(16_000);
    await outbox.sweep();
    expect(got).toEqual([id]);
  });

  it('two dispatchers at once deliver once', async () => {
    let calls = 0;
    bus.subscribe(
      event,
      'slow',
      async () => {
        calls += 1;
        await new Promise((done) => setTimeout(done, 50));
      },
      { durable: true },
    );
    const id = await append();
    await Promise.all(Array.from({ length: 6 }, () => outbox.dispatch(id)));
    await until(async () => (await entryOf(id))?.status === 'done');
    expect(calls).toBe(1);
  });

  it('gives up loudly after the last attempt and can be replayed by a person', async () => {
    let broken = true;
    bus.subscribe(
      event,
      'broken',
      async () => {
        if (broken) throw new Error('still broken');
      },
      { durable: true },
    );
    const id = await append();
    await until(
      async () => (await entryOf(id))?.leaseUntil === null && ((await entryOf(id))?.attempts ?? 0) > 0,
    );
    for (let round = 0; round < 20; round += 1) await outbox.dispatch(id);
    expect((await entryOf(id))?.status).toBe('dead');
    broken = false;
    await outbox.replay(id);
    expect((await entryOf(id))?.status).toBe('done');
  });
});

describe('EventBus', () => {
  it('one handler’s failure reaches neither the emitter nor the others', async () => {
    const got: number[] = [];
    bus.subscribe(event, 'fails', async () => Promise.reject(new Error('mine alone')));
    const stop = bus.subscribe(event, 'works', async (data) => void got.push(data.n));
    await bus.emit(event, payload);
    expect(got).toEqual([1]);
    stop();
    await bus.emit(event, payload);
    expect(got).toEqual([1]);
    expect(() => bus.subscribe(event, 'fails', async () => undefined)).toThrow(/already handles/);
  });

  it('refuses a payload that does not fit', async () => {
    await expect(bus.emit(event, { n: 'x' } as never)).rejects.toThrow();
    await expect(db.run(async (tx) => outbox.append(tx, event, { n: 1 } as never))).rejects.toThrow();
  });
});
