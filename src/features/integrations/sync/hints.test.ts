import { beforeEach, expect, it } from 'vitest';
import type { JobRequest } from '@/core/jobs/job-queue';
import { FixedClock } from '@/core/time/clock';
import { ChangeHints } from './hints';
import type { RefetchJob } from './refetch';

const clock = new FixedClock('2026-11-21T10:00:00Z');
const contact = { organizationId: 'org', integrationId: 'int', entity: 'contact' };
let enqueued: JobRequest[];
let passes: string[];
let hints: ChangeHints;

beforeEach(() => {
  [enqueued, passes] = [[], []];
  hints = new ChangeHints({
    catchUp: {
      changed: async (id, entity) => void passes.push(`${id} ${entity}`),
      whole: async (id, entity, key) => void passes.push(`whole ${id} ${entity} ${key}`),
    },
    jobs: {
      enqueue: async (request) => {
        enqueued.push(request);
        return { jobId: '', created: true };
      },
    },
    clock,
  });
});

const named = (many: number, from = 0) => ({
  kind: 'records' as const,
  ids: Array.from({ length: many }, (_, at) => `r${from + at}`),
});
const idsOf = () => enqueued.map(({ payload }) => (payload as RefetchJob).ids);
const keysOf = () => enqueued.map(({ idempotencyKey }) => idempotencyKey);

it('asks for a hundred at once, each once; the same words are the same jobs', async () => {
  await hints.take(contact, [named(150), named(10)], 'event');
  expect(idsOf().map(({ length }) => length)).toEqual([100, 50]);
  await hints.take(contact, [named(150)], 'event');
  expect(keysOf().slice(2)).toEqual(keysOf().slice(0, 2));
  await hints.take(contact, [named(150)], 'another');
  await hints.take({ ...contact, entity: 'deal' }, [named(150)], 'event');
  expect(new Set(keysOf()).size).toBe(6);
  // One kind of record is asked for by one job at a time.
  expect(new Set(enqueued.map(({ concurrencyKey }) => concurrencyKey)).size).toBe(2);
});

it('leaves to one pass what names nothing, and to a whole one what names too much', async () => {
  await hints.take(contact, [{ kind: 'some' }, named(1), { kind: 'some' }], 'event');
  await hints.take(contact, [{ kind: 'all' }], 'event');
  await hints.take(contact, [], 'event');
  expect(idsOf()).toEqual([['r0']]);
  expect(passes).toEqual(['int contact', expect.stringMatching(/^whole int contact \w{40}$/)]);
});

it('leaves a burst to passes, of many records as of many words with one each, and nobody else’s', async () => {
  for (let word = 0; word < 130; word += 1) await hints.take(contact, [named(1, word)], `event ${word}`);
  expect([enqueued.length, passes.length]).toEqual([100, 30]);
  await hints.take({ ...contact, integrationId: 'other' }, [named(1)], 'event');
  await hints.take({ ...contact, entity: 'deal' }, [named(1)], 'event');
  expect([enqueued.length, passes.length]).toEqual([102, 30]);
  clock.advance(30_000);
  await hints.take(contact, [named(1_000)], 'later');
  expect([enqueued.length, passes.length]).toEqual([112, 30]);
  await hints.take(contact, [named(1)], 'too many');
  expect([enqueued.length, passes.length]).toEqual([112, 31]);
});
