'use client';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { Kbd } from '@/ui/kbd';
import { movable } from '../../mapping/draft';
import { readPath } from '../../mapping/paths';
import type { DraftRow } from '../../mapping/rebase';
import { pathOfProperty } from '../../mapping/suggest';
import { MappingEditor } from './mapping-editor';
import { MappingRow } from './mapping-row';
import type { MapperState } from './use-mapper';
import type { RuleFaults } from './words';

const TYPING = 'input, textarea, select';
const STEPS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_at, last) => last,
};

/** The mappings, walked with the arrows: Enter edits, Escape leaves, Delete removes, plus adds. */
export function MappingList({ mapper, readOnly }: { mapper: MapperState; readOnly: boolean }) {
  const t = useTranslations('mapping.list');
  const { list, leave, drop, move, press } = useRowKeys(mapper, readOnly);
  const { rows } = mapper;
  return (
    <div className="grid grid-cols-1 gap-2">
      <ul
        ref={list}
        aria-label={t('label')}
        onKeyDown={press}
        className="grid grid-cols-1 max-md:gap-2 md:overflow-hidden md:rounded-lg md:border md:border-line md:bg-surface"
      >
        {rows.map((row) => (
          <Row
            key={row.key}
            {...{ row, mapper, readOnly }}
            onLeave={() => leave(row.key)}
            onDrop={() => drop(row.key)}
            onMove={(by) => move(row.key, by)}
          />
        ))}
      </ul>
      {!readOnly && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted pointer-coarse:hidden">
          {(['add', 'walk', 'edit', 'leave', 'remove', 'move'] as const).map((name) => (
            <span key={name} className="inline-flex items-center gap-1">
              <Kbd>{t(`keys.${name}.key`)}</Kbd> {t(`keys.${name}.does`)}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** Walking and changing rows by keys; focus stays with the row that was meant. */
function useRowKeys(mapper: MapperState, readOnly: boolean) {
  const list = useRef<HTMLUListElement>(null);
  const focusNext = useRef<string | null>(null);
  const { rows, editing, setEditing, dispatch, remove } = mapper;
  useEffect(() => {
    const key = focusNext.current;
    if (key === null) return;
    focusNext.current = null;
    list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)?.focus();
  });
  const leave = (key: string) => {
    focusNext.current = key;
    setEditing(null);
  };
  const drop = (key: string) => {
    const at = rows.findIndex((row) => row.key === key);
    focusNext.current = rows[at + 1]?.key ?? rows[at - 1]?.key ?? null;
    remove(key);
  };
  const move = (key: string, by: -1 | 1) => {
    focusNext.current = key;
    dispatch({ do: 'move', key, by });
  };
  const press = (event: KeyboardEvent<HTMLUListElement>) => {
    const target = event.target as HTMLElement;
    if (event.key === 'Escape' && editing !== null) {
      event.preventDefault();
      leave(editing);
      return;
    }
    const key = target.dataset.row;
    if (target.closest(TYPING) || key === undefined || readOnly) return;
    if (pressed(event, key, { add: mapper.add, drop, move }) || event.altKey) return;
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const to = step(buttons.indexOf(target), buttons.length - 1);
    buttons[Math.min(Math.max(to, 0), buttons.length - 1)]?.focus();
  };
  return { list, leave, drop, move, press };
}

/** @returns whether the key meant something. */
function pressed(
  event: KeyboardEvent,
  key: string,
  does: { add: () => void; drop: (key: string) => void; move: (key: string, by: -1 | 1) => void },
): boolean {
  if (event.ctrlKey || event.metaKey) return false;
  const by = event.altKey ? { ArrowUp: -1 as const, ArrowDown: 1 as const }[event.key] : undefined;
  if (by) does.move(key, by);
  else if (event.key === 'Delete' || event.key === 'Backspace') does.drop(key);
  else if (event.key === '+' || event.key === 'Insert') does.add();
  else return false;
  event.preventDefault();
  return true;
}

/** What is not filled in yet needs no reproach. */
function spokenOf({ rule, stored }: DraftRow, faults: RuleFaults): RuleFaults {
  if (stored) return faults;
  const { externalField, internalField, ...others } = faults;
  return {
    ...others,
    ...(externalField && rule.externalField ? { externalField } : {}),
    ...(internalField && rule.internalField ? { internalField } : {}),
  };
}

interface OneProps {
  row: DraftRow;
  mapper: MapperState;
  readOnly: boolean;
  onLeave: () => void;
  onDrop: () => void;
  onMove: (by: -1 | 1) => void;
}

function Row({ row, mapper, readOnly, onLeave, onDrop, onMove }: OneProps) {
  const { rows, editing, setEditing, dispatch, local, refused, trial } = mapper;
  const { key, rule } = row;
  const { record, preview } = trial;
  const tried = preview.faults.get(rule.externalField);
  const own = spokenOf(row, local.get(key) ?? {});
  const fault = Object.values(own)[0] ?? refused.get(key) ?? tried?.message ?? null;
  const open = editing === key && !readOnly;
  return (
    <MappingRow
      row={row}
      editing={open}
      readOnly={readOnly}
      fault={fault}
      outcome={
        record && preview.view
          ? {
              before: readPath(record, rule.externalField),
              after: readPath(preview.view.after, rule.internalField),
            }
          : undefined
      }
      movable={{ up: movable(rows, key, -1), down: movable(rows, key, 1) }}
      onEdit={() => setEditing(open ? null : key)}
      onMove={onMove}
      onRemove={onDrop}
      onSettle={(side) => dispatch({ do: 'settle', key, side })}
    >
      {open && (
        <MappingEditor
          rule={rule}
          faults={own}
          tried={tried}
          external={mapper.properties.map((property) => ({
            path: pathOfProperty(property),
            label: property.label,
          }))}
          internal={mapper.own}
          onChange={(patch, tag) => dispatch({ do: 'change', key, patch, tag })}
          onDone={onLeave}
        />
      )}
    </MappingRow>
  );
}
