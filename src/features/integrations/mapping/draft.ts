import { overlap, positionsOf } from './order';
import { type DraftRow, rebased, rowsOf, type StoredMapping } from './rebase';
import { ruleOf, sameRule } from './rule';
import type { MappingRule } from './schema';

/** What a person makes of a kind of record's mappings before saving them. Pure: the interface draws it. */

interface Step {
  rows: readonly DraftRow[];
  /** Changes of the same tag in a row are one step: typing is undone as a whole. */
  tag: string | null;
}

export interface Draft {
  stored: readonly StoredMapping[];
  rows: readonly DraftRow[];
  past: readonly Step[];
  future: readonly Step[];
}

export type DraftAction =
  /** Mappings that are there take the rule, others are added behind them; all of it is one step. */
  | { do: 'put'; rows: readonly { key: string; rule: MappingRule }[] }
  /** What was removed comes back to where it was. */
  | { do: 'restore'; row: DraftRow; at: number }
  | { do: 'change'; key: string; patch: Partial<MappingRule>; tag?: string }
  | { do: 'remove'; key: string }
  | { do: 'move'; key: string; by: -1 | 1 }
  | { do: 'settle'; key: string; side: 'mine' | 'theirs' }
  | { do: 'undo' }
  | { do: 'redo' }
  /** Back to what is stored; that can be undone too. */
  | { do: 'reset' }
  /** Somebody else's changes arrive. */
  | { do: 'rebase'; stored: readonly StoredMapping[] }
  /** Rows were saved as they were sent, and this is what is stored now; what was written since then is kept. */
  | { do: 'saved'; sent: readonly DraftRow[]; stored: readonly StoredMapping[] };

const MAX_STEPS = 200;

export function draftOf(stored: readonly StoredMapping[]): Draft {
  return { stored, rows: rowsOf(stored), past: [], future: [] };
}

export function drafted(draft: Draft, action: DraftAction): Draft {
  const { rows } = draft;
  switch (action.do) {
    case 'put':
      return stepped(draft, put(rows, action.rows));
    case 'restore':
      if (rows.some(({ key }) => key === action.row.key)) return draft;
      return stepped(draft, [...rows.slice(0, action.at), action.row, ...rows.slice(action.at)]);
    case 'change': {
      const next = rows.map((row) =>
        row.key === action.key ? { ...row, rule: { ...row.rule, ...action.patch } } : row,
      );
      return stepped(draft, next, action.tag ? `${action.key} ${action.tag}` : null);
    }
    case 'remove':
      return stepped(
        draft,
        rows.filter(({ key }) => key !== action.key),
      );
    case 'move':
      return stepped(draft, moved(rows, action.key, action.by));
    case 'settle':
      return stepped(draft, settled(rows, action.key, action.side));
    case 'undo':
      return undone(draft);
    case 'redo':
      return redone(draft);
    case 'reset':
      return stepped(draft, rowsOf(draft.stored));
    case 'saved':
      return { ...draftOf(action.stored), rows: saved(rows, action.sent, action.stored) };
    case 'rebase':
      return rebasedDraft(draft, action.stored);
  }
}

function stepped(draft: Draft, rows: readonly DraftRow[], tag: string | null = null): Draft {
  if (alike(rows, draft.rows)) return draft;
  const last = draft.past.at(-1);
  const same = tag !== null && last?.tag === tag && draft.future.length === 0;
  const past = same ? draft.past : [...draft.past, { rows: draft.rows, tag }].slice(-MAX_STEPS);
  return { ...draft, rows, past, future: [] };
}

function undone(draft: Draft): Draft {
  const last = draft.past.at(-1);
  if (!last) return draft;
  const step = { rows: draft.rows, tag: null };
  return { ...draft, rows: last.rows, past: draft.past.slice(0, -1), future: [...draft.future, step] };
}

function redone(draft: Draft): Draft {
  const next = draft.future.at(-1);
  if (!next) return draft;
  const past = [...draft.past, { rows: draft.rows, tag: null }];
  return { ...draft, rows: next.rows, past, future: draft.future.slice(0, -1) };
}

/** What can be undone is carried over too: undoing must not bring back what somebody else has changed since. */
function rebasedDraft(draft: Draft, stored: readonly StoredMapping[]): Draft {
  const over = (rows: readonly DraftRow[]) => rebased(rows, draft.stored, stored);
  const quiet = (step: Step): Step => ({
    ...step,
    rows: over(step.rows).map((row) => ({ ...row, collision: null })),
  });
  return {
    stored,
    rows: over(draft.rows),
    past: draft.past.map(quiet),
    future: draft.future.map(quiet),
  };
}

function put(
  rows: readonly DraftRow[],
  wanted: readonly { key: string; rule: MappingRule }[],
): readonly DraftRow[] {
  const rules = new Map(wanted.map(({ key, rule }) => [key, rule]));
  const known = new Set(rows.map(({ key }) => key));
  return [
    ...rows.map((row) => ({ ...row, rule: rules.get(row.key) ?? row.rule })),
    ...wanted.flatMap((one) => (known.has(one.key) ? [] : [{ ...one, stored: null, collision: null }])),
  ];
}

/** Past the nearest mapping that writes the same place: elsewhere the order means nothing. */
function moved(rows: readonly DraftRow[], key: string, by: -1 | 1): readonly DraftRow[] {
  const from = rows.findIndex((row) => row.key === key);
  const row = rows[from];
  if (!row) return rows;
  const others = rows.filter((other) => other.key !== key);
  for (let at = from + by; at >= 0 && at < rows.length; at += by) {
    const other = rows[at];
    if (other && overlap(other.rule.internalField, row.rule.internalField))
      return [...others.slice(0, at), row, ...others.slice(at)];
  }
  return rows;
}

/** Whether a row can be moved that way. */
export function movable(rows: readonly DraftRow[], key: string, by: -1 | 1): boolean {
  return moved(rows, key, by) !== rows;
}

function settled(rows: readonly DraftRow[], key: string, side: 'mine' | 'theirs'): DraftRow[] {
  return rows.flatMap((row): DraftRow[] => {
    if (row.key !== key || row.collision === null) return [row];
    const clear = { ...row, collision: null };
    if (row.collision === 'removed') return side === 'mine' ? [] : [clear];
    if (side === 'mine') return [clear];
    return row.stored ? [{ ...clear, rule: ruleOf(row.stored) }] : [];
  });
}

function saved(
  rows: readonly DraftRow[],
  sent: readonly DraftRow[],
  stored: readonly StoredMapping[],
): DraftRow[] {
  const before = new Map(sent.map((row) => [row.key, row.rule]));
  const there = new Map(stored.map((one) => [one.externalField, one]));
  return rows.map((row) => {
    const rule = before.get(row.key);
    const one = rule && there.get(rule.externalField.trim());
    if (!rule || !one) return { ...row, stored: null };
    return { ...row, key: one.id, stored: one, rule: sameRule(row.rule, rule) ? ruleOf(one) : row.rule };
  });
}

export interface DraftChanges {
  added: number;
  changed: number;
  removed: number;
  moved: number;
}

/** What saving would do. */
export function changesOf({ rows, stored }: Draft): DraftChanges {
  const left = new Set(rows.map((row) => row.stored?.id));
  const places = positionsOf(
    rows.map((row) => ({ internalField: row.rule.internalField, known: row.stored })),
  );
  const known = rows.filter((row) => row.stored !== null);
  const changed = known.filter((row) => row.stored && !sameRule(row.rule, row.stored));
  return {
    added: rows.length - known.length,
    changed: changed.length,
    removed: stored.filter(({ id }) => !left.has(id)).length,
    moved: rows.filter((row, at) => row.stored !== null && places[at] !== undefined).length,
  };
}

export function isChanged(changes: DraftChanges): boolean {
  return Object.values(changes).some((count) => count > 0);
}

function alike(a: readonly DraftRow[], b: readonly DraftRow[]): boolean {
  return (
    a.length === b.length &&
    a.every((row, at) => {
      const other = b[at];
      return (
        other !== undefined &&
        row.key === other.key &&
        row.collision === other.collision &&
        sameRule(row.rule, other.rule)
      );
    })
  );
}
