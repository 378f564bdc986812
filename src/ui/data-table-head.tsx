'use client';

import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Checkbox } from './checkbox';
import { cn } from './cn';
import type { DataTableSelection } from './data-table';
import type { DataColumn } from './data-table-columns';

type HeaderLike = {
  id: string;
  column: {
    id: string;
    getCanSort: () => boolean;
    getIsSorted: () => false | 'asc' | 'desc';
    toggleSorting: () => void;
  };
};

type DataTableHeadProps<Row> = {
  headers: readonly HeaderLike[];
  columns: ReadonlyMap<string, DataColumn<Row>>;
  keys: readonly string[];
  selection: DataTableSelection | undefined;
};

const SORT = { asc: 'ascending', desc: 'descending' } as const;
const cell = 'sticky top-0 z-10 h-9 border-b border-line bg-sunken px-3 font-medium text-muted';

function SortIcon({ sorted }: { sorted: false | 'asc' | 'desc' }) {
  if (sorted === 'asc') return <ArrowUp size={12} aria-hidden="true" />;
  if (sorted === 'desc') return <ArrowDown size={12} aria-hidden="true" />;
  return <ChevronsUpDown size={12} aria-hidden="true" className="opacity-50" />;
}

/** The head of a `DataTable`: stays in sight, sorts, and selects all. */
export function DataTableHead<Row>({ headers, columns, keys, selection }: DataTableHeadProps<Row>) {
  const t = useTranslations('common.table');
  const chosen = selection ? keys.filter((key) => selection.selected.has(key)).length : 0;
  return (
    <thead>
      <tr>
        {selection && (
          <th scope="col" className={cn(cell, 'w-9 pr-0')}>
            <Checkbox
              aria-label={t('selectAll')}
              checked={chosen > 0 && chosen === keys.length}
              indeterminate={chosen > 0 && chosen < keys.length}
              onCheckedChange={(checked) => selection.onSelectedChange(new Set(checked ? keys : []))}
              className="align-middle"
            />
          </th>
        )}
        {headers.map(({ id, column }) => {
          const definition = columns.get(column.id);
          const sorted = column.getIsSorted();
          return (
            <th
              key={id}
              scope="col"
              aria-sort={sorted ? SORT[sorted] : undefined}
              className={cn(
                cell,
                'whitespace-nowrap',
                definition?.align === 'right' && 'text-right',
                definition?.wide && '@max-2xl:hidden',
              )}
            >
              {column.getCanSort() ? (
                <button
                  type="button"
                  onClick={() => column.toggleSorting()}
                  className={cn(
                    'inline-flex h-6 items-center gap-1 rounded-md hover:text-ink',
                    sorted && 'text-ink',
                  )}
                >
                  {definition?.header}
                  <SortIcon sorted={sorted} />
                </button>
              ) : (
                definition?.header
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
