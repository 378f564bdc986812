'use client';

import {
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useTranslations } from 'next-intl';
import { type ReactNode, useMemo } from 'react';
import { cn } from './cn';
import { ColumnChoice } from './data-table-choice';
import { compareValues, type DataColumn } from './data-table-columns';
import { DataTableHead } from './data-table-head';
import { DataTableRow, moveFocus } from './data-table-row';
import { useColumnChoice } from './data-table-storage';
import { EmptyState } from './empty-state';
import { ErrorState } from './error-state';
import { Skeleton } from './skeleton';

export type { DataColumn } from './data-table-columns';

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

export type DataTableSelection = {
  /** Keys of the chosen rows. */
  selected: ReadonlySet<string>;
  onSelectedChange: (selected: Set<string>) => void;
};

export type DataTableProps<Row> = {
  /** What the table lists; read by screen readers. */
  caption: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Opens a row by click, Enter or from the keyboard's arrows. */
  onRowOpen?: ((row: Row) => void) | undefined;
  selection?: DataTableSelection | undefined;
  loading?: boolean | undefined;
  error?: unknown;
  onRetry?: (() => void) | undefined;
  /** Shown instead of the table when there are no rows. */
  empty?: ReactNode;
  /** Filters and bulk actions above the table, before the column choice. */
  toolbar?: ReactNode;
  /** `LoadMore` or `Pagination`. */
  footer?: ReactNode;
  /** Remembers the column choice on this device under this name. */
  storageKey?: string | undefined;
  defaultSort?: { id: string; desc: boolean } | undefined;
  /** Classes of the scrolling box, e.g. another `max-h`. */
  className?: string | undefined;
};

/** A dense table: 36 px rows, a head that stays, sorting, column choice and rows you can walk with the arrows. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const t = useTranslations('common.table');
  const { columns, rows, rowKey, selection } = props;
  const [visibility, setVisibility] = useColumnChoice(props.storageKey, columns);
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        accessorFn: (row: Row) => column.sortValue?.(row) ?? undefined,
        enableSorting: column.sortValue !== undefined,
        enableHiding: column.hideable !== false,
        sortUndefined: 'last' as const,
        sortFn: (
          a: { getValue: (id: string) => unknown },
          b: { getValue: (id: string) => unknown },
          id: string,
        ) => compareValues(a.getValue(id), b.getValue(id)),
      })),
    [columns],
  );
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const table = useTable({
    features,
    data: rows,
    columns: definitions,
    getRowId: rowKey,
    state: { columnVisibility: visibility },
    onColumnVisibilityChange: setVisibility,
    ...(props.defaultSort ? { initialState: { sorting: [props.defaultSort] } } : {}),
  });

  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const shown = table.getRowModel().rows;
  const keys = rows.map(rowKey);
  const first = props.loading && rows.length === 0;
  const hideable = table.getAllLeafColumns().filter((column) => column.getCanHide());

  let content: ReactNode;
  if (props.error && rows.length === 0) {
    content = <ErrorState error={props.error} onRetry={props.onRetry} />;
  } else if (!first && rows.length === 0) {
    content = props.empty ?? <EmptyState title={t('empty')} />;
  } else {
    content = (
      // biome-ignore lint/a11y/useSemanticElements: a scrolling region around the table, reachable by keyboard
      <div
        role="region"
        aria-label={props.caption}
        aria-busy={props.loading || undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className={cn(
          'relative max-h-[72dvh] overflow-auto rounded-lg border border-line bg-surface',
          props.className,
        )}
      >
        <table className="w-full border-separate border-spacing-0 text-left text-sm">
          <caption className="sr-only">{props.caption}</caption>
          <DataTableHead headers={headers} columns={byId} keys={keys} selection={selection} />
          <tbody onKeyDown={moveFocus}>
            {first
              ? Array.from({ length: 8 }, (_, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
                  <tr key={index} className="h-9">
                    {selection && <td className="border-b border-line" />}
                    {headers.map((header) => (
                      <td key={header.id} className="border-b border-line px-3">
                        <Skeleton className="h-3.5 w-3/4" />
                      </td>
                    ))}
                  </tr>
                ))
              : shown.map((row, index) => (
                  <DataTableRow
                    key={row.id}
                    id={row.id}
                    row={row.original}
                    columns={headers
                      .map((header) => byId.get(header.column.id))
                      .filter((c) => c !== undefined)}
                    focusable={props.onRowOpen !== undefined}
                    first={index === 0}
                    onOpen={props.onRowOpen}
                    selection={selection}
                  />
                ))}
          </tbody>
        </table>
      </div>
    );
  }

  return (
    <div className="@container grid min-w-0 gap-2">
      {(props.toolbar || (hideable.length > 0 && rows.length > 0)) && (
        <div className="flex flex-wrap items-center justify-between gap-2">
          <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">{props.toolbar}</div>
          {hideable.length > 0 && rows.length > 0 && (
            <ColumnChoice
              columns={hideable.map((column) => ({
                id: column.id,
                label: byId.get(column.id)?.header ?? column.id,
                visible: column.getIsVisible(),
              }))}
              onToggle={(id) => table.getColumn(id)?.toggleVisibility()}
            />
          )}
        </div>
      )}
      {props.error && rows.length > 0 ? (
        <ErrorState error={props.error} onRetry={props.onRetry} safe={t('stale')} compact />
      ) : null}
      {content}
      {props.footer}
    </div>
  );
}
