/** A part of a spreadsheet, its first row the header. */
export interface SheetRange {
  /** Null: the first one. */
  tab: string | null;
  /** Column letters. */
  from: string;
  to: string;
  /** Row of the header, from 1. */
  header: number;
  /** Null: to the end. */
  last: number | null;
}

const CELLS = /^([A-Z]{1,3})(\d{1,7})?:([A-Z]{1,3})(\d{1,7})?$/i;
const WHOLE = 'A:Z';
/** A row's cells are kept in one document. */
export const MAX_COLUMNS = 100;

/**
 * Reads `Tab!A1:F`, `A:F`, or a tab's name alone, which stands for its first 26 columns.
 * @returns null for what cannot be read.
 * @see https://developers.google.com/workspace/sheets/api/guides/concepts#cell
 */
export function parseRange(text: string): SheetRange | null {
  const bang = text.lastIndexOf('!');
  const cells = bang >= 0 ? text.slice(bang + 1) : CELLS.test(text) ? text : WHOLE;
  const named = bang >= 0 ? text.slice(0, bang) : cells === text ? '' : text;
  const tab = unquoted(named.trim());
  const [, from = '', header, to = '', last] = CELLS.exec(cells.trim()) ?? [];
  if (from === '' || (bang >= 0 && tab === '')) return null;
  const range = {
    tab: tab || null,
    ...{ from: from.toUpperCase(), to: to.toUpperCase() },
    ...{ header: Number(header ?? 1), last: last === undefined ? null : Number(last) },
  };
  const columns = columnNumber(range.to) - columnNumber(range.from) + 1;
  const fits = columns >= 1 && columns <= MAX_COLUMNS && range.header >= 1;
  return fits && (range.last === null || range.last > range.header) ? range : null;
}

/** `'Our tab'!A2:F201`, as the API takes it. */
export function rowsOf(range: Pick<SheetRange, 'from' | 'to'>, tab: string, first: number, last: number) {
  return `'${tab.replaceAll("'", "''")}'!${range.from}${first}:${range.to}${last}`;
}

/** The row at which a range of an answer begins; null where it names none. */
export function firstRowOf(range: string): number | null {
  const [, row] = /![A-Z]+(\d+)/.exec(range.slice(range.lastIndexOf('!'))) ?? [];
  return row === undefined ? null : Number(row);
}

/** `A` is 1, `Z` 26, `AA` 27. */
export function columnNumber(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

export function columnLetters(number: number): string {
  const rest = (number - 1) % 26;
  const before = (number - 1 - rest) / 26;
  return (before > 0 ? columnLetters(before) : '') + String.fromCharCode(65 + rest);
}

/** Names with other than letters and digits stand in single quotes, doubled within. */
function unquoted(name: string): string {
  return /^'.*'$/.test(name) ? name.slice(1, -1).replaceAll("''", "'") : name;
}
