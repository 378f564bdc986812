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
import { Ellipsis, GripVertical } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from 'react';
import { cn } from '@/ui/cn';
import { IconButton } from '@/ui/icon-button';
import { Menu } from '@/ui/menu';
import type { Widget } from '../schema';
import { moved, removed, resized, resizedTo, shifted } from './arrangement';
import type { WidgetData } from './widget-body';
import { cellClass, GRID, WidgetCard } from './widget-grid';

type ArrangeGridProps = {
  widgets: readonly Widget[];
  data: WidgetData;
  onChange: (widgets: readonly Widget[]) => void;
};

/** Pixels of one row of a widget's height, as the grid's classes have it. */
const ROW_PX = 176;
const COLUMNS = 12;

/**
 * The widgets while they are arranged: drag by the handle or by the keyboard (arrows move, with Shift they resize), pull the
 * corner, or use the menu. What happened is said aloud.
 */
export default function ArrangeGrid({ widgets, data, onChange }: ArrangeGridProps) {
  const t = useTranslations('dashboard.arrange');
  const names = useTranslations('dashboard.widget');
  const hint = useId();
  const [said, setSaid] = useState('');
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }));

  const apply = (next: readonly Widget[], id: string) => {
    onChange(next);
    const at = next.findIndex((one) => one.id === id);
    const widget = next[at];
    setSaid(
      widget
        ? t('placed', {
            name: names(widget.type),
            place: at + 1,
            count: next.length,
            columns: widget.size.columns,
            rows: widget.size.rows,
          })
        : t('gone'),
    );
  };
  const drop = ({ active, over }: DragEndEvent) => {
    if (!over || over.id === active.id) return;
    const id = String(active.id);
    apply(
      moved(
        widgets,
        id,
        widgets.findIndex((one) => one.id === over.id),
      ),
      id,
    );
  };

  return (
    <>
      <p id={hint} className="mb-3 text-sm text-muted">
        {t('hint')}
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
      <DndContext id={hint} sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop}>
        <div className={GRID}>
          {widgets.map((widget) => (
            <Cell
              key={widget.id}
              widget={widget}
              widgets={widgets}
              data={data}
              describedBy={hint}
              onApply={(next) => apply(next, widget.id)}
            />
          ))}
        </div>
      </DndContext>
    </>
  );
}

type CellProps = {
  widget: Widget;
  widgets: readonly Widget[];
  data: WidgetData;
  describedBy: string;
  onApply: (next: readonly Widget[]) => void;
};

function Cell({ widget, widgets, data, describedBy, onApply }: CellProps) {
  const t = useTranslations('dashboard.arrange');
  const names = useTranslations('dashboard.widget');
  const drag = useDraggable({ id: widget.id });
  const drop = useDroppable({ id: widget.id });
  const box = useRef<HTMLDivElement | null>(null);
  const { transform, isDragging } = drag;
  const attach = (element: HTMLDivElement | null) => {
    box.current = element;
    drag.setNodeRef(element);
    drop.setNodeRef(element);
  };
  const act = (action: (all: readonly Widget[], id: string) => Widget[]) =>
    onApply(action(widgets, widget.id));
  const onKeyDown = (event: KeyboardEvent) => {
    const action = KEYS[`${event.shiftKey ? 'Shift+' : ''}${event.key}`];
    if (!action) return;
    event.preventDefault();
    act(action);
  };
  return (
    <div
      ref={attach}
      className={cn('relative', cellClass(widget), isDragging && 'z-10 opacity-80')}
      style={transform ? { transform: `translate(${transform.x}px, ${transform.y}px)` } : undefined}
    >
      <WidgetCard
        widget={widget}
        data={data}
        onQuery={() => undefined}
        className={cn(
          'select-none [&>div]:pointer-events-none',
          drop.isOver && !isDragging && 'border-coral ring-2 ring-coral',
        )}
        actions={
          <>
            <IconButton
              {...drag.listeners}
              ref={drag.setActivatorNodeRef}
              label={t('handle', { name: names(widget.type) })}
              aria-describedby={describedBy}
              icon={<GripVertical aria-hidden="true" />}
              onKeyDown={onKeyDown}
              className="cursor-grab touch-none active:cursor-grabbing"
            />
            <Menu
              align="end"
              trigger={
                <IconButton
                  label={t('menu', { name: names(widget.type) })}
                  icon={<Ellipsis aria-hidden="true" />}
                />
              }
              items={[
                { label: t('earlier'), onSelect: () => act((all, id) => shifted(all, id, -1)) },
                { label: t('later'), onSelect: () => act((all, id) => shifted(all, id, 1)) },
                'separator',
                { label: t('wider'), onSelect: () => act((all, id) => resized(all, id, { columns: 1 })) },
                { label: t('narrower'), onSelect: () => act((all, id) => resized(all, id, { columns: -1 })) },
                { label: t('taller'), onSelect: () => act((all, id) => resized(all, id, { rows: 1 })) },
                { label: t('lower'), onSelect: () => act((all, id) => resized(all, id, { rows: -1 })) },
                'separator',
                { label: t('remove'), danger: true, onSelect: () => act(removed) },
              ]}
            />
          </>
        }
      />
      <Corner
        onPull={(dx, dy) => {
          const { width = 0, height = 0 } = box.current?.getBoundingClientRect() ?? {};
          const column = width / widget.size.columns;
          act((all, id) =>
            resizedTo(all, id, {
              columns: Math.min(COLUMNS, (width + dx) / (column || 1)),
              rows: (height + dy) / ROW_PX,
            }),
          );
        }}
      />
    </div>
  );
}

const KEYS: Record<string, (all: readonly Widget[], id: string) => Widget[]> = {
  ArrowLeft: (all, id) => shifted(all, id, -1),
  ArrowUp: (all, id) => shifted(all, id, -1),
  ArrowRight: (all, id) => shifted(all, id, 1),
  ArrowDown: (all, id) => shifted(all, id, 1),
  'Shift+ArrowLeft': (all, id) => resized(all, id, { columns: -1 }),
  'Shift+ArrowRight': (all, id) => resized(all, id, { columns: 1 }),
  'Shift+ArrowUp': (all, id) => resized(all, id, { rows: -1 }),
  'Shift+ArrowDown': (all, id) => resized(all, id, { rows: 1 }),
  Delete: removed,
};

/** The corner to pull by pointer; the keyboard resizes by the handle. */
function Corner({ onPull }: { onPull: (dx: number, dy: number) => void }) {
  const start = useRef<{ x: number; y: number } | null>(null);
  const down = (event: PointerEvent<HTMLSpanElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, y: event.clientY };
  };
  const up = (event: PointerEvent<HTMLSpanElement>) => {
    const from = start.current;
    start.current = null;
    if (from) onPull(event.clientX - from.x, event.clientY - from.y);
  };
  return (
    <span
      aria-hidden="true"
      onPointerDown={down}
      onPointerUp={up}
      className="absolute right-1 bottom-1 hidden size-5 cursor-nwse-resize touch-none rounded-md border-r-2 border-b-2 border-edge lg:block"
    />
  );
}
