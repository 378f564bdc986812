import { tz } from '@date-fns/tz';
import { addDays, set } from 'date-fns';
import { muteKey, type NotificationChannel, type NotificationTypeFacts } from './types.data';

/** What a person wants, as their settings say. */
export interface NotificationPreferences {
  /** `type.channel` pairs that are off: `publishing.failed.email`. */
  muted: readonly string[];
  digest: 'immediate' | 'daily' | 'weekly';
  /** In the person's own zone; may span midnight. */
  quietHours: { from: string; to: string } | null;
}

export interface Delivery {
  inApp: boolean;
  /** `now` means at `sendAt`. */
  email: 'now' | 'digest' | 'none';
  /** To the person's browsers, now or not at all. */
  push: boolean;
  sendAt: Date;
}

/** Which ways a notification takes to a person, and when. Pure. */
export function planDelivery(
  type: string,
  facts: NotificationTypeFacts,
  preferences: NotificationPreferences,
  { now, timezone }: { now: Date; timezone: string },
): Delivery {
  const off = (channel: NotificationChannel) => preferences.muted.includes(muteKey(type, channel));
  const sendAt = afterQuietHours(preferences.quietHours, now, timezone);
  // A push says "look now". In quiet hours nobody should, and in the morning the app and the mail have said it already: it is
  // dropped, not delayed. For the same reason no digest holds it back: who wants fewer switches off the type.
  const push = !off('push') && sendAt.getTime() === now.getTime();
  if (facts.mail === 'required') return { inApp: !off('in_app'), email: 'now', push, sendAt: now };
  const digest = preferences.digest !== 'immediate' && !facts.urgent;
  return {
    inApp: !off('in_app'),
    email: off('email') ? 'none' : digest ? 'digest' : 'now',
    push,
    sendAt,
  };
}

/** The end of the quiet hours that `now` lies in; `now` outside of them. `from` belongs to them, `to` does not. */
export function afterQuietHours(
  quiet: NotificationPreferences['quietHours'],
  now: Date,
  timezone: string,
): Date {
  if (!quiet || quiet.from === quiet.to) return now;
  const local = tz(timezone)(now);
  const minutes = local.getHours() * 60 + local.getMinutes();
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  const spansMidnight = from > to;
  const inside = spansMidnight ? minutes >= from || minutes < to : minutes >= from && minutes < to;
  if (!inside) return now;
  const day = spansMidnight && minutes >= from ? addDays(local, 1) : local;
  const end = set(day, { hours: Math.floor(to / 60), minutes: to % 60, seconds: 0, milliseconds: 0 });
  return new Date(end.getTime());
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

const DIGEST_HOUR = 8;
/** A run that comes late still sends; later than this the day's digest waits for the next morning. */
const DIGEST_LAST_HOUR = 12;

/**
 * The local day whose digest is due now, `2026-03-29`, or null: each morning from eight o'clock, weekly ones on Mondays.
 */
export function digestDay(digest: 'daily' | 'weekly', now: Date, timezone: string): string | null {
  const local = tz(timezone)(now);
  const hour = local.getHours();
  if (hour < DIGEST_HOUR || hour >= DIGEST_LAST_HOUR) return null;
  if (digest === 'weekly' && local.getDay() !== 1) return null;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
}
