import { localOf, resolveLocal } from '@/core/time/zones';
import { BEST_TIMES, type HourScore } from './schema';

/** When a channel's own posts did best. Pure. */

export interface MeasuredPost {
  /** When it went out. */
  since: Date;
  engagements: number;
}

export interface WeekScores {
  enough: boolean;
  posts: number;
  mean: number | null;
  hours: HourScore[];
}

/** As many imaginary posts of average success join each hour, so that one lucky post does not make an hour the best. */
const PRIOR_POSTS = 5;
const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** Time to press the button. */
const LEAD_MS = 5 * 60_000;
const HORIZON_DAYS = 28;

/** Mean engagements for each hour of the week that has posts, drawn towards the channel's mean. */
export function weekScores(posts: readonly MeasuredPost[], zone: string): WeekScores {
  const count = posts.length;
  const mean = count > 0 ? posts.reduce((sum, post) => sum + post.engagements, 0) / count : null;
  if (count < BEST_TIMES.postsNeeded || mean === null)
    return { enough: false, posts: count, mean, hours: [] };
  const cells = new Map<string, { weekday: number; hour: number; posts: number; sum: number }>();
  for (const { since, engagements } of posts) {
    const { weekday, hour } = hourOfWeek(since, zone);
    const key = `${weekday} ${hour}`;
    const cell = cells.get(key) ?? { weekday, hour, posts: 0, sum: 0 };
    cells.set(key, { ...cell, posts: cell.posts + 1, sum: cell.sum + engagements });
  }
  const hours = [...cells.values()].map(({ weekday, hour, posts: n, sum }) => ({
    weekday,
    hour,
    posts: n,
    score: (sum + PRIOR_POSTS * mean) / (n + PRIOR_POSTS),
  }));
  return { enough: true, posts: count, mean, hours: hours.sort((a, b) => b.score - a.score) };
}

/**
 * The next hour in which posts did better than the channel's mean, the best first within each week.
 * @param taken instants at which the channel has something planned; their hours are left out.
 * @returns null when no hour stands out, or all that do are taken for four weeks.
 */
export function nextBestHour(
  { mean, hours }: Pick<WeekScores, 'mean' | 'hours'>,
  facts: { now: Date; zone: string; taken: ReadonlySet<number> },
): { dueAt: Date; localTime: string } | null {
  const { now, zone, taken } = facts;
  const good = hours.filter(({ score }) => mean !== null && score > mean);
  const busy = (at: Date) => [...taken].some((one) => one >= at.getTime() && one < at.getTime() + HOUR);
  const today = Date.parse(`${localOf(now, zone).slice(0, 10)}T00:00:00Z`);
  for (let week = 0; week < HORIZON_DAYS / 7; week += 1) {
    for (const { weekday, hour } of good) {
      for (let day = today + week * 7 * DAY; day <= today + (week + 1) * 7 * DAY; day += DAY) {
        const date = new Date(day);
        if (((date.getUTCDay() + 6) % 7) + 1 !== weekday) continue;
        const localTime = `${date.toISOString().slice(0, 10)}T${String(hour).padStart(2, '0')}:00`;
        const { instant: dueAt } = resolveLocal(localTime, zone);
        if (dueAt.getTime() > now.getTime() + LEAD_MS && !busy(dueAt)) return { dueAt, localTime };
      }
    }
  }
  return null;
}

function hourOfWeek(instant: Date, zone: string): { weekday: number; hour: number } {
  const wall = new Date(`${localOf(instant, zone)}:00Z`);
  return { weekday: ((wall.getUTCDay() + 6) % 7) + 1, hour: wall.getUTCHours() };
}
