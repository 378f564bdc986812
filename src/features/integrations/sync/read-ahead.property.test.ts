import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import type { VendorPage } from '../providers/types';
import { Lane } from './lane';
import { LinkStream } from './link-marks';
import type { LinkMark } from './schema';
import { VendorPages } from './vendor-pages';

const orderOf = (id: number) => String(id).padStart(4, '0');
const markOf = (id: number): LinkMark => ({
  ...{ externalId: String(id), order: orderOf(id), fieldHash: '', aliases: [], deleted: false },
});
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 60 });
const size = fc.integer({ min: 1, max: 9 });

it('links read in blocks are those between the places that are asked for, each once', () =>
  fc.assert(
    fc.asyncProperty(ids, ids, fc.nat(50), size, size, async (there, places, from, first, block) => {
      const all = there.toSorted((a, b) => a - b).map(markOf);
      const read = async (after: string, limit: number) =>
        all.filter(({ order }) => order > after).slice(0, limit);
      const stream = new LinkStream(read, orderOf(from), { first, block });
      let before = orderOf(from);
      const untils = places.filter((place) => place > from).toSorted((a, b) => a - b);
      for (const until of [...untils.map(orderOf), null]) {
        const start = before;
        const wanted = all.filter(({ order }) => order > start && (until === null || order <= until));
        expect(await stream.take(until)).toEqual(wanted);
        before = until ?? before;
      }
    }),
  ));

it('what follows a piece of work that failed is not begun, and the trouble is told', async () => {
  const lane = new Lane();
  const done: string[] = [];
  const piece = (name: string) => async () => {
    await Promise.resolve();
    done.push(name);
  };
  void lane.add(piece('first'));
  await expect(lane.add(() => Promise.reject(new Error('overtaken')))).rejects.toThrow('overtaken');
  await expect(lane.add(piece('never'))).rejects.toThrow('overtaken');
  await lane.quiet();
  expect(done).toEqual(['first']);
  expect(lane.failed).toBe(true);
  expect(() => lane.check()).toThrow('overtaken');
  await expect(lane.settled()).rejects.toThrow('overtaken');
});

const pageOf = (next: string | null): VendorPage => ({ records: [], next });

/** A list of so many pages, that answers when it is told to. */
function listOf(many: number) {
  const asked: (string | null)[] = [];
  const answers: (() => void)[] = [];
  const state = { open: true, fails: '' };
  const pages = new VendorPages(
    'hubspot',
    async (cursor) => {
      asked.push(cursor);
      await new Promise<void>((answered) => answers.push(answered));
      if (cursor === state.fails) throw new Error(`no ${cursor}`);
      const at = Number(cursor ?? '1');
      return pageOf(at < many ? String(at + 1) : null);
    },
    () => state.open,
  );
  const answer = async () => {
    answers.shift()?.();
    await new Promise((done) => setImmediate(done));
  };
  return { pages, asked, answer, state };
}

it('the page after one that came is asked for at once, while others are still looked at, and a few wait at most', async () => {
  const { pages, asked, answer } = listOf(9);
  const first = pages.read(null);
  await answer();
  expect(await first).toEqual(pageOf('2'));
  for (const many of [3, 4, 5, 5, 5]) {
    await answer();
    expect(asked).toHaveLength(many);
  }
  expect(await pages.read('2')).toEqual(pageOf('3'));
  expect(asked.at(-1)).toBe('6');
  expect(new Set(asked).size).toBe(asked.length);
});

it('trouble with a page waits for its turn, and is asked for anew', async () => {
  const { pages, asked, answer, state } = listOf(5);
  state.fails = '3';
  const first = pages.read(null);
  for (let one = 0; one < 3; one += 1) await answer();
  await first;
  expect(await pages.read('2')).toEqual(pageOf('3'));
  await expect(pages.read('3')).rejects.toThrow('no 3');
  state.fails = '';
  const again = pages.read('3');
  await answer();
  expect(await again).toEqual(pageOf('4'));
  expect(asked).toEqual([null, '2', '3', '3', '4']);
});

it('nothing is asked for ahead when time is over', async () => {
  const { pages, asked, answer, state } = listOf(5);
  state.open = false;
  const first = pages.read(null);
  await answer();
  expect(await first).toEqual(pageOf('2'));
  expect(asked).toEqual([null]);
  state.open = true;
  const second = pages.read('2');
  await answer();
  expect(await second).toEqual(pageOf('3'));
  expect(asked).toEqual([null, '2', '3']);
});

it('a list that leads back to where it was ends in an error', async () => {
  const next = new Map([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'b'],
  ]);
  const pages = new VendorPages(
    'hubspot',
    async (cursor) => pageOf(next.get(cursor ?? '') ?? null),
    () => true,
  );
  await pages.read('a');
  await pages.read('b');
  await expect(pages.read('c')).rejects.toThrow(ExternalServiceError);
});
