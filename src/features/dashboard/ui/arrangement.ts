import { WIDGET_COLUMNS, WIDGET_ROWS, WIDGET_TYPES, type Widget, type WidgetType } from '../schema';

/** Changes of a layout. Pure: what keyboard, pointer and menu do is the same. */

export function moved(widgets: readonly Widget[], id: string, to: number): Widget[] {
  const from = widgets.findIndex((one) => one.id === id);
  const widget = widgets[from];
  if (!widget) return [...widgets];
  const rest = widgets.filter((one) => one.id !== id);
  const at = Math.min(Math.max(0, to), rest.length);
  return [...rest.slice(0, at), widget, ...rest.slice(at)];
}

/** One step earlier (−1) or later (+1). */
export function shifted(widgets: readonly Widget[], id: string, by: -1 | 1): Widget[] {
  return moved(widgets, id, widgets.findIndex((one) => one.id === id) + by);
}

/** One step wider, narrower, taller or lower; at the end of the scale nothing changes. */
export function resized(
  widgets: readonly Widget[],
  id: string,
  by: { columns?: -1 | 1; rows?: -1 | 1 },
): Widget[] {
  return widgets.map((one) =>
    one.id === id
      ? {
          ...one,
          size: {
            columns: step(WIDGET_COLUMNS, one.size.columns, by.columns ?? 0),
            rows: step(WIDGET_ROWS, one.size.rows, by.rows ?? 0),
          },
        }
      : one,
  );
}

/** To the size a corner was pulled to, in columns and rows that need not exist. */
export function resizedTo(
  widgets: readonly Widget[],
  id: string,
  size: { columns: number; rows: number },
): Widget[] {
  return widgets.map((one) =>
    one.id === id
      ? {
          ...one,
          size: { columns: nearest(WIDGET_COLUMNS, size.columns), rows: nearest(WIDGET_ROWS, size.rows) },
        }
      : one,
  );
}

export function removed(widgets: readonly Widget[], id: string): Widget[] {
  return widgets.filter((one) => one.id !== id);
}

/** Types that are not shown yet. */
export function missing(widgets: readonly Widget[]): WidgetType[] {
  return WIDGET_TYPES.filter((type) => !widgets.some((one) => one.type === type));
}

export function added(widgets: readonly Widget[], type: WidgetType): Widget[] {
  const taken = new Set(widgets.map((one) => one.id));
  let id: string = type;
  for (let number = 2; taken.has(id); number += 1) id = `${type}-${number}`;
  return [...widgets, { id, type, size: { columns: 6, rows: 2 }, query: {} }];
}

function step<T extends number>(scale: readonly T[], value: T, by: -1 | 0 | 1): T {
  return scale[scale.indexOf(value) + by] ?? value;
}

function nearest<T extends number>(scale: readonly T[], value: number): T {
  return scale.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best));
}
