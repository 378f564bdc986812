import { z } from 'zod';
import { type FakeAnswer, type FakeRequest, must } from './platforms/server';

/** What the real API refuses beyond these. @see https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide */
const readBody = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: z.string(), after: z.string().optional() }))
    .min(1)
    .max(1_000),
});
const TIMES = { startedAt: '2026-01-01T00:00:00.000Z', completedAt: '2026-01-01T00:00:00.000Z' };
const TYPES = [{ category: 'HUBSPOT_DEFINED', typeId: 279, label: null }];

type End = readonly [type: string, id: string];

/** Which of HubSpot's records belong together: each pair is told from both of its sides. */
export class FakeAssociations {
  /** Others of one record that an answer carries. */
  pageSize = 500;
  readonly #pairs = new Set<string>();

  add(one: End, other: End): void {
    this.#pairs.add(pairOf(one, other));
  }

  remove(one: End, other: End): void {
    this.#pairs.delete(pairOf(one, other));
  }

  /** Records without any are missing in the answer, which is then a 207. */
  answer({ path, json }: Pick<FakeRequest, 'path' | 'json'>): FakeAnswer {
    const [, from, to] = /^\/crm\/v4\/associations\/(\w+)\/(\w+)\/batch\/read$/.exec(path) ?? [];
    const parsed = readBody.safeParse(json());
    must(from && to && parsed.success, {
      status: 400,
      body: { status: 'error', message: 'not a batch', category: 'VALIDATION_ERROR' },
    });
    const results = parsed.data.inputs.flatMap(({ id, after }) => {
      const others = this.#others([from, id], to);
      const start = after ? others.indexOf(after) + 1 : 0;
      const page = others.slice(start, start + this.pageSize);
      const last = page.at(-1);
      if (last === undefined) return [];
      const more = start + page.length < others.length;
      return {
        from: { id },
        to: page.map((toObjectId) => ({ toObjectId, associationTypes: TYPES })),
        ...(more ? { paging: { next: { after: last, link: '' } } } : {}),
      };
    });
    const whole = results.length === parsed.data.inputs.length;
    const none = { status: 'error', category: 'OBJECT_NOT_FOUND', message: 'No associations' };
    const errors = whole ? {} : { numErrors: 1, errors: [none] };
    return { status: whole ? 200 : 207, body: { status: 'COMPLETE', results, ...errors, ...TIMES } };
  }

  #others(own: End, type: string): string[] {
    const name = own.join('/');
    return [...this.#pairs]
      .flatMap((pair) => {
        const [one = '', other = ''] = pair.split(' ');
        return one === name ? other : other === name ? one : [];
      })
      .flatMap((other) => (other.startsWith(`${type}/`) ? other.slice(type.length + 1) : []))
      .sort();
  }
}

function pairOf(one: End, other: End): string {
  return [one.join('/'), other.join('/')].sort().join(' ');
}
