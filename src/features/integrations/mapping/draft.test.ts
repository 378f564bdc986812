import { describe, expect, it } from 'vitest';
import { changesOf, type Draft, type DraftAction, drafted, draftOf, movable } from './draft';
import type { StoredMapping } from './rebase';

const stored = (externalField: string, more: Partial<StoredMapping> = {}): StoredMapping => ({
  id: `id-${externalField}`,
  version: 1,
  createdAt: new Date(Date.UTC(2026, 10, 21)),
  externalField,
  internalField: externalField,
  fieldType: 'string',
  isRequired: false,
  defaultValue: null,
  transformation: null,
  language: null,
  validation: {},
  ...more,
});
const [a, b] = [stored('a'), stored('b')];
const made = (draft: Draft, ...actions: DraftAction[]) => actions.reduce(drafted, draft);
const seen = ({ rows }: Draft) =>
  rows.map(({ rule, collision }) => [rule.externalField, rule.internalField, collision]);

const change = (key: string, internalField: string, tag?: string): DraftAction => ({
  ...{ do: 'change', key, patch: { internalField } },
  ...(tag ? { tag } : {}),
});
const theirs = stored('a', { internalField: 'theirs', version: 2 });

describe('somebody else saves meanwhile', () => {
  it.each([
    ['mine', [['a', 'mine', null]], { changed: 1 }],
    ['theirs', [['a', 'theirs', null]], { changed: 0 }],
  ] as const)('a mapping that both changed waits, and %s stays', (side, rows, changes) => {
    const draft = made(draftOf([a]), change('id-a', 'mine'), { do: 'rebase', stored: [theirs] });
    expect(seen(draft)).toEqual([['a', 'mine', 'changed']]);
    const settled = drafted(draft, { do: 'settle', key: 'id-a', side });
    expect(seen(settled)).toEqual(rows);
    expect(changesOf(settled)).toMatchObject(changes);
    expect(settled.stored).toEqual([theirs]);
  });

  it.each([
    ['mine', [['a', 'mine', null]]],
    ['theirs', []],
  ] as const)('a mapping that they deleted and I changed waits, and %s stays', (side, rows) => {
    const draft = made(draftOf([a]), change('id-a', 'mine'), { do: 'rebase', stored: [] });
    expect(seen(draft)).toEqual([['a', 'mine', 'deleted']]);
    const settled = drafted(draft, { do: 'settle', key: 'id-a', side });
    expect(seen(settled)).toEqual(rows);
    expect(changesOf(settled).added).toBe(rows.length);
  });

  it.each([
    ['mine', []],
    ['theirs', [['a', 'theirs', null]]],
  ] as const)('a mapping that I removed and they changed is back, and %s stays', (side, rows) => {
    const draft = made(draftOf([a]), { do: 'remove', key: 'id-a' }, { do: 'rebase', stored: [theirs] });
    expect(seen(draft)).toEqual([['a', 'theirs', 'removed']]);
    const settled = drafted(draft, { do: 'settle', key: 'id-a', side });
    expect(seen(settled)).toEqual(rows);
    expect(changesOf(settled).removed).toBe(1 - rows.length);
  });

  it('two who map the same field meet in one row; where they agree nobody is asked', () => {
    const mine = (internalField: string): DraftAction => ({
      do: 'put',
      rows: [{ key: 'new-1', rule: { ...stored('a'), internalField } }],
    });
    const rebase: DraftAction = { do: 'rebase', stored: [theirs] };
    expect(seen(made(draftOf([]), mine('mine'), rebase))).toEqual([['a', 'mine', 'changed']]);
    const agreed = made(draftOf([]), mine('theirs'), rebase);
    expect(seen(agreed)).toEqual([['a', 'theirs', null]]);
  });

  it('undoing brings back what I did, over what is stored now', () => {
    const now = [theirs, stored('c')];
    const draft = made(draftOf([a, b]), change('id-b', 'mine'), { do: 'rebase', stored: now });
    expect(seen(draft)).toEqual([
      ['a', 'theirs', null],
      ['b', 'mine', 'deleted'],
      ['c', 'c', null],
    ]);
    const back = drafted(draft, { do: 'undo' });
    expect(seen(back)).toEqual([
      ['a', 'theirs', null],
      ['c', 'c', null],
    ]);
  });
});

describe('steps', () => {
  it('typing in one place is one step, and what changes nothing is none', () => {
    const typed = ['n', 'na', 'nam', 'name'].map((text) => change('id-a', text, 'internal'));
    const draft = made(draftOf([a, b]), ...typed, change('id-b', 'x', 'internal'));
    expect(draft.past).toHaveLength(2);
    const once = drafted(draft, { do: 'undo' });
    expect(seen(drafted(once, { do: 'undo' }))).toEqual(seen(draftOf([a, b])));
    expect(drafted(draft, change('id-b', 'x'))).toBe(draft);
  });

  it('a template is one step, over rows that are there and new ones', () => {
    const rows = [
      { key: 'id-a', rule: { ...a, isRequired: true } },
      { key: 'new-1', rule: stored('c') },
    ];
    const draft = made(draftOf([a]), { do: 'put', rows });
    expect(changesOf(draft)).toEqual({ added: 1, changed: 1, removed: 0, moved: 0 });
    expect(seen(drafted(draft, { do: 'undo' }))).toEqual([['a', 'a', null]]);
  });

  it('a removed row comes back to its place, once', () => {
    const start = draftOf([a, b]);
    const [row] = start.rows;
    if (!row) throw new Error('A row is missing.');
    const restore: DraftAction = { do: 'restore', row, at: 0 };
    const draft = made(start, { do: 'remove', key: row.key }, restore, restore);
    expect(seen(draft)).toEqual(seen(start));
  });

  it('what is written while a save is under way is kept', () => {
    const added: DraftAction = { do: 'put', rows: [{ key: 'new-1', rule: stored('c') }] };
    const sent = made(draftOf([a, b]), change('id-a', 'sent'), added);
    const since = made(sent, change('id-a', 'since'), change('new-1', 'since'), {
      ...{ do: 'remove', key: 'id-b' },
    });
    const now = [stored('a', { internalField: 'sent', version: 2 }), b, stored('c')];
    const draft = drafted(since, { do: 'saved', sent: sent.rows, stored: now });
    expect(seen(draft)).toEqual([
      ['a', 'since', null],
      ['c', 'since', null],
    ]);
    expect(changesOf(draft)).toEqual({ added: 0, changed: 2, removed: 1, moved: 0 });
    const quiet = drafted(sent, { do: 'saved', sent: sent.rows, stored: now });
    expect(changesOf(quiet)).toEqual({ added: 0, changed: 0, removed: 0, moved: 0 });
    expect(quiet.past).toEqual([]);
  });

  it('a row moves past what writes the same place, and nowhere else', () => {
    const [first, second] = [
      stored('x', { internalField: 'phone' }),
      stored('y', { internalField: 'phone' }),
    ];
    const draft = draftOf([first, a, second]);
    const key = 'id-y';
    expect(movable(draft.rows, key, -1)).toBe(true);
    expect(movable(draft.rows, key, 1)).toBe(false);
    expect(movable(draft.rows, 'id-a', 1)).toBe(false);
    const moved = drafted(draft, { do: 'move', key, by: -1 });
    expect(moved.rows.map((row) => row.key).filter((one) => one !== 'id-a')).toEqual(['id-y', 'id-x']);
    expect(changesOf(moved).moved).toBe(1);
    const reset = drafted(moved, { do: 'reset' });
    expect(seen(reset)).toEqual(seen(draft));
    expect(seen(drafted(reset, { do: 'undo' }))).toEqual(seen(moved));
  });
});
