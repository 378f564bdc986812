import { tz } from '@date-fns/tz';
import { addDays, set } from 'date-fns';
import { afterQuietHours } from '../plan';
import { type ChannelEvent, SEVERITIES, type Severity } from './events.data';
import type { ChannelRule, ItemState } from './schema';

/** Which channel hears of what, and when. Pure. */

export interface ChannelWishes {
  rules: readonly ChannelRule[];
  quietHours: { from: string; to: string } | null;
  timezone: string;
  digest: 'immediate' | 'hourly' | 'daily';
}

export interface Planned {
  sendAt: Date;
  /** Joins the others that are due at that instant, in one message. */
  together: boolean;
}

const DIGEST_HOUR = 8;
const HOUR_MS = 3600_000;
const MINUTE_MS = 60_000;

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function wants(rules: readonly ChannelRule[], event: ChannelEvent, severity: Severity): boolean {
  const rule = rules.find((one) => one.event === event);
  return rule !== undefined && rankOf(severity) >= rankOf(rule.severity);
}

/**
 * When a message goes out. What is critical goes at once, whatever the hour; that it is over may wait for the morning, but for no
 * digest: whoever was called must learn when to stop looking.
 */
export function planMessage(
  wishes: Omit<ChannelWishes, 'rules'>,
  { severity, state }: { severity: Severity; state: ItemState },
  now: Date,
): Planned {
  const critical = severity === 'critical';
  if (critical && state !== 'recovered') return { sendAt: now, together: false };
  const digest = !critical && wishes.digest !== 'immediate';
  const slot = digest ? nextDigest(wishes.digest, now, wishes.timezone) : now;
  const sendAt = afterQuietHours(wishes.quietHours, slot, wishes.timezone);
  return { sendAt, together: sendAt > now };
}

/** The next full hour, or the next eight o'clock, on the clocks of that zone; always later than `now`. */
function nextDigest(digest: ChannelWishes['digest'], now: Date, timezone: string): Date {
  const local = tz(timezone)(now);
  if (digest === 'hourly') {
    const into = local.getMinutes() * MINUTE_MS + local.getSeconds() * 1000 + local.getMilliseconds();
    return new Date(now.getTime() + HOUR_MS - into);
  }
  const eight = (day: typeof local) =>
    new Date(set(day, { hours: DIGEST_HOUR, minutes: 0, seconds: 0, milliseconds: 0 }).getTime());
  const today = eight(local);
  return today > now ? today : eight(addDays(local, 1));
}
