import { type LocalKind, localOf, resolveLocal } from '@/core/time/zones';

export interface ScheduleChoice {
  /** `YYYY-MM-DDTHH:mm`. */
  localTime: string;
  zone: string;
  disambiguation: 'earlier' | 'later';
}

/** The next full quarter of an hour that is at least ten minutes away. */
export function suggestedTime(now: Date, zone: string): string {
  const quarter = 15 * 60_000;
  const at = Math.ceil((now.getTime() + 10 * 60_000) / quarter) * quarter;
  return localOf(new Date(at), zone);
}

export type ScheduleVerdict =
  | { kind: 'invalid' }
  | { kind: 'past'; instant: Date }
  | {
      kind: LocalKind;
      instant: Date;
      /** What the clock there shows when it goes out; differs from what was asked inside a gap. */
      shown: string;
    };

/** What a chosen time means: gone by, fine, skipped by the clocks or shown by them twice. */
export function verdictOf(choice: ScheduleChoice, now: Date): ScheduleVerdict {
  try {
    const { instant, kind } = resolveLocal(choice.localTime, choice.zone, choice.disambiguation);
    if (instant <= now) return { kind: 'past', instant };
    return { kind, instant, shown: localOf(instant, choice.zone) };
  } catch {
    // An incomplete time, or a zone this browser does not know.
    return { kind: 'invalid' };
  }
}

/** All zones of this browser, the given ones first. */
export function zoneOptions(first: readonly string[]): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return [...new Set([...first, 'UTC', ...known])];
}
