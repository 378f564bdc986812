import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXTERNAL_ERROR_CLASSES, type ExternalErrorClass } from '@/core/errors';
import { TIERS } from '@/features/organizations/schema';
import { MODEL_CLASSES } from '@/features/tokens/tiers.data';
import { type Attempted, type Candidate, type CandidateHealth, type DecisionFacts, decide } from './decision';
import { classesFor, HYBRID_CHAIN, MAX_ATTEMPTS } from './routing.data';
import { CAPABILITIES, POLICIES, PROVIDER_IDS, TASK_TYPES } from './schema';

const candidate: fc.Arbitrary<Candidate> = fc
  .record({
    provider: fc.constantFrom(...PROVIDER_IDS),
    model: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    class: fc.constantFrom(...MODEL_CLASSES),
    capabilities: fc
      .uniqueArray(fc.constantFrom(...CAPABILITIES), { minLength: 1 })
      .map((list) => new Set(list)),
    contextTokens: fc.constantFrom(1_000, 10_000, 100_000),
    maxOutputTokens: fc.constantFrom(100, 1_000, 10_000),
    routable: fc.boolean(),
    configured: fc.boolean(),
    estimatedCostMicros: fc.nat(1_000),
  })
  .map((part) => ({ ...part, key: `${part.provider}/${part.model}` }));

const health: fc.Arbitrary<CandidateHealth> = fc.record({
  cooldownMs: fc.constantFrom(0, 0, 500, 20_000),
  breaker: fc.constantFrom('closed' as const, 'open' as const, 'half_open' as const),
  breakerMs: fc.constantFrom(0, 30_000),
  outMs: fc.constantFrom(0, 0, 300_000),
});

const world = fc.record({
  policy: fc.constantFrom(...POLICIES),
  candidates: fc.uniqueArray(candidate, { selector: ({ key }) => key, maxLength: 30 }),
  healths: fc.array(health, { maxLength: 30 }),
  latencies: fc.array(fc.nat(5_000), { maxLength: 30 }),
  tier: fc.constantFrom(...TIERS),
  task: fc.constantFrom(...TASK_TYPES),
  needs: fc.uniqueArray(fc.constantFrom(...CAPABILITIES), { maxLength: 3 }),
  inputTokens: fc.constantFrom(10, 900, 9_000),
  outputTokens: fc.constantFrom(10, 500),
  pin: fc.option(fc.record({ provider: fc.constantFrom(...PROVIDER_IDS), allowFallback: fc.boolean() }), {
    nil: undefined,
  }),
  outcomes: fc.array(
    fc.record({ kind: fc.constantFrom(...EXTERNAL_ERROR_CLASSES), retryable: fc.boolean() }),
    { minLength: 8, maxLength: 8 },
  ),
  randoms: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 20 }),
});

/** Plays one whole chain against `decide` and checks every choice on the way. */
function play(input: typeof world extends fc.Arbitrary<infer T> ? T : never): {
  attempts: number;
  steps: number;
} {
  const healths = new Map(
    input.candidates.flatMap((entry, index) => {
      const value = input.healths[index];
      return value ? [[entry.key, { ...value }] as const] : [];
    }),
  );
  const attempted: Attempted[] = [];
  const realConfigured = input.candidates.some((entry) => entry.configured && entry.provider !== 'sandbox');
  const allowed = classesFor(input.tier, input.task);
  let remainingMs = 60_000;
  for (let step = 0; step < 20; step += 1) {
    const facts: DecisionFacts = {
      ...input,
      health: healths,
      latency: new Map(input.candidates.map((entry, index) => [entry.key, input.latencies[index] ?? 1])),
      organizationSettings: {},
      hybridChain: HYBRID_CHAIN,
      attempted,
      remainingMs,
      random: input.randoms[step] ?? 0,
    };
    const decision = decide(facts);
    if ('stop' in decision) return { attempts: attempted.length, steps: step };
    if ('wait' in decision) {
      expect(decision.wait).toBeGreaterThan(0);
      remainingMs -= decision.wait;
      for (const [key, value] of healths)
        healths.set(key, { ...value, cooldownMs: Math.max(0, value.cooldownMs - decision.wait) });
      continue;
    }
    const { next } = decision;
    const state = healths.get(next.key);
    expect(next.configured && next.routable).toBe(true);
    for (const need of input.needs) expect(next.capabilities.has(need)).toBe(true);
    if (next.provider === 'sandbox') expect(realConfigured).toBe(false);
    else expect(allowed.has(next.class)).toBe(true);
    if (input.pin && !input.pin.allowFallback) expect(next.provider).toBe(input.pin.provider);
    expect(state?.cooldownMs ?? 0).toBe(0);
    expect(state?.outMs ?? 0).toBe(0);
    expect(state?.breaker).not.toBe('open');
    expect(attempted.filter(({ key }) => key === next.key).length).toBeLessThanOrEqual(1);
    const outcome = input.outcomes[attempted.length] as { kind: ExternalErrorClass; retryable: boolean };
    if (outcome.kind === 'rate_limit')
      healths.set(next.key, { cooldownMs: 2_000, breaker: 'closed', breakerMs: 0, outMs: 0 });
    attempted.push({ key: next.key, ...outcome });
    remainingMs -= 1_000 + decision.delayMs;
  }
  throw new Error('decide did not terminate');
}

describe('decide', () => {
  it('picks nothing ineligible, cooled or repeated beyond the one retry, and terminates', () => {
    fc.assert(
      fc.property(world, (input) => {
        const { attempts } = play(input);
        expect(attempts).toBeLessThanOrEqual(MAX_ATTEMPTS);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives a reason for every candidate it does not take', () => {
    fc.assert(
      fc.property(world, (input) => {
        const decision = decide({
          ...input,
          health: new Map(),
          latency: new Map(),
          organizationSettings: {},
          hybridChain: HYBRID_CHAIN,
          attempted: [],
          remainingMs: 60_000,
          random: 0.3,
        });
        const named = new Set(decision.rejected.map((entry) => entry.candidate));
        expect(named.size).toBe(decision.rejected.length);
        if ('stop' in decision) expect(named.size).toBe(input.candidates.length);
        if ('next' in decision) expect(named.has(decision.next.key)).toBe(false);
      }),
    );
  });
});
