/** What one active user does on one working day. Our assumption, on the busy side; change it here. */
export const USAGE_PER_DAY = {
  'open the app (session)': 4,
  'open the dashboard': 4,
  'save a draft': 25,
  'write with AI': 6,
  'schedule a post on two channels': 1,
  'publish a run': 2,
  // 5 looks on the first day, daily to day 14, weekly to day 90, for each of two runs.
  'look at the figures of a run': 60,
} as const;
export type Operation = keyof typeof USAGE_PER_DAY;

/** Documents a browser's listeners deliver per opening of the app: lists, calendar, notifications, balance. Assumed. */
export const LISTENER_READS_PER_OPENING = 60;

/** Peak second ÷ average second: people work in the same hours, and posts go out at the full hour. */
export const PEAK_FACTOR = 8;
export const WORKING_DAYS_PER_MONTH = 22;

/** US dollars per 100 000 operations in us-central1; multi-regions cost twice that. https://cloud.google.com/firestore/pricing */
export const PRICES = { reads: 0.03, writes: 0.09, checkedOn: '2026-11' } as const;

/** Of all who have an account, who works on a given day. */
export const ACTIVE_SHARE = 0.2;

/** Accounts. */
export const STEPS = [1_000, 100_000, 10_000_000] as const;
