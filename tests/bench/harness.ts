/** One measured line. `value` is compared with `target`: at most it, unless `better` says "higher". */
export interface BenchRow {
  name: string;
  unit: string;
  value: number;
  target: number;
  better?: 'lower' | 'higher';
  pass: boolean;
  /** Why there is no figure, and what would bring one: such a row neither meets nor misses its target. */
  absent?: string;
  /** What it was computed from: medians, rounds, counts. */
  facts: Record<string, number>;
}

/**
 * A file `tests/bench/<room>.bench.ts` exports `run`; one that needs no emulators exports `emulators = false`. Each runs in a
 * process of its own, one after the other, so that they do not disturb each other.
 */
export interface BenchModule {
  run(): Promise<BenchRow[]>;
  emulators?: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Milliseconds of one call. */
export async function timed(work: () => Promise<unknown> | unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Measures two ways of doing the same, in turns, so that whatever else the machine does meets both alike.
 * @returns the row of `measured ÷ baseline` over their medians.
 */
export async function ratioRow(options: {
  name: string;
  target: number;
  baseline: () => Promise<unknown>;
  measured: () => Promise<unknown>;
  rounds: number;
  warmUp?: number;
  /** Ends what the call before left under way; not measured. */
  before?: () => Promise<unknown>;
}): Promise<BenchRow> {
  const { name, target, rounds, before, warmUp = Math.ceil(rounds / 10) } = options;
  const times = { baseline: [] as number[], measured: [] as number[] };
  for (let round = -warmUp; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['baseline', 'measured'] as const) : (['measured', 'baseline'] as const);
    for (const which of order) {
      await before?.();
      const milliseconds = await timed(options[which]);
      if (round >= 0) times[which].push(milliseconds);
    }
  }
  const [baselineMs, measuredMs] = [median(times.baseline), median(times.measured)];
  const value = measuredMs / baselineMs;
  return {
    name,
    unit: 'ratio',
    value,
    target,
    pass: value <= target,
    facts: { baselineMs, measuredMs, rounds },
  };
}

/** A row that could not be measured here, and what would bring it. */
export function absentRow(name: string, unit: string, target: number, absent: string): BenchRow {
  return { name, unit, value: 0, target, pass: false, absent, facts: {} };
}

/** The row of a figure that must not exceed its target (or, `higher`, must reach it). */
export function limitRow(
  name: string,
  unit: string,
  value: number,
  target: number,
  facts: Record<string, number> = {},
  better: 'lower' | 'higher' = 'lower',
): BenchRow {
  return {
    name,
    unit,
    value,
    target,
    better,
    pass: better === 'lower' ? value <= target : value >= target,
    facts,
  };
}
