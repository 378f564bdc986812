import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STANDARD_LAYOUT, saveLayoutSchema, WIDGET_TYPES } from '../schema';
import { added, missing, moved, removed, resized, resizedTo, shifted } from './arrangement';

const ids = (widgets: readonly { id: string }[]) => widgets.map((one) => one.id);

describe('arranging widgets', () => {
  it('moves, and stops at the ends', () => {
    const order = ids(STANDARD_LAYOUT);
    expect(ids(shifted(STANDARD_LAYOUT, 'engagement', -1))).toEqual(order);
    expect(ids(shifted(STANDARD_LAYOUT, 'engagement', 1)).slice(0, 2)).toEqual(['upcoming', 'engagement']);
    expect(ids(moved(STANDARD_LAYOUT, 'engagement', 99)).at(-1)).toBe('engagement');
    expect(ids(moved(STANDARD_LAYOUT, 'nothing', 0))).toEqual(order);
  });

  it('resizes along the scale only', () => {
    const size = (widgets: ReturnType<typeof resized>) => widgets[0]?.size;
    expect(size(resized(STANDARD_LAYOUT, 'engagement', { columns: 1 }))).toEqual({ columns: 12, rows: 2 });
    const widest = resized(resized(STANDARD_LAYOUT, 'engagement', { columns: 1 }), 'engagement', {
      columns: 1,
    });
    expect(size(widest)).toEqual({ columns: 12, rows: 2 });
    expect(size(resizedTo(STANDARD_LAYOUT, 'engagement', { columns: 5.2, rows: 0 }))).toEqual({
      columns: 6,
      rows: 1,
    });
  });

  it('adds what is missing, under an id of its own', () => {
    expect(missing(STANDARD_LAYOUT)).toEqual(['comparison', 'audience']);
    expect(ids(added(STANDARD_LAYOUT, 'balance')).at(-1)).toBe('balance-2');
    expect(ids(removed(STANDARD_LAYOUT, 'balance'))).not.toContain('balance');
  });

  it('never makes a layout the API would refuse', () => {
    const step = fc.record({
      kind: fc.constantFrom('move', 'wide', 'tall', 'add', 'remove', 'pull'),
      index: fc.nat(10),
      by: fc.constantFrom<-1 | 1>(-1, 1),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 16 }), (steps) => {
        let widgets = [...STANDARD_LAYOUT];
        for (const { kind, index, by } of steps) {
          const id = widgets[index % Math.max(1, widgets.length)]?.id ?? '';
          if (kind === 'move') widgets = shifted(widgets, id, by);
          else if (kind === 'wide') widgets = resized(widgets, id, { columns: by });
          else if (kind === 'tall') widgets = resized(widgets, id, { rows: by });
          else if (kind === 'add')
            widgets = added(widgets, WIDGET_TYPES[index % WIDGET_TYPES.length] ?? 'balance');
          else if (kind === 'pull')
            widgets = resizedTo(widgets, id, { columns: index * 1.7, rows: index / 3 });
          else widgets = removed(widgets, id);
        }
        expect(saveLayoutSchema.safeParse({ widgets, version: 0 }).success).toBe(true);
      }),
    );
  });
});
