/** Every duration of publishing, in milliseconds. Injected as one object, so that tests can run the same machine faster. */
export const DEFAULT_TIMING = {
  /** How long a claim holds without a heartbeat. */
  lease: 60_000,
  heartbeat: 20_000,
  /** The lease must outlive the commit request by this much, or the request is not sent. */
  commitMargin: 10_000,
  /** A commit gets at least this long to be answered, or it is not sent. */
  commitShortest: 20_000,
  /** Longest preparation (uploads) under one claim. */
  prepare: 30 * 60_000,
  /** Longest single question to the network: check, reconcile. */
  question: 30_000,
  /** How long a network may process uploads before the run fails. */
  processing: 3 * 3600_000,
  /** How long a network may process an accepted commit before the run counts as unconfirmed. */
  confirming: 3 * 3600_000,
  /** Shortest and longest pause between two questions about the same thing. */
  pollShortest: 1_000,
  pollLongest: 60_000,
  /** After the commit was sent: when to look for a post whose network shows it with delay. */
  looksEventual: [30_000, 3 * 60_000, 15 * 60_000],
  /** Between looks at a network that knows for certain but could not be asked. */
  looksExact: [0, 10_000, 60_000, 5 * 60_000, 30 * 60_000],
  /** Between reminders to a person; the last one repeats. */
  reminders: [24 * 3600_000, 3 * 24 * 3600_000, 7 * 24 * 3600_000],
  /** A block nobody lifts in this time ends the run. */
  blocked: 30 * 24 * 3600_000,
  /** Waiting for another commit of the same account: in place up to here, then the lease is given back. */
  laneWait: 5_000,
  lanePoll: 250,
};
export type Timing = typeof DEFAULT_TIMING;

/** Tries of one step before the run fails. */
export const MAX_TRIES = 6;

/**
 * Pause before try number `failures + 1`. Rate limits and the network's own word follow core's back-off; an outage without a
 * word gets longer pauses (1, 4, 16, 64, 256 s, each with jitter), so that a post survives some minutes of trouble.
 */
export function outageDelayMs(failures: number, random: () => number): number {
  const ceiling = 1000 * 4 ** Math.max(0, failures - 1);
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** Pause before question number `looks + 1`: the network's wish, stretched the longer it takes. */
export function pollDelayMs(wished: number, looks: number, timing: Timing): number {
  const stretched = Math.max(wished, timing.pollShortest) * (1 + Math.floor(looks / 5));
  return Math.min(stretched, Math.max(timing.pollLongest, wished));
}

export function reminderDelayMs(reminders: number, timing: Timing): number {
  return timing.reminders[Math.min(reminders, timing.reminders.length - 1)] ?? 24 * 3600_000;
}
