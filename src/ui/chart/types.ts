export type ChartSeries = {
  /** Key of the value in each point. */
  key: string;
  /** Shown beside the line itself. */
  label: string;
};

/** One place on the axis. A value that was not measured is null and drawn as a gap, never as 0. */
export type ChartPoint = { x: string | number } & Record<string, string | number | null>;

export type ChartProps = {
  /** What the chart shows, read by screen readers and used as the caption of its table. */
  label: string;
  points: readonly ChartPoint[];
  /** Six at most. */
  series: readonly ChartSeries[];
  /** Unit on the value axis, e.g. "impressions" or "%". */
  unit: string;
  /** How values are written on the axis, the labels and in the table. */
  formatValue?: ((value: number) => string) | undefined;
  formatX?: ((x: string | number) => string) | undefined;
  /** Pixels; 240 by default. */
  height?: number | undefined;
  className?: string | undefined;
};

export type BarChartProps = ChartProps & {
  /** Bars on top of each other instead of side by side. */
  stacked?: boolean | undefined;
};
