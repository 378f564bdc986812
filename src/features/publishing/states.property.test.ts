import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN_STATUSES, type RunStatus } from './schema';
import {
  nextStatus,
  OPEN_STATUSES,
  possibleTargets,
  RUN_EVENTS,
  type RunEvent,
  type Situation,
  TERMINAL_STATUSES,
  TRANSITIONS,
} from './states';

const INITIAL: RunStatus[] = ['pending_approval', 'scheduled'];

function reachable(from: readonly RunStatus[], without: ReadonlySet<RunEvent> = new Set()): Set<RunStatus> {
  const seen = new Set(from);
  const queue = [...from];
  for (let at = queue.pop(); at; at = queue.pop()) {
    for (const event of RUN_EVENTS) {
      if (without.has(event)) continue;
      for (const next of possibleTargets(at, event)) {
        if (!seen.has(next)) {
          seen.add(next);
          queue.push(next);
        }
      }
    }
  }
  return seen;
}

describe('the table of states', () => {
  it('reaches every status from where runs begin', () => {
    expect([...reachable(INITIAL)].sort()).toEqual([...RUN_STATUSES].sort());
  });

  it('leads from every open status to an end', () => {
    for (const status of OPEN_STATUSES) {
      expect([...reachable([status])].some((one) => TERMINAL_STATUSES.has(one))).toBe(true);
    }
  });

  it('never leaves a terminal status by itself: only a person moves on', () => {
    const byPeople = new Set<RunEvent>(['plan', 'hold', 'retry', 'cancel', 'delete', 'out', 'resend']);
    for (const status of TERMINAL_STATUSES) {
      for (const event of Object.keys(TRANSITIONS[status]) as RunEvent[])
        expect([status, event, byPeople.has(event)]).toEqual([status, event, true]);
    }
  });

  it('has exactly one door into committing', () => {
    for (const status of RUN_STATUSES)
      for (const event of RUN_EVENTS) {
        if (possibleTargets(status, event).includes('committing')) {
          expect([status, event]).toEqual(['ready', 'intent']);
        }
      }
  });

  it('leaves no path from unconfirmed to a second send without certainty or a person', () => {
    // `out` ends the step; the next intent belongs to another one.
    const safe = reachable(
      ['unconfirmed'],
      new Set<RunEvent>(['absent', 'resend', 'retry', 'plan', 'hold', 'out', 'release']),
    );
    expect(safe.has('committing')).toBe(false);
    expect(safe.has('scheduled')).toBe(false);
  });
});

/** A network that remembers each send of a step, and a run driven by arbitrary events that the product would accept. */
class Model {
  status: RunStatus = 'scheduled';
  step = 0;
  /** Of the current step: was it sent, and is it known how that ended? */
  fate: 'clear' | 'inFlight' | 'uncertain' | 'out' = 'clear';
  sends: number[] = [];
  readonly out = new Set<number>();

  constructor(readonly steps: number) {}

  get situation(): Situation {
    return { rootOut: this.out.has(0), moreSteps: this.step < this.steps - 1 };
  }

  /** The guards that `planning.ts`, `settling.ts` and the service put before the table. */
  #allowed(event: RunEvent): boolean {
    const settled = this.fate === 'clear';
    if (event === 'retry' || event === 'plan' || event === 'hold') {
      return settled && (event === 'retry' || !this.out.has(0));
    }
    if (this.status === 'failed' || this.status === 'partial') {
      if (event === 'out' || event === 'resend') return this.fate === 'uncertain';
    }
    return true;
  }

  apply(event: RunEvent): void {
    const next = nextStatus(this.status, event, this.situation);
    if (!next || !this.#allowed(event)) return;
    if (event === 'intent') {
      if (this.fate !== 'clear') throw new Error(`step ${this.step} was sent while ${this.fate}`);
      this.sends.push(this.step);
      this.fate = 'inFlight';
    }
    if (event === 'unknown' || event === 'lease_lost') this.fate = 'uncertain';
    // Only before a commit's fate is open may these come; from committing they are the network's definite "no".
    if (event === 'again' || event === 'fail') {
      if (this.status === 'committing' || this.status === 'confirming') this.fate = 'clear';
      else if (this.status === 'unconfirmed') this.fate = 'clear';
    }
    if (event === 'absent' || event === 'resend') this.fate = 'clear';
    if (event === 'cancel' && (this.status === 'committing' || this.status === 'unconfirmed'))
      this.fate = 'clear';
    if (event === 'out') {
      this.out.add(this.step);
      this.fate = this.step < this.steps - 1 ? 'clear' : 'out';
      if (this.step < this.steps - 1) this.step += 1;
    }
    this.status = next;
  }
}

describe('any sequence of events', () => {
  const sequence = fc.array(fc.constantFrom(...RUN_EVENTS), { maxLength: 200 });

  it('never sends a step whose earlier send may be out, and sends the parts in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), sequence, (steps, events) => {
        const model = new Model(steps);
        for (const event of events) model.apply(event);
        expect([...model.sends].sort((a, b) => a - b)).toEqual(model.sends);
        // Out means sent: nothing is called published that never left.
        for (const step of model.out) expect(model.sends).toContain(step);
        if (model.status === 'published') expect(model.out.size).toBe(steps);
        if (model.status === 'cancelled') expect(model.out.size).toBe(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('ends in failed only with nothing out, in partial only with the first post out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), sequence, (steps, events) => {
        const model = new Model(steps);
        for (const event of events) model.apply(event);
        if (model.status === 'failed' || model.status === 'blocked') expect(model.out.has(0)).toBe(false);
        if (model.status === 'partial') expect(model.out.has(0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
