'use client';

import { useFormatter } from 'next-intl';
import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { ChartTooltip } from './chart-tooltip';
import { type Geometry, geometryOf, MARGIN, nameAt, namedPoints } from './geometry';
import { axisTicks } from './ticks';
import type { ChartProps } from './types';

type PlotProps = Pick<ChartProps, 'points' | 'series' | 'unit' | 'formatValue' | 'formatX'> & {
  /** Lowest and highest value drawn. */
  extent: readonly [number, number];
  place: 'edge' | 'band';
  /** What is drawn between the axes. */
  children: (geometry: Geometry, pointed: number | null) => ReactNode;
};

/** Axes, grid, and the values under the pointer, around what a chart draws. Plain SVG: a drawing library weighed 100 kB. */
export function Plot({ points, series, unit, formatValue, formatX, extent, place, children }: PlotProps) {
  const format = useFormatter();
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const [pointed, setPointed] = useState<number | null>(null);
  const value = formatValue ?? ((n: number) => format.number(n, { notation: 'compact' }));
  const name = formatX ?? String;
  const ticks = axisTicks(...extent);
  const geometry = geometryOf(size, points.length, [ticks[0] ?? 0, ticks.at(-1) ?? 1], place);
  const { width, x, y, band } = geometry;
  const names = points.map((point) => name(point.x));
  const point = pointed === null ? undefined : points[pointed];
  const move = (event: PointerEvent) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    setPointed(geometry.indexAt(event.clientX - left));
  };
  return (
    <div
      ref={box}
      className="relative size-full"
      onPointerMove={move}
      onPointerLeave={() => setPointed(null)}
    >
      {width > 0 && (
        <svg width={width} height={size.height} aria-hidden="true" className="absolute inset-0 fill-muted">
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                x1={MARGIN.left}
                x2={width - MARGIN.right}
                y1={y(tick)}
                y2={y(tick)}
                className={tick === 0 ? 'stroke-edge' : 'stroke-line'}
              />
              <text x={MARGIN.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
                {value(tick)}
              </text>
            </g>
          ))}
          {namedPoints(names, band).map((index) => (
            <text
              key={points[index]?.x}
              x={nameAt(x(index), names[index] ?? '', width)}
              y={size.height - 6}
              textAnchor="middle"
            >
              {names[index]}
            </text>
          ))}
          {children(geometry, pointed)}
        </svg>
      )}
      {point && pointed !== null && (
        <div
          className="pointer-events-none absolute top-0 z-10 w-max max-w-full"
          style={x(pointed) > width / 2 ? { right: width - x(pointed) + 12 } : { left: x(pointed) + 12 }}
        >
          <ChartTooltip series={series} unit={unit} formatValue={value} formatX={name} point={point} />
        </div>
      )}
    </div>
  );
}

/** Pixels of an element, as they change. */
function useSize(box: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}
