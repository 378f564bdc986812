'use client';
import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  PointerSensor,
  useDraggable,
  useDroppable,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { GripVertical } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useId, useState } from 'react';
import { cn } from '@/ui/cn';
import { IconButton } from '@/ui/icon-button';
import type { PipelineColumn } from '../pipeline';
import { Sums } from './money';
import { PipelineCard } from './pipeline-card';
import type { PipelineRecord } from './pipeline-record';

type BoardProps = {
  columns: readonly PipelineColumn<PipelineRecord>[];
  labelOf: (stage: string | null) => string;
  editable: boolean;
  onMove: (record: PipelineRecord, stage: string) => void;
};

/** Stages side by side. Records are dragged by their handle, or moved with the arrow keys while it has the focus. */
export default function PipelineBoard({ columns, labelOf, editable, onMove }: BoardProps) {
  const t = useTranslations('pipeline');
  const hint = useId();
  // In another column it is another element: the focus goes with it.
  const [followed, setFollowed] = useState<string | null>(null);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }));
  const stages = columns.flatMap(({ stage }) => (stage === null ? [] : [stage]));
  const drop = ({ active, over }: DragEndEvent) => {
    const record = columns.flatMap(({ deals }) => deals).find(({ id }) => id === active.id);
    if (record && over && stages.includes(String(over.id))) onMove(record, String(over.id));
  };
  return (
    <>
      {editable && (
        <p id={hint} className="mb-3 text-sm text-muted">
          {t('hint')}
        </p>
      )}
      <DndContext id={hint} sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard. */}
        <section className="flex gap-3 overflow-x-auto pb-3" aria-label={t('board')} tabIndex={0}>
          {columns.map((column) => (
            <Column
              key={column.stage ?? ''}
              column={column}
              label={labelOf(column.stage)}
              stages={stages}
              describedBy={hint}
              editable={editable}
              followed={followed}
              onFollow={setFollowed}
              onMove={onMove}
            />
          ))}
        </section>
      </DndContext>
    </>
  );
}

type ColumnProps = {
  column: PipelineColumn<PipelineRecord>;
  label: string;
  stages: readonly string[];
  describedBy: string;
  /** Record whose handle gets the focus. */
  followed: string | null;
  onFollow: (id: string) => void;
} & Pick<BoardProps, 'editable' | 'onMove'>;

function Column({ column, label, ...card }: ColumnProps) {
  const t = useTranslations('pipeline');
  const heading = useId();
  const { setNodeRef, isOver } = useDroppable({
    id: column.stage ?? heading,
    disabled: column.stage === null,
  });
  return (
    <section
      ref={setNodeRef}
      aria-labelledby={heading}
      className={cn(
        'flex w-64 shrink-0 flex-col rounded-lg border border-line bg-sunken',
        isOver && 'border-coral ring-2 ring-coral',
      )}
    >
      <header className="border-b border-line px-3 py-2">
        <h2 id={heading} className="flex items-baseline justify-between gap-2 text-sm font-semibold">
          <span className="min-w-0 truncate">{label}</span>
          <span className="text-muted tabular-nums">{t('count', { count: column.deals.length })}</span>
        </h2>
        <p className="min-h-5 text-sm text-muted">
          <Sums sums={column.sums} />
        </p>
      </header>
      <ul className="grid content-start gap-2 p-2">
        {column.deals.map((record) => (
          <DraggableCard key={record.id} record={record} {...card} />
        ))}
      </ul>
    </section>
  );
}

type DraggableProps = { record: PipelineRecord } & Omit<ColumnProps, 'column' | 'label'>;

function DraggableCard({ record, stages, describedBy, editable, ...props }: DraggableProps) {
  const { followed, onFollow, onMove } = props;
  const t = useTranslations('pipeline');
  const { setNodeRef, listeners, transform, isDragging } = useDraggable({
    id: record.id,
    disabled: !editable,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = stages[(record.stage === null ? -1 : stages.indexOf(record.stage)) + by];
    if (next === undefined) return;
    onFollow(record.id);
    onMove(record, next);
  };
  return (
    <li
      ref={setNodeRef}
      className={cn('relative', isDragging && 'z-10 opacity-80')}
      style={transform ? { transform: `translate(${transform.x}px, ${transform.y}px)` } : undefined}
    >
      <PipelineCard
        record={record}
        action={
          editable && (
            <IconButton
              size="sm"
              variant="ghost"
              label={t('move', { name: record.title })}
              icon={<GripVertical />}
              aria-describedby={describedBy}
              autoFocus={followed === record.id}
              className="cursor-grab touch-none"
              onKeyDown={onKeyDown}
              onPointerDown={(event) => listeners?.onPointerDown?.(event)}
            />
          )
        }
      />
    </li>
  );
}
