import type { ChannelEvent, Severity } from './events.data';
import { rankOf } from './plan';
import type { ItemState, NoticeData } from './schema';

/** When an incident is told, and when not. Pure. */

/** Something happened, or is over. */
export interface Notice {
  organizationId: string;
  /** Names the incident within the organisation: what breaks and mends under one key is one incident. */
  key: string;
  event: ChannelEvent;
  severity: Severity;
  state: ItemState;
  data: NoticeData;
  /** A path inside IriSync where a person can act. */
  href: string | null;
  at: Date;
  eventId: string;
}

/** What is known of an incident. */
export interface Known {
  event: ChannelEvent;
  severity: Severity;
  state: 'open' | 'closed';
  episode: number;
  openedAt: Date;
  closedAt: Date | null;
  lastSeenAt: Date;
  count: number;
  seen: readonly string[];
}

export type IncidentStep =
  /** Repeated, out of date, or the end of what nobody heard of. */
  | { kind: 'ignore' }
  /** It goes on: noted, not told. */
  | { kind: 'note' }
  /** It begins, anew or for the first time, or got worse. */
  | { kind: 'tell'; episode: number; begins: boolean; closes: boolean }
  | { kind: 'recover' };

/** An incident that was silent for so long may be told again: its end may have been missed. */
export const STALE_MS = 7 * 24 * 3600_000;

export function incidentStep(
  known: Known | null,
  notice: Pick<Notice, 'state' | 'severity' | 'at' | 'eventId'>,
): IncidentStep {
  const { state, severity, at, eventId } = notice;
  if (known?.seen.includes(eventId)) return { kind: 'ignore' };
  if (state === 'recovered') {
    return known?.state === 'open' && at >= known.openedAt ? { kind: 'recover' } : { kind: 'ignore' };
  }
  const closes = state === 'final';
  if (!known) return { kind: 'tell', episode: 1, begins: true, closes };
  if (known.state === 'closed') {
    // Delivered late: what it speaks of was over before.
    if (known.closedAt && at <= known.closedAt) return { kind: 'ignore' };
    return { kind: 'tell', episode: known.episode + 1, begins: true, closes };
  }
  if (at.getTime() - known.lastSeenAt.getTime() >= STALE_MS)
    return { kind: 'tell', episode: known.episode + 1, begins: true, closes };
  if (closes || rankOf(severity) > rankOf(known.severity))
    return { kind: 'tell', episode: known.episode, begins: false, closes };
  return { kind: 'note' };
}
