import { beforeEach, describe, expect, it } from 'vitest';
import { IdempotencyStore } from '@/core/http/idempotency';
import { randomIds } from '@/core/ids';
import { FixedClock } from '@/core/time/clock';
import { core } from '@/server/core';

const body = (text: string) => new TextEncoder().encode(text);
let clock: FixedClock;
let store: IdempotencyStore;
let key: string;
beforeEach(() => {
  clock = new FixedClock('2026-02-01T00:00:00Z');
  store = new IdempotencyStore(core.db, clock);
  key = randomIds.next();
});

async function begin(text = '{}', scope = 'o/u POST /x') {
  const begun = await store.begin(scope, key, body(text));
  return 'status' in begun ? { answer: begun, slot: null } : { answer: null, slot: begun };
}

describe('IdempotencyStore', () => {
  it('gives the first answer again for the same key and body', async () => {
    const { slot } = await begin();
    await slot?.complete({ status: 201, body: '{"id":1}' });
    expect((await begin()).answer).toEqual({ status: 201, body: '{"id":1}' });
  });

  it('refuses the same key with another body, and a second request while the first runs', async () => {
    const { slot } = await begin('{"a":1}');
    await expect(begin('{"a":1}')).rejects.toMatchObject({ code: 'conflict', retryAfterSeconds: 2 });
    await slot?.complete({ status: 200, body: '{}' });
    await expect(begin('{"a":2}')).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  it('frees the key after a failure, after a dead first request, and after a day', async () => {
    const first = await begin();
    await first.slot?.abandon();
    expect((await begin()).slot).not.toBeNull();
    clock.advance(5 * 60_000 + 1);
    const taken = await begin();
    expect(taken.slot).not.toBeNull();
    await taken.slot?.complete({ status: 200, body: '{"n":1}' });
    expect((await begin()).answer?.body).toBe('{"n":1}');
    clock.advance(25 * 3600_000);
    expect((await begin()).slot).not.toBeNull();
  });

  it('belongs to one caller and route: others may use the same key', async () => {
    await begin();
    expect((await begin('{}', 'other/user POST /x')).slot).not.toBeNull();
    expect((await begin('{}', 'o/u POST /y')).slot).not.toBeNull();
  });

  it('lets exactly one of many simultaneous requests run', async () => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => begin()));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it.each(['', 'has space', 'x'.repeat(256), 'ü'])('refuses the key %j', async (bad) => {
    await expect(store.begin('s', bad, body('{}'))).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
