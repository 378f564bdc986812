'use client';
import { ArrowDown, ArrowRight, ArrowUp, Trash2, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { IconButton } from '@/ui/icon-button';
import type { DraftRow } from '../../mapping/rebase';
import { shown } from './words';

export interface RowProps {
  row: DraftRow;
  editing: boolean;
  readOnly: boolean;
  /** The first fault, for people. */
  fault: string | null;
  /** What the sample's field becomes; undefined while nothing is tried. */
  outcome: { before: unknown; after: unknown } | undefined;
  movable: { up: boolean; down: boolean };
  onEdit: () => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
  onSettle: (side: 'mine' | 'theirs') => void;
  children?: ReactNode;
}

/** A mapping in one line: from, how, to. Its editor opens below it. */
export function MappingRow(props: RowProps) {
  const t = useTranslations('mapping');
  const { row, editing, readOnly, fault } = props;
  const from = row.rule.externalField || t('row.noField');
  return (
    <li
      className={cn(
        'min-w-0 border-line max-md:rounded-lg max-md:border md:not-first:border-t',
        editing && 'bg-sunken',
        (fault || row.collision) && 'shadow-[inset_3px_0_0_var(--color-danger)]',
      )}
    >
      <div className="flex items-start gap-1 p-1.5">
        {readOnly ? (
          <div className={LINE}>
            <Line {...props} />
          </div>
        ) : (
          <button
            type="button"
            data-row={row.key}
            aria-expanded={editing}
            onClick={props.onEdit}
            className={cn(LINE, 'hover:bg-ink/4')}
          >
            <Line {...props} />
          </button>
        )}
        {!readOnly && <RowActions {...props} field={from} />}
      </div>
      {row.collision && !readOnly && <Collision row={row} onSettle={props.onSettle} />}
      {editing && <div className="border-t border-line p-3">{props.children}</div>}
    </li>
  );
}

const LINE = 'grid min-w-0 flex-1 grid-cols-1 gap-1 rounded-md px-2 py-1 text-left';

function Line({ row, fault, outcome }: RowProps) {
  const t = useTranslations('mapping');
  const { externalField, internalField, fieldType, isRequired, transformation, defaultValue } = row.rule;
  const from = externalField || t('row.noField');
  const to = internalField || t('row.noField');
  return (
    <>
      <span className="grid grid-cols-1 items-center gap-x-2 gap-y-0.5 sm:grid-cols-[minmax(0,1fr)_1rem_minmax(0,1fr)]">
        <code className="truncate font-mono text-xs leading-5">{from}</code>
        <ArrowRight size={14} role="img" aria-label={t('row.becomes')} className="text-muted max-sm:hidden" />
        <code className="truncate font-mono text-xs leading-5 font-medium">{to}</code>
      </span>
      <span className="flex flex-wrap items-center gap-1.5">
        <Badge>{t(`types.${fieldType}`)}</Badge>
        {isRequired && <Badge tone="iris">{t('row.required')}</Badge>}
        {transformation !== null && <Badge tone="info">{t('row.expression')}</Badge>}
        {defaultValue !== null && <Badge>{t('row.default')}</Badge>}
        {!row.stored && <Badge tone="ok">{t('row.new')}</Badge>}
        {outcome && !fault && (
          <span className="min-w-0 truncate text-xs text-muted">
            {t('row.outcome', { before: shown(outcome.before), after: shown(outcome.after) })}
          </span>
        )}
      </span>
      {fault && (
        <span className="flex items-start gap-1 text-xs text-danger">
          <TriangleAlert size={14} aria-hidden="true" className="mt-px shrink-0" />
          <span className="min-w-0 break-words">{fault}</span>
        </span>
      )}
    </>
  );
}

function RowActions({ movable, onMove, onRemove, field }: RowProps & { field: string }) {
  const t = useTranslations('mapping.row');
  return (
    <span className="flex shrink-0 items-center">
      {(movable.up || movable.down) && (
        <>
          <IconButton
            size="sm"
            label={t('up', { field })}
            icon={<ArrowUp />}
            disabled={!movable.up}
            onClick={() => onMove(-1)}
          />
          <IconButton
            size="sm"
            label={t('down', { field })}
            icon={<ArrowDown />}
            disabled={!movable.down}
            onClick={() => onMove(1)}
          />
        </>
      )}
      <IconButton size="sm" label={t('remove', { field })} icon={<Trash2 />} onClick={onRemove} />
    </span>
  );
}

/** Somebody else saved meanwhile: a person decides, and sees both. */
function Collision({ row, onSettle }: { row: DraftRow; onSettle: RowProps['onSettle'] }) {
  const t = useTranslations('mapping.collision');
  if (!row.collision) return null;
  return (
    <div role="alert" className="grid gap-2 border-t border-line px-3 py-2 text-sm">
      <p>{t(row.collision)}</p>
      {row.collision === 'changed' && row.stored && (
        <p className="text-xs text-muted">
          {t('theirs')}{' '}
          <code className="font-mono break-all">
            {row.stored.internalField}, {row.stored.fieldType}
            {row.stored.transformation !== null && `, ${row.stored.transformation}`}
          </code>
        </p>
      )}
      <span className="flex flex-wrap gap-2">
        <Button size="sm" onClick={() => onSettle('mine')}>
          {t(row.collision === 'removed' ? 'removeAgain' : 'keepMine')}
        </Button>
        <Button size="sm" onClick={() => onSettle('theirs')}>
          {t(row.collision === 'deleted' ? 'removeToo' : 'takeTheirs')}
        </Button>
      </span>
    </div>
  );
}
