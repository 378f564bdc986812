import { ALERT_WINDOW_MINUTES, type AlertFact, type AlertRule } from './alerts.data';

/** Sums over the window, of all processes. */
export type AlertFacts = Partial<Record<AlertFact, number>>;

export interface Verdict {
  firing: boolean;
  /** What was compared with the rule's threshold; null when there was too little to judge. */
  value: number | null;
}

/** Judges one rule. Too little traffic to judge is no reason to fire. */
export function judge(rule: AlertRule, facts: AlertFacts, queueDepth: number): Verdict {
  const value = measure(rule, facts, queueDepth);
  return { value, firing: value !== null && value > rule.above };
}

function measure({ measure: how }: AlertRule, facts: AlertFacts, queueDepth: number): number | null {
  switch (how.kind) {
    case 'queueDepth':
      return queueDepth;
    case 'perMinute':
      return (facts[how.of] ?? 0) / ALERT_WINDOW_MINUTES;
    case 'share': {
      const whole = facts[how.per] ?? 0;
      return whole < how.atLeast ? null : (facts[how.of] ?? 0) / whole;
    }
  }
}

export function sumFacts(samples: readonly AlertFacts[]): AlertFacts {
  const total: AlertFacts = {};
  for (const sample of samples) {
    for (const [fact, count] of Object.entries(sample) as [AlertFact, number][]) {
      total[fact] = (total[fact] ?? 0) + count;
    }
  }
  return total;
}

/** What was added since the last report; undefined when nothing was. */
export function newSince(before: AlertFacts, now: AlertFacts): AlertFacts | undefined {
  const added = Object.entries(now)
    .map(([fact, count]) => [fact, count - (before[fact as AlertFact] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return added.length > 0 ? Object.fromEntries(added) : undefined;
}
