import { monthsBetween } from '@/core/time/periods';
import type { Rollup, SumName, Sums } from '@/features/analytics/schema';
import { addDays, daysBetween } from './days';
import type { ChannelRow, DayRow, Figure, FigureName } from './schema';

/** The months, of one organisation or one channel, as stored. */
export type Months = readonly Pick<Rollup, 'period' | 'days' | 'channels' | 'connectionId'>[];

/** Days of a period and of the one before it, with each channel's own. */
export interface Rows {
  days: DayRow[];
  channels: Record<string, DayRow[]>;
}

/** Turns roll-ups into figures. Pure: the same numbers on the server and in a test. */
export class MetricsCalculator {
  /** The months a comparison needs: the period's days and as many before. */
  monthsFor(to: string, days: number): string[] {
    const from = addDays(to, 1 - 2 * days);
    return monthsBetween(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
  }

  /** Twice `days` rows up to `to`, oldest first. */
  rows(months: Months, to: string, days: number): Rows {
    const range = daysBetween(addDays(to, 1 - 2 * days), to);
    const cellsOf = (pick: (month: Months[number]) => Rollup['days'] | undefined) => {
      const cells = new Map<string, Rollup['days'][string]>();
      for (const month of months)
        for (const [dd, cell] of Object.entries(pick(month) ?? {})) cells.set(`${month.period}-${dd}`, cell);
      return cells;
    };
    const channelIds = new Set(months.flatMap((month) => Object.keys(month.channels)));
    const channels = Object.fromEntries(
      [...channelIds].map((id) => [
        id,
        rowsOf(
          cellsOf((month) => month.channels[id]),
          range,
        ),
      ]),
    );
    const own = rowsOf(
      cellsOf((month) => month.days),
      range,
    );
    // An organisation's followers are those of its channels together.
    const whole = Object.values(channels);
    if (whole.length > 0)
      for (const [index, row] of own.entries())
        row.followers = total(whole.map((rows) => rows[index]?.followers));
    return { days: own, channels };
  }

  figures(rows: readonly DayRow[], tokens: readonly number[] | null): Figure[] {
    const half = rows.length / 2;
    const [before, now] = [rows.slice(0, half), rows.slice(half)];
    const sumFigure = (name: Extract<FigureName, SumName>) =>
      figure(
        name,
        sumOf(now, name),
        sumOf(before, name),
        now.map((row) => row.sums[name] ?? null),
      );
    const figures = [
      figure(
        'followers',
        lastLevel(now),
        lastLevel(before),
        now.map((row) => row.followers),
      ),
      sumFigure('reach'),
      sumFigure('impressions'),
      figure(
        'engagementRate',
        rateOf(now),
        rateOf(before),
        now.map((row) => rate(row.sums.engagements ?? null, row.sums.impressions ?? null)),
      ),
      sumFigure('engagements'),
      // Posts are counted, not reported by a network: a day without one is 0.
      figure(
        'posts',
        sumOf(now, 'posts') ?? 0,
        sumOf(before, 'posts') ?? 0,
        now.map((row) => row.sums.posts ?? 0),
      ),
    ];
    if (!tokens) return figures;
    const [spentBefore, spent] = [tokens.slice(0, half), tokens.slice(half)];
    return [...figures, figure('tokens', total(spent) ?? 0, total(spentBefore) ?? 0, [...spent])];
  }

  /** Channels by engagements, the strongest first. */
  compare(channels: Rows['channels']): ChannelRow[] {
    const rows = Object.entries(channels).map(([connectionId, days]): ChannelRow => {
      const half = days.length / 2;
      const [before, now] = [days.slice(0, half), days.slice(half)];
      const engagements = sumOf(now, 'engagements');
      return {
        connectionId,
        posts: sumOf(now, 'posts') ?? 0,
        impressions: sumOf(now, 'impressions'),
        engagements,
        engagementRate: rateOf(now),
        followers: lastLevel(now),
        change: changeOf(engagements, sumOf(before, 'engagements')),
      };
    });
    return rows.sort((a, b) => (b.engagements ?? -1) - (a.engagements ?? -1));
  }
}

function rowsOf(
  cells: ReadonlyMap<string, { sums: Sums; followers?: number | undefined }>,
  range: readonly string[],
): DayRow[] {
  // The level of a day without a reading is that of the day before, also from before the range.
  const earlier = [...cells].filter(([day, cell]) => day < (range[0] ?? '') && cell.followers !== undefined);
  let followers: number | null = earlier.sort(([a], [b]) => a.localeCompare(b)).at(-1)?.[1].followers ?? null;
  return range.map((day) => {
    const cell = cells.get(day);
    followers = cell?.followers ?? followers;
    return { day, sums: cell?.sums ?? {}, followers };
  });
}

function figure(
  name: FigureName,
  value: number | null,
  previous: number | null,
  series: (number | null)[],
): Figure {
  return { name, value, previous, change: changeOf(value, previous), series };
}

export function changeOf(value: number | null, previous: number | null): number | null {
  return value === null || previous === null || previous <= 0 ? null : (value - previous) / previous;
}

/** Null when no day measured it. */
function sumOf(rows: readonly DayRow[], name: SumName): number | null {
  return total(rows.map((row) => row.sums[name]));
}

function total(values: readonly (number | null | undefined)[]): number | null {
  const measured = values.filter((value) => typeof value === 'number');
  return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0);
}

function rateOf(rows: readonly DayRow[]): number | null {
  return rate(sumOf(rows, 'engagements'), sumOf(rows, 'impressions'));
}

export function rate(engagements: number | null, impressions: number | null): number | null {
  return engagements === null || impressions === null || impressions <= 0 ? null : engagements / impressions;
}

function lastLevel(rows: readonly DayRow[]): number | null {
  return rows.findLast((row) => row.followers !== null)?.followers ?? null;
}
