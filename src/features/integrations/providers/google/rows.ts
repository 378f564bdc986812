import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import type { PropertyView } from '../../connections/schema';
import { type GoogleSheetsSettings, googleSheetsSettings } from '../../connections/settings';
import {
  columnLetters,
  columnNumber,
  firstRowOf,
  parseRange,
  rowsOf,
  type SheetRange,
} from '../../connections/sheet-range';
import type { VendorPage, VendorRecord, VendorSession } from '../types';
import type { GoogleApi } from './api';

/** Rows of one answer. */
const PAGE = 200;
const CELL_LENGTH = 2_000;
const KEY_LENGTH = 200;

const sheetAnswer = z.object({
  sheets: z.array(
    z.object({
      properties: z.object({
        title: z.string(),
        gridProperties: z.object({ rowCount: z.int() }).optional(),
      }),
    }),
  ),
});
const cell = z.union([z.string(), z.number(), z.boolean()]);
const valuesAnswer = z.object({
  valueRanges: z.array(z.object({ range: z.string(), values: z.array(z.array(cell)).default([]) })),
});
const cursorSchema = z.object({ tab: z.string(), row: z.int(), last: z.int() });
type Cursor = z.output<typeof cursorSchema>;
type Cells = readonly (string | number | boolean)[];

/** A sheet that people chose, found at Google. */
interface Sheet {
  spreadsheetId: string;
  keyColumn: string;
  range: SheetRange;
  tab: string;
  last: number;
}

/** Reads rows by the names in their header. A row is known by its key column, or where there is none by its number. */
export class GoogleRows {
  constructor(
    readonly api: GoogleApi,
    readonly clock: Clock,
  ) {}

  async fetchAll(session: VendorSession, cursor: string | null): Promise<VendorPage> {
    const chosen = await chosenOf(session);
    if (!chosen) return { records: [], next: null };
    const place = cursor ? cursorSchema.parse(JSON.parse(cursor)) : await this.#beginning(session, chosen);
    const sheet = { ...chosen, ...place };
    const end = Math.min(place.row + PAGE - 1, place.last);
    if (end < place.row) return { records: [], next: null };
    const [header = [], rows = []] = await this.#values(session, sheet, [
      [chosen.range.header, chosen.range.header],
      [place.row, end],
    ]);
    const names = namesOf(sheet.range, header[0] ?? []);
    if (sheet.keyColumn && !names.includes(sheet.keyColumn))
      throw refusedSettings(`No column is called ${sheet.keyColumn}. Choose a name of the header.`);
    const records = rows.flatMap((cells, at) => this.#record(sheet, names, cells, place.row + at));
    const next: Cursor | null = end < place.last ? { tab: place.tab, row: end + 1, last: place.last } : null;
    return { records, next: next && JSON.stringify(next) };
  }

  async fetchByIds(session: VendorSession, ids: readonly string[]): Promise<VendorRecord[]> {
    const chosen = await chosenOf(session);
    if (!chosen) return [];
    const { tab, last } = await this.#beginning(session, chosen);
    const sheet = { ...chosen, tab, last };
    const wanted = new Set(ids);
    const found: VendorRecord[] = [];
    // A key says nothing of its row: the sheet is read until all are found.
    let cursor: string | null = null;
    do {
      const page: VendorPage = await this.fetchAll(session, cursor);
      for (const record of page.records) if (wanted.delete(record.externalId)) found.push(record);
      cursor = this.#mayFind(sheet, wanted) ? page.next : null;
    } while (cursor !== null);
    return found;
  }

  async describe(session: VendorSession): Promise<PropertyView[]> {
    const view = (name: string, label: string, type: string) => ({
      ...{ name, label, type, readOnly: true, options: [] },
    });
    const own = [view('title', 'Title', 'string'), view('row', 'Row', 'integer')];
    const chosen = await chosenOf(session);
    if (!chosen) return own;
    const place = await this.#beginning(session, chosen);
    const { header: row } = chosen.range;
    const [header = []] = await this.#values(session, { ...chosen, ...place }, [[row, row]]);
    const names = namesOf(chosen.range, header[0] ?? []);
    return [...own, ...names.map((name) => view(`cells.${name}`, name, 'string'))];
  }

  #mayFind({ spreadsheetId, tab }: Sheet, wanted: ReadonlySet<string>): boolean {
    return [...wanted].some((id) => id.startsWith(`${spreadsheetId}/${tab}`));
  }

  async #beginning(session: VendorSession, chosen: Omit<Sheet, 'tab' | 'last'>): Promise<Cursor> {
    const { spreadsheetId, range } = chosen;
    const query = new URLSearchParams({ fields: 'sheets.properties(title,gridProperties.rowCount)' });
    const body = await this.#read(session, `${spreadsheetId}?${query}`);
    const sheets = this.api.shaped(sheetAnswer, body).sheets.map(({ properties }) => properties);
    const sheet = range.tab === null ? sheets[0] : sheets.find(({ title }) => title === range.tab);
    if (!sheet) throw refusedSettings(`The spreadsheet has no tab ${range.tab ?? ''}. Choose one it has.`);
    const rows = sheet.gridProperties?.rowCount ?? 0;
    return { tab: sheet.title, row: range.header + 1, last: Math.min(rows, range.last ?? rows) };
  }

  async #values(
    session: VendorSession,
    { spreadsheetId, range, tab }: Pick<Sheet, 'spreadsheetId' | 'range' | 'tab'>,
    parts: readonly (readonly [number, number])[],
  ): Promise<Cells[][]> {
    const query = new URLSearchParams({
      majorDimension: 'ROWS',
      valueRenderOption: 'UNFORMATTED_VALUE',
      dateTimeRenderOption: 'FORMATTED_STRING',
    });
    for (const [first, last] of parts) query.append('ranges', rowsOf(range, tab, first, last));
    const body = await this.#read(session, `${spreadsheetId}/values:batchGet?${query}`);
    // Rows are told apart by their number alone: an answer about others must not be taken for them.
    const asked = valuesAnswer.refine(({ valueRanges }) =>
      parts.every(([first], at) => firstRowOf(valueRanges[at]?.range ?? '') === first),
    );
    return this.api.shaped(asked, body).valueRanges.map(({ values }) => values);
  }

  #record(sheet: Sheet, names: readonly string[], cells: Cells, row: number): VendorRecord[] {
    const filled = cells.flatMap((value, at): [string, string | number | boolean][] => {
      const short = typeof value === 'string' ? value.slice(0, CELL_LENGTH) : value;
      return short === '' ? [] : [[names[at] ?? columnLetters(at + 1), short]];
    });
    if (filled.length === 0) return [];
    const values = Object.fromEntries(filled);
    const key = Object.hasOwn(values, sheet.keyColumn) ? String(values[sheet.keyColumn]) : null;
    const place = `${sheet.spreadsheetId}/${sheet.tab}`;
    return [
      {
        externalId: key === null ? `${place}!${row}` : `${place}=${key.slice(0, KEY_LENGTH)}`,
        data: { row, cells: values, title: key ?? String(filled[0]?.[1]) },
        updatedAt: this.clock.now(),
      },
    ];
  }

  async #read(session: VendorSession, path: string): Promise<unknown> {
    try {
      return (await this.api.read(session, `${this.api.sheetsUrl}/v4/spreadsheets/${path}`)).body;
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      if (error.vendorCode === 'NOT_FOUND' || error.vendorCode === 'PERMISSION_DENIED')
        throw refusedSettings(
          'Google shows no such spreadsheet to this account. Share it, or choose another.',
        );
      throw error;
    }
  }
}

async function chosenOf(session: VendorSession): Promise<Omit<Sheet, 'tab' | 'last'> | null> {
  const settings: GoogleSheetsSettings = googleSheetsSettings.parse((await session.settings?.()) ?? {});
  const range = parseRange(settings.range);
  const { spreadsheetId, keyColumn } = settings;
  return spreadsheetId && range ? { spreadsheetId, keyColumn, range } : null;
}

/** One name for each column: the header's, else the letters; a name that comes again gets its letters too. */
function namesOf(range: SheetRange, header: Cells): string[] {
  const first = columnNumber(range.from);
  const many = columnNumber(range.to) - first + 1;
  const taken = new Set<string>();
  return Array.from({ length: many }, (_, at) => {
    const letters = columnLetters(first + at);
    const text = String(header[at] ?? '')
      .trim()
      // Our store keeps names of this form to itself.
      .replace(/^__(.*)__$/, '$1');
    const name = text === '' ? letters : taken.has(text) ? `${text} (${letters})` : text;
    taken.add(name);
    return name;
  });
}

function refusedSettings(message: string): ExternalServiceError {
  return new ExternalServiceError(message, {
    provider: 'google_sheets',
    kind: 'invalid_request',
    retryable: false,
    outcome: 'rejected',
    vendorCode: 'settings_refused',
  });
}
