import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf, type Draft, type DraftAction, drafted, draftOf, isChanged } from './draft';
import { inOrder, overlap, positionsOf } from './order';
import type { DraftRow, StoredMapping } from './rebase';
import { sameRule } from './rule';
import { planOf } from './save';
import type { MappingRule } from './schema';

const FIELDS = ['a', 'b', 'c', 'd', 'e'];
const internal = fc.constantFrom('name', 'address', 'address.city', 'email');
const rule = (externalField: string, internalField: string): MappingRule => ({
  ...{ externalField, internalField },
  fieldType: 'string',
  isRequired: false,
  defaultValue: null,
  transformation: null,
  language: null,
  validation: {},
});

/** A set as it may be stored: each field once, some made in the same moment, some moved. */
const stored = fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 5 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc
        .record({
          internalField: internal,
          version: fc.integer({ min: 1, max: 3 }),
          createdAt: fc.integer({ min: 1, max: 3 }).map((at) => new Date(at)),
          position: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
        })
        .map(
          ({ internalField, position, ...rest }): StoredMapping => ({
            ...rule(name, internalField),
            ...rest,
            id: `id-${name}`,
            ...(position === undefined ? {} : { position }),
          }),
        ),
    ),
  ),
);

/** Which row an action means is said by a number, since rows come and go. */
type Wish = { kind: 'add' | 'change' | 'type' | 'remove' | 'up' | 'down'; at: number; to: string };
const wishes = fc.array(
  fc.record({
    kind: fc.constantFrom<Wish['kind']>('add', 'change', 'type', 'remove', 'up', 'down'),
    at: fc.nat(20),
    to: internal,
  }),
  { maxLength: 20 },
);

function actionOf({ kind, at, to }: Wish, draft: Draft, count: number): DraftAction | null {
  if (kind === 'add') return { do: 'put', rows: [{ key: `new-${count}`, rule: rule(`new${count}`, to) }] };
  const key = draft.rows[at % Math.max(1, draft.rows.length)]?.key;
  if (key === undefined) return null;
  if (kind === 'remove') return { do: 'remove', key };
  if (kind === 'up' || kind === 'down') return { do: 'move', key, by: kind === 'up' ? -1 : 1 };
  return { do: 'change', key, patch: { internalField: to }, ...(kind === 'type' ? { tag: 'field' } : {}) };
}

function edited(from: Draft, all: readonly Wish[]): Draft {
  return all.reduce((draft, wish, count) => {
    const action = actionOf(wish, draft, count);
    return action ? drafted(draft, action) : draft;
  }, from);
}

const plain = (rows: readonly DraftRow[]) => rows.map(({ key, rule: own }) => ({ key, rule: own }));

describe('a draft of mappings', () => {
  it('comes back to what was there by undoing, and to what was made by doing again', () => {
    fc.assert(
      fc.property(stored, wishes, (known, all) => {
        const start = draftOf(known);
        const made = edited(start, all);
        let back = made;
        while (back.past.length > 0) back = drafted(back, { do: 'undo' });
        expect(plain(back.rows)).toEqual(plain(start.rows));
        expect(isChanged(changesOf(back))).toBe(false);
        let again = back;
        while (again.future.length > 0) again = drafted(again, { do: 'redo' });
        expect(plain(again.rows)).toEqual(plain(made.rows));
      }),
    );
  });

  it('says that something changed exactly when saving writes something', () => {
    fc.assert(
      fc.property(stored, wishes, (known, all) => {
        const made = edited(draftOf(known), all);
        const versions = Object.fromEntries(known.map(({ id, version }) => [id, version]));
        const { create, change, remove } = planOf(
          known,
          made.rows.map((row) => row.rule),
          versions,
        );
        expect(isChanged(changesOf(made))).toBe(create.length + change.length + remove.length > 0);
      }),
    );
  });

  it('follows what others save where nothing was touched, and loses neither side elsewhere', () => {
    fc.assert(
      fc.property(stored, stored, wishes, (before, after, all) => {
        // A mapping that says something else has another version.
        const now = after.map((one) => {
          const old = before.find(({ id }) => id === one.id);
          return old && !sameRule(old, one) ? { ...one, version: old.version + 1 } : { ...one, ...old };
        });
        const mine = edited(draftOf(before), all);
        const draft = drafted(mine, { do: 'rebase', stored: now });
        expect(
          plain(drafted(draftOf(before), { do: 'rebase', stored: now }).rows).map((row) => row.rule),
        ).toEqual(expect.arrayContaining(now.map((one) => rule(one.externalField, one.internalField))));
        for (const row of mine.rows) {
          const touched = row.stored === null || !sameRule(row.rule, row.stored);
          if (touched) expect(draft.rows.some(({ rule: own }) => sameRule(own, row.rule))).toBe(true);
        }
        for (const one of now) {
          const old = before.find(({ id }) => id === one.id);
          const removedHere = !mine.rows.some((row) => row.stored?.id === one.id);
          const seen = draft.rows.find((row) => row.stored?.id === one.id);
          if (!seen) expect(removedHere && old?.version === one.version).toBe(true);
          else
            expect(
              seen.collision !== null || sameRule(seen.rule, one) || seen.stored?.version === old?.version,
            ).toBe(true);
        }
        expect(drafted(draft, { do: 'rebase', stored: now }).rows).toEqual(draft.rows);
      }),
    );
  });
});

describe('the order of mappings', () => {
  it('holds after saving, and moves nothing that holds already', () => {
    fc.assert(
      fc.property(stored, fc.infiniteStream(fc.nat()), (known, random) => {
        const wanted = known
          .map((one) => ({ one, rank: random.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ one }) => one);
        const places = positionsOf(wanted.map((one) => ({ internalField: one.internalField, known: one })));
        const saved = inOrder(
          wanted.map((one, at) => {
            const position = places[at] ?? one.position;
            return { ...one, ...(position === undefined ? {} : { position }) };
          }),
        ).map(({ id }) => id);
        for (const [at, one] of wanted.entries())
          for (const later of wanted.slice(at + 1))
            if (overlap(one.internalField, later.internalField))
              expect(saved.indexOf(one.id)).toBeLessThan(saved.indexOf(later.id));
        const kept = inOrder(known);
        expect(
          positionsOf(kept.map((one) => ({ internalField: one.internalField, known: one }))).every(
            (place) => place === undefined,
          ),
        ).toBe(true);
      }),
    );
  });
});
