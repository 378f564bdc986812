/**
 * When a post is measured after it went out: 15 minutes, 1, 3, 6 and 12 hours, daily to day 14, weekly to day 90. Pure.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Step {
  /** Names the point: measuring one step twice stores it once. */
  bucket: string;
  /** Milliseconds after publishing. */
  after: number;
}

export const POST_STEPS: readonly Step[] = [
  { bucket: 'm15', after: 15 * MINUTE },
  ...[1, 3, 6, 12].map((hours) => ({ bucket: `h${hours}`, after: hours * HOUR })),
  ...Array.from({ length: 14 }, (_, index) => ({ bucket: `d${index + 1}`, after: (index + 1) * DAY })),
  ...Array.from({ length: 10 }, (_, index) => ({
    bucket: `d${21 + 7 * index}`,
    after: (21 + 7 * index) * DAY,
  })),
  { bucket: 'd90', after: 90 * DAY },
];

/** The step to measure now: the latest that is due, so that what an outage missed is not asked for in a row. */
export function dueStep(step: number, since: Date, now: Date): number {
  const elapsed = now.getTime() - since.getTime();
  const latest = POST_STEPS.findLastIndex((one) => one.after <= elapsed);
  return Math.max(step, latest);
}

/**
 * When a step is measured; null after the last one. Posts that went out in the same second are spread over a tenth of the wait,
 * always the same for one post.
 */
export function stepTime(step: number, since: Date, subjectId: string): Date | null {
  const one = POST_STEPS[step];
  if (!one) return null;
  return new Date(since.getTime() + one.after + Math.min(one.after / 10, HOUR) * share(subjectId));
}

/** Channels are measured once a day, each at its own time. */
export function nextChannelTime(now: Date, subjectId: string): Date {
  const tomorrow = Math.floor(now.getTime() / DAY) * DAY + DAY;
  return new Date(tomorrow + share(subjectId) * 12 * HOUR);
}

/** Wait after a failed try: 15 minutes, doubling to 12 hours; the network's own word counts more. */
export function retryTime(now: Date, failures: number, retryAfterMs?: number): Date {
  const wait = Math.min(15 * MINUTE * 2 ** failures, 12 * HOUR);
  return new Date(now.getTime() + Math.max(wait, retryAfterMs ?? 0));
}

/** A number in [0, 1) that a text always gives (FNV-1a). */
function share(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
