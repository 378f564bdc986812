import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incidentStep, type Known, STALE_MS } from './incident';
import { rankOf } from './plan';

const MINUTE = 60_000;
type Told = Parameters<typeof incidentStep>[1];
const start = Date.UTC(2026, 4, 4);
const notice = (state: Told['state'], minutes: number, rest: Partial<Told> = {}): Told => ({
  state,
  severity: 'warning',
  at: new Date(start + minutes * MINUTE),
  eventId: `e${minutes}${state}`,
  ...rest,
});

/** What the announcer stores of a step. */
function after(
  known: Known | null,
  told: Told,
): { known: Known | null; step: ReturnType<typeof incidentStep> } {
  const step = incidentStep(known, told);
  if (step.kind === 'ignore') return { known, step };
  const seen = [...(known?.seen ?? []), told.eventId];
  if (step.kind === 'recover')
    return {
      step,
      known: known && { ...known, seen, state: 'closed', closedAt: told.at, lastSeenAt: told.at },
    };
  if (step.kind === 'tell' && step.begins)
    return {
      step,
      known: {
        ...{ event: 'sync.failed', severity: told.severity, episode: step.episode, count: 1, seen },
        ...{ openedAt: told.at, lastSeenAt: told.at },
        ...(step.closes ? { state: 'closed', closedAt: told.at } : { state: 'open', closedAt: null }),
      },
    };
  if (!known) throw new Error('nothing goes on that did not begin');
  const severity = rankOf(told.severity) > rankOf(known.severity) ? told.severity : known.severity;
  const closed = step.kind === 'tell' && step.closes;
  return {
    step,
    known: {
      ...known,
      severity,
      seen,
      lastSeenAt: told.at,
      count: known.count + 1,
      ...(closed ? { state: 'closed', closedAt: told.at } : {}),
    },
  };
}

function run(notices: readonly Told[]) {
  let known: Known | null = null;
  const steps = notices.map((one) => {
    const next = after(known, one);
    known = next.known;
    return next.step;
  });
  return { known: known as Known | null, steps, kinds: steps.map(({ kind }) => kind) };
}

describe('an incident', () => {
  it('is told once, then when it is worse, then when it is over, then anew', () => {
    const { kinds, known } = run([
      notice('open', 0),
      notice('open', 1),
      notice('open', 2, { severity: 'critical' }),
      notice('open', 3),
      notice('recovered', 4),
      notice('recovered', 5),
      notice('open', 6),
    ]);
    expect(kinds).toEqual(['tell', 'note', 'tell', 'note', 'recover', 'ignore', 'tell']);
    expect(known).toMatchObject({ episode: 2, state: 'open', severity: 'warning' });
  });

  it('is not begun anew by what speaks of before its end, nor ended by what speaks of before its beginning', () => {
    expect(run([notice('open', 10), notice('recovered', 20), notice('open', 15)]).kinds.at(-1)).toBe(
      'ignore',
    );
    expect(run([notice('open', 10), notice('recovered', 5)]).kinds.at(-1)).toBe('ignore');
  });

  it('that was silent for a week is told again', () => {
    const week = STALE_MS / MINUTE;
    expect(run([notice('open', 0), notice('open', week - 1), notice('open', 2 * week)]).kinds).toEqual([
      'tell',
      'note',
      'tell',
    ]);
  });

  it('that is told once for all ends with that', () => {
    const { kinds, known } = run([
      notice('open', 0),
      notice('final', 1),
      notice('recovered', 2),
      notice('final', 3),
    ]);
    expect(kinds).toEqual(['tell', 'tell', 'ignore', 'tell']);
    expect(known?.state).toBe('closed');
  });
});

const history = fc.array(
  fc.record({
    state: fc.constantFrom('open' as const, 'recovered' as const, 'final' as const),
    severity: fc.constantFrom('info' as const, 'warning' as const, 'critical' as const),
  }),
  { maxLength: 30 },
);

it('whatever happens: recoveries never outnumber beginnings, each has one before it, and redelivery changes nothing', () => {
  fc.assert(
    fc.property(history, (events) => {
      const notices = events.map(({ state, severity }, index) =>
        notice(state, index, { severity, eventId: `e${index}` }),
      );
      const { steps, known } = run(notices);
      let open = false;
      for (const step of steps) {
        if (step.kind === 'recover') {
          expect(open).toBe(true);
          open = false;
        }
        if (step.kind === 'tell') {
          expect(step.begins).toBe(!open);
          open = !step.closes;
        }
      }
      for (const again of notices) expect(incidentStep(known, again).kind).toBe('ignore');
    }),
  );
});
