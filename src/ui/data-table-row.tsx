'use client';

import { useTranslations } from 'next-intl';
import type { KeyboardEvent, MouseEvent } from 'react';
import { Checkbox } from './checkbox';
import { cn } from './cn';
import type { DataTableSelection } from './data-table';
import type { DataColumn } from './data-table-columns';

type DataTableRowProps<Row> = {
  id: string;
  row: Row;
  columns: readonly DataColumn<Row>[];
  focusable: boolean;
  /** The first row is the way into the list with Tab; the arrows do the rest. */
  first: boolean;
  onOpen: ((row: Row) => void) | undefined;
  selection: DataTableSelection | undefined;
};

const CONTROLS = 'a, button, input, select, textarea, label, summary, [role="menu"], [role="dialog"]';

function toggled(selected: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(selected);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Arrow keys, Home and End walk the focusable rows of a table body. */
export function moveFocus(event: KeyboardEvent<HTMLTableSectionElement>) {
  if (!(event.target instanceof HTMLTableRowElement)) return;
  const rows = [...event.currentTarget.rows];
  const at = rows.indexOf(event.target);
  const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (goal === undefined) return;
  event.preventDefault();
  rows[Math.min(rows.length - 1, Math.max(0, goal))]?.focus();
}

/** One 36 px row: opens by click or Enter, is chosen by its box or by Space. */
export function DataTableRow<Row>(props: DataTableRowProps<Row>) {
  const t = useTranslations('common.table');
  const { id, row, selection, onOpen } = props;
  const selected = selection?.selected.has(id) ?? false;
  const toggle = () => selection?.onSelectedChange(toggled(selection.selected, id));

  const click = (event: MouseEvent) => {
    // A press on a control inside the row, or the end of marking text, is not a press on the row.
    if (!(event.target instanceof Element) || event.target.closest(CONTROLS)) return;
    if (window.getSelection()?.type === 'Range') return;
    onOpen?.(row);
  };
  const key = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter') onOpen?.(row);
    else if (event.key === ' ' && selection) toggle();
    else return;
    event.preventDefault();
  };
  return (
    <tr
      {...(props.focusable ? { tabIndex: props.first ? 0 : -1, onClick: click, onKeyDown: key } : {})}
      aria-selected={selection ? selected : undefined}
      className={cn(
        'group h-9 outline-offset-[-2px]',
        props.focusable && 'cursor-pointer hover:bg-sunken',
        selected && 'bg-iris-tint hover:bg-iris-tint',
      )}
    >
      {selection && (
        <td className="h-9 w-9 border-b border-line pl-3 group-last:border-b-0">
          <Checkbox
            aria-label={t('selectRow')}
            checked={selected}
            onCheckedChange={toggle}
            className="align-middle"
          />
        </td>
      )}
      {props.columns.map((column) => (
        <td
          key={column.id}
          className={cn(
            'h-9 border-b border-line px-3 whitespace-nowrap group-last:border-b-0',
            column.align === 'right' && 'text-right tabular-nums',
            column.wide && '@max-2xl:hidden',
            column.className,
          )}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}
