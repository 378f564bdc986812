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

it('the next page is asked for once, while there is time, and its trouble waits for its turn', async () => {
  const asked: (string | null)[] = [];
  let open = true;
  const answers = new Map<string | null, VendorPage>([
    [null, pageOf('b')],
    ['b', pageOf('c')],
  ]);
  const pages = new VendorPages(
    'hubspot',
    async (cursor) => {
      asked.push(cursor);
      const page = answers.get(cursor);
      if (!page) throw new Error(`no ${cursor}`);
      return page;
    },
    () => open,
  );
  expect(await pages.read(null)).toEqual(pageOf('b'));
  expect(asked).toEqual([null, 'b']);
  expect(await pages.read('b')).toEqual(pageOf('c'));
  expect(asked).toEqual([null, 'b', 'c']);
  await expect(pages.read('c')).rejects.toThrow('no c');
  answers.set('c', pageOf('d'));
  open = false;
  expect(await pages.read('c')).toEqual(pageOf('d'));
  expect(asked).toEqual([null, 'b', 'c', 'c']);
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
