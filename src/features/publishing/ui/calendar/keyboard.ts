/** The keyboard path through the grid: arrows move, space picks up and drops, escape cancels. Pure. */

export interface Spot {
  row: number;
  column: number;
  /** Which post of the cell; null: the cell itself. */
  chip: number | null;
}

/** How many posts can be reached in a cell; 0 outside. */
export type ChipCount = (row: number, column: number) => number;

export interface GridSize {
  rows: number;
  columns: number;
}

const STEPS: Record<string, readonly [row: number, column: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** One cell further, staying inside the grid. Null: the key moves nothing. */
export function nextCell(
  at: Pick<Spot, 'row' | 'column'>,
  key: string,
  size: GridSize,
): { row: number; column: number } | null {
  if (key === 'Home') return { row: at.row, column: 0 };
  if (key === 'End') return { row: at.row, column: size.columns - 1 };
  const step = STEPS[key];
  if (!step) return null;
  const within = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
  return { row: within(at.row + step[0], size.rows), column: within(at.column + step[1], size.columns) };
}

/** Up and down go through the posts of a cell before they leave it; a cell with posts is entered at one of them. */
export function nextSpot(at: Spot, key: string, size: GridSize, chips: ChipCount): Spot | null {
  const count = chips(at.row, at.column);
  if (at.chip !== null && key === 'ArrowDown' && at.chip + 1 < count) return { ...at, chip: at.chip + 1 };
  if (at.chip !== null && key === 'ArrowUp' && at.chip > 0) return { ...at, chip: at.chip - 1 };
  const cell = nextCell(at, key, size);
  if (!cell) return null;
  const same = cell.row === at.row && cell.column === at.column;
  if (same) return at;
  const there = chips(cell.row, cell.column);
  const chip = there === 0 ? null : key === 'ArrowUp' ? there - 1 : 0;
  return { ...cell, chip };
}
