import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnLetters, columnNumber, firstRowOf, MAX_COLUMNS, parseRange, rowsOf } from './sheet-range';

const tabs = fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name.trim() === name);
const columns = fc.integer({ min: 1, max: 18_000 });
const rows = fc.integer({ min: 1, max: 900_000 });

describe('ranges of spreadsheets', () => {
  it('name columns as the vendor does', () => {
    expect(['A', 'Z', 'AA', 'AZ', 'ZZ', 'AAA'].map(columnNumber)).toEqual([1, 26, 27, 52, 702, 703]);
    fc.assert(
      fc.property(columns, (number) => {
        expect(columnNumber(columnLetters(number))).toBe(number);
      }),
    );
  });

  it('are read back as they are written, whatever the tab is called', () => {
    fc.assert(
      fc.property(
        tabs,
        columns,
        fc.integer({ min: 0, max: MAX_COLUMNS - 1 }),
        rows,
        (tab, start, width, row) => {
          const [from, to] = [columnLetters(start), columnLetters(start + width)];
          const written = rowsOf({ from, to }, tab, row, row + 9);
          expect(parseRange(written)).toEqual({ tab, from, to, header: row, last: row + 9 });
          expect(firstRowOf(written)).toBe(row);
        },
      ),
    );
  });

  it('may leave out the tab, the rows, or all but the tab', () => {
    expect(parseRange('a2:f')).toEqual({ tab: null, from: 'A', to: 'F', header: 2, last: null });
    expect(parseRange('Contacts')).toEqual({ tab: 'Contacts', from: 'A', to: 'Z', header: 1, last: null });
    expect(parseRange("'It''s ours'!B:C")).toMatchObject({ tab: "It's ours", from: 'B', to: 'C' });
    for (const bad of ['!A:B', 'Tab!A', 'Tab!F:A', 'A5:B5', 'A:ZZZ', 'A0:B9', 'Tab!1:2'])
      expect(parseRange(bad), bad).toBeNull();
  });
});
