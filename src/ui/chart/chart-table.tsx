import type { ChartProps } from './types';

type ChartTableProps = Pick<ChartProps, 'label' | 'points' | 'series' | 'unit'> & {
  formatValue: (value: number) => string;
  formatX: (x: string | number) => string;
};

/** The same numbers as a table for those who cannot see the drawing. */
export function ChartTable({ label, points, series, unit, formatValue, formatX }: ChartTableProps) {
  return (
    <table className="sr-only">
      <caption>{`${label} (${unit})`}</caption>
      <thead>
        <tr>
          <td />
          {series.map((one) => (
            <th key={one.key} scope="col">
              {one.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.x}>
            <th scope="row">{formatX(point.x)}</th>
            {series.map((one) => {
              const value = point[one.key];
              return <td key={one.key}>{typeof value === 'number' ? formatValue(value) : '–'}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
