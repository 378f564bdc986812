/**
 * Series colours in the order they are used. Tested to stay apart for red-, green- and blue-blind eyes
 * and to stand 3:1 against the surface (src/ui/theme.test.ts). More than six series is a table's work.
 */
export const SERIES = [
  'var(--color-chart-1)',
  'var(--color-chart-2)',
  'var(--color-chart-3)',
  'var(--color-chart-4)',
  'var(--color-chart-5)',
  'var(--color-chart-6)',
] as const;

/** Dash patterns beside the colours, so that lines can be told apart in print and without colour. */
export const DASHES = ['0', '6 3', '2 3', '8 3 2 3', '12 4', '4 2'] as const;

export function seriesColour(index: number): string {
  return SERIES[index % SERIES.length] ?? SERIES[0];
}

export function seriesDash(index: number): string {
  return DASHES[index % DASHES.length] ?? DASHES[0];
}
