/** How a person says that a post repeats, and the rule it becomes. Pure. */
export const REPEATS = ['never', 'daily', 'weekdays', 'weekly', 'fortnightly', 'monthly'] as const;
export type Repeat = (typeof REPEATS)[number];

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;

/**
 * The rule of a choice, for a first occurrence at this local time.
 * @param times how often in all; null: until somebody ends it.
 * @returns null for a post that does not repeat.
 */
export function rruleOf(repeat: Repeat, localTime: string, times: number | null): string | null {
  const at = new Date(`${localTime}Z`);
  if (repeat === 'never' || Number.isNaN(at.getTime())) return null;
  const day = WEEKDAYS[at.getUTCDay()];
  const rules: Record<Exclude<Repeat, 'never'>, string> = {
    daily: 'FREQ=DAILY',
    weekdays: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
    weekly: `FREQ=WEEKLY;BYDAY=${day}`,
    fortnightly: `FREQ=WEEKLY;INTERVAL=2;BYDAY=${day}`,
    // A month without that day takes its last one.
    monthly: monthly(at.getUTCDate()),
  };
  return `${rules[repeat]}${times === null ? '' : `;COUNT=${times}`}`;
}

/** What can be chosen for a first occurrence at this time: "Monday to Friday" does not begin at a weekend. */
export function repeatsFor(localTime: string): readonly Repeat[] {
  const weekday = new Date(`${localTime}Z`).getUTCDay();
  return REPEATS.filter((repeat) => repeat !== 'weekdays' || (weekday >= 1 && weekday <= 5));
}

function monthly(day: number): string {
  if (day <= 28) return `FREQ=MONTHLY;BYMONTHDAY=${day}`;
  const days = Array.from({ length: day - 27 }, (_, index) => 28 + index);
  return `FREQ=MONTHLY;BYMONTHDAY=${days};BYSETPOS=-1`;
}

/** Rules written elsewhere that say the same. */
const ALSO: Record<string, Repeat> = { 'FREQ=WEEKLY': 'weekly', 'FREQ=WEEKLY;INTERVAL=2': 'fortnightly' };

/** What {@link rruleOf} was asked for. `repeat` is null for a rule that none of the choices makes. */
export function repeatOf(rrule: string, localTime: string): { repeat: Repeat | null; times: number | null } {
  const count = /(?:^|;)COUNT=(\d+)/.exec(rrule)?.[1];
  const rule = rrule.replace(/(?:^|;)COUNT=\d+/, '');
  const made = REPEATS.find((one) => rruleOf(one, localTime.slice(0, 16), null) === rule);
  return { repeat: made ?? ALSO[rule] ?? null, times: count === undefined ? null : Number(count) };
}
