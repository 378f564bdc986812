import 'server-only';
import { parse } from 'csv-parse/sync';
import { SystemError, ValidationError } from '@/core/errors';
import {
  IMPORT_COLUMNS,
  IMPORT_LIMITS,
  type ImportColumn,
  type ImportFault,
  type ImportRow,
} from './import-schema';

/** One row of the file. `fault` is set where its cells do not fit the columns. */
export interface TableRow {
  row: number;
  cells: ImportRow;
  fault?: ImportFault;
}

/** Parts of a thread in one cell stand between lines of three dashes. */
const PART_BREAK = /\r?\n---\r?\n/;

/** A cell that begins so would run in a spreadsheet; the apostrophes in front of it are ours. */
const ARMED = /^'*[=+\-@\t\r]/;

/**
 * Reads a table of posts.
 * @throws ValidationError for what is no UTF-8, no CSV, or has other columns; SystemError `payload_too_large` for too many rows.
 */
export function readTable(bytes: Uint8Array): TableRow[] {
  const records = recordsOf(bytes);
  const [head, ...rows] = records;
  if (!head) throw ValidationError.at('body', 'The file is empty. Its first row names the columns.');
  const columns = columnsOf(head);
  const filled = rows
    .map((cells, index) => ({ cells, row: index + 2 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (filled.length > IMPORT_LIMITS.rows)
    throw new SystemError(
      `A file may have up to ${IMPORT_LIMITS.rows} rows, and this one has ${filled.length}. Divide it.`,
      'payload_too_large',
    );
  return filled.map(({ cells, row }) => rowOf(columns, cells, row));
}

function recordsOf(bytes: Uint8Array): string[][] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw ValidationError.at('body', 'The file is not UTF-8. Save it as "CSV UTF-8".');
  }
  const [first = ''] = text.split('\n', 1);
  const delimiter = [',', ';', '\t'].sort((a, b) => first.split(b).length - first.split(a).length)[0] ?? ',';
  try {
    return parse(text, {
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: false,
      max_record_size: 400_000,
    });
  } catch (error) {
    throw ValidationError.at(
      'body',
      `The file is no CSV: ${error instanceof Error ? error.message : 'it cannot be read'}.`,
    );
  }
}

function columnsOf(head: readonly string[]): ImportColumn[] {
  const names = head.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const known = new Set<string>(IMPORT_COLUMNS);
  const strange = names.find((name) => !known.has(name));
  if (strange !== undefined)
    throw ValidationError.at(
      'body',
      `There is no column "${strange.slice(0, 40)}". Use ${IMPORT_COLUMNS.join(', ')}.`,
    );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw ValidationError.at('body', `The column "${twice}" is there twice.`);
  if (!names.includes('text')) throw ValidationError.at('body', 'The column "text" is missing.');
  return names as ImportColumn[];
}

function rowOf(columns: readonly ImportColumn[], cells: readonly string[], row: number): TableRow {
  const fault = (column: string, code: string, message: string) => ({
    row,
    cells: {},
    fault: { row, column, code, message },
  });
  if (cells.length !== columns.length)
    return fault('', 'cells', `This row has ${cells.length} cells and the file ${columns.length} columns.`);
  const long = columns.find((_, index) => (cells[index]?.length ?? 0) > IMPORT_LIMITS.cell);
  if (long) return fault(long, 'too_long', `A cell holds up to ${IMPORT_LIMITS.cell} characters.`);
  const named = columns.map((column, index) => [column, disarmed(cells[index] ?? '')] as const);
  return { row, cells: Object.fromEntries(named.filter(([, cell]) => cell !== '')) };
}

/** Takes off the one apostrophe that {@link writeRow} put in front. */
function disarmed(cell: string): string {
  return cell.startsWith("'") && ARMED.test(cell) ? cell.slice(1) : cell;
}

/** A row that reads back as it was. @see https://owasp.org/www-community/attacks/CSV_Injection */
export function writeRow(cells: readonly string[]): string {
  const quoted = cells.map((cell) => {
    const safe = ARMED.test(cell) ? `'${cell}` : cell;
    return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${quoted.join(',')}\r\n`;
}

export function partsOfCell(cell: string | undefined): string[] {
  return cell ? cell.split(PART_BREAK) : [];
}

export const cellOfParts = (parts: readonly string[]) => parts.join('\n---\n');

/** A list in one cell: between commas, semicolons or line breaks. */
export function listOfCell(cell: string | undefined): string[] {
  return [
    ...new Set(
      (cell ?? '')
        .split(/[,;\n]/)
        .map((one) => one.trim())
        .filter(Boolean),
    ),
  ];
}
