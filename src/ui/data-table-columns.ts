import type { ReactNode } from 'react';

/** One column of a `DataTable`. Keep the array at module scope or memoised. */
export type DataColumn<Row> = {
  id: string;
  header: string;
  /** What the cell shows. */
  cell: (row: Row) => ReactNode;
  /** Makes the column sortable here in the browser. */
  sortValue?: ((row: Row) => string | number | boolean | Date | null | undefined) | undefined;
  /** `right` for numbers. */
  align?: 'left' | 'right' | undefined;
  /** Classes of the column's cells, e.g. a width (`w-40`) or `max-w-80 truncate`. */
  className?: string | undefined;
  /** Left out where the table is narrow (`@max-2xl`); the first column's second line says what matters there. */
  wide?: boolean | undefined;
  /** False for columns that must stay, such as the name. */
  hideable?: boolean | undefined;
  /** Hidden until the person asks for it. */
  hidden?: boolean | undefined;
};

/** Orders by value with gaps last, whatever the direction; text as a person would sort it. */
export function compareValues(a: unknown, b: unknown): number {
  if (a instanceof Date || b instanceof Date) {
    return compareValues(a instanceof Date ? a.getTime() : a, b instanceof Date ? b.getTime() : b);
  }
  if (typeof a === 'string' && typeof b === 'string') {
    return a.localeCompare(b, undefined, { numeric: true, sensitivity: 'base' });
  }
  return Number(a) - Number(b);
}
