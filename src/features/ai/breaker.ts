/** The circuit breaker of one (provider, credential owner): a table over plain data, so that any store can hold it. */
export interface BreakerState {
  /** Times of the failures that still count, oldest first. Milliseconds since the epoch. */
  failures: readonly number[];
  /** 0 while closed; else the circuit is open until then, and half open afterwards. */
  openUntil: number;
  /** How long the last opening lasted; doubles while probes fail. */
  openForMs: number;
  /** A probe is under way until then; nobody else is let through. */
  probeUntil: number;
}

export const CLOSED: BreakerState = { failures: [], openUntil: 0, openForMs: 0, probeUntil: 0 };

export const FAILURES_TO_OPEN = 3;
export const FAILURE_WINDOW_MS = 60_000;
export const FIRST_OPEN_MS = 30_000;
export const LONGEST_OPEN_MS = 300_000;
/** A probe that reports nothing within this time is forgotten. */
export const PROBE_MS = 20_000;

export type BreakerPhase = 'closed' | 'open' | 'half_open';

export function phaseOf(state: BreakerState, now: number): BreakerPhase {
  if (state.openUntil === 0) return 'closed';
  if (now < state.openUntil || now < state.probeUntil) return 'open';
  return 'half_open';
}

/** Milliseconds until it may be tried again; 0 when it may. */
export function waitOf(state: BreakerState, now: number): number {
  return phaseOf(state, now) === 'open' ? Math.max(state.openUntil, state.probeUntil) - now : 0;
}

export function afterFailure(state: BreakerState, now: number): BreakerState {
  // Attempts that were under way when it opened say nothing new.
  if (now < state.openUntil) return state;
  if (state.openUntil > 0) {
    // The probe failed: stay away twice as long.
    const openForMs = Math.min(Math.max(state.openForMs * 2, FIRST_OPEN_MS), LONGEST_OPEN_MS);
    return { failures: [], openForMs, openUntil: now + openForMs, probeUntil: 0 };
  }
  const failures = [...state.failures.filter((at) => at > now - FAILURE_WINDOW_MS), now];
  if (failures.length < FAILURES_TO_OPEN) return { ...state, failures };
  return { failures: [], openForMs: FIRST_OPEN_MS, openUntil: now + FIRST_OPEN_MS, probeUntil: 0 };
}

export function afterSuccess(state: BreakerState): BreakerState {
  return state === CLOSED ? state : CLOSED;
}

/** Claims the one probe of a half-open circuit; undefined when it is not half open or somebody has it. */
export function claimProbe(state: BreakerState, now: number): BreakerState | undefined {
  if (phaseOf(state, now) !== 'half_open') return undefined;
  return { ...state, probeUntil: now + PROBE_MS };
}
