import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { Version } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { addMonthsClamped, dayKey } from '@/core/time/periods';
import { addSums, growthOf, latestOf } from './growth';
import type { AnalyticsRepository } from './repository';
import { type Measured, type Rollup, rollupId, type rollupModel, type Sums } from './schema';

type NewRollup = NewDoc<typeof rollupModel>;
type Cell = { sums: Sums; followers?: number };
/** Connection id → day → what it adds up to. */
type Cells = Map<string, Map<string, Cell>>;

const ATTEMPTS = 5;
/** Documents of one commit. */
const BATCH = 200;
/** Firestore says FAILED_PRECONDITION (9) or ALREADY_EXISTS (6) when somebody wrote the document meanwhile. */
const CHANGED_MEANWHILE = new Set([6, 9]);

/**
 * Computes one month's roll-ups from its points and publications and stores those that differ. What changes while we compute is
 * not overwritten: the month is computed again.
 * @returns how many were written.
 */
export async function rebuildRollups(
  repository: AnalyticsRepository,
  organizationId: string,
  month: string,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const known = await repository.rollupsOfMonth(organizationId, month);
    const computed = rollupsOf(organizationId, month, await cellsOf(repository, organizationId, month));
    // A roll-up nothing speaks for any more is emptied, not left standing.
    for (const [id, { data }] of known)
      if (!computed.has(id)) computed.set(id, emptyRollup(data, data.grain, data.period));
    const changed = [...computed].filter(([id, next]) => !sameContent(known.get(id), next));
    try {
      for (let start = 0; start < changed.length; start += BATCH) {
        await repository.run(async (tx) => {
          for (const [id, next] of changed.slice(start, start + BATCH))
            repository.replaceRollupIn(tx, id, known.get(id) ?? null, next);
        });
      }
      return changed.length;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (!CHANGED_MEANWHILE.has(code as number) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function cellsOf(
  repository: AnalyticsRepository,
  organizationId: string,
  month: string,
): Promise<Cells> {
  const from = new Date(`${month}-01T00:00:00Z`);
  const to = addMonthsClamped(from, 1);
  const cells: Cells = new Map();
  const cell = (connectionId: string, day: string): Cell => {
    const days = cells.get(connectionId) ?? new Map<string, Cell>();
    cells.set(connectionId, days);
    const one = days.get(day) ?? { sums: {} };
    days.set(day, one);
    return one;
  };
  for await (const post of repository.postsOut(organizationId, from, to)) {
    const one = cell(post.connectionId, dayKey(post.since));
    one.sums = addSums(one.sums, { posts: 1 });
  }
  const latest = new Map<string, Measured>();
  for await (const point of repository.points(organizationId, from, to)) {
    const one = cell(point.connectionId, dayKey(point.measuredAt));
    if (point.kind === 'channel') {
      if (typeof point.metrics.followers === 'number') one.followers = point.metrics.followers;
      continue;
    }
    const before = latest.get(point.subjectId) ?? (await repository.lastPointBefore(point.subjectId, from));
    one.sums = addSums(one.sums, growthOf(before, point.metrics));
    latest.set(point.subjectId, latestOf(before, point.metrics));
  }
  return cells;
}

function rollupsOf(organizationId: string, month: string, cells: Cells): Map<string, NewRollup> {
  const rollups = new Map<string, NewRollup>();
  const rollup = (connectionId: string | null, grain: Rollup['grain'], period: string): NewRollup => {
    const id = rollupId(organizationId, connectionId, period);
    const one = rollups.get(id) ?? emptyRollup({ organizationId, connectionId }, grain, period);
    rollups.set(id, one);
    return one;
  };
  for (const [connectionId, days] of cells) {
    for (const [day, cell] of days) {
      const dayOfMonth = day.slice(8);
      Object.assign(rollup(connectionId, 'day', day), cell);
      rollup(connectionId, 'month', month).days[dayOfMonth] = cell;
      const whole = rollup(null, 'month', month);
      whole.channels[connectionId] = { ...whole.channels[connectionId], [dayOfMonth]: cell };
      if (Object.keys(cell.sums).length === 0) continue;
      whole.days[dayOfMonth] = { sums: addSums(whole.days[dayOfMonth]?.sums ?? {}, cell.sums) };
      const wholeDay = rollup(null, 'day', day);
      wholeDay.sums = addSums(wholeDay.sums, cell.sums);
    }
  }
  return rollups;
}

function emptyRollup(
  { organizationId, connectionId }: Pick<Rollup, 'organizationId' | 'connectionId'>,
  grain: Rollup['grain'],
  period: string,
): NewRollup {
  return { organizationId, connectionId, grain, period, sums: {}, days: {}, channels: {} };
}

function sameContent(known: Version<Rollup> | undefined, next: NewRollup): boolean {
  if (!known) return false;
  const { sums, days, channels, followers } = known.data;
  return isDeepStrictEqual(
    { sums, days, channels, followers },
    { sums: next.sums, days: next.days, channels: next.channels, followers: next.followers },
  );
}
