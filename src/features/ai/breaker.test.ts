import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import {
  afterFailure,
  afterSuccess,
  type BreakerState,
  CLOSED,
  claimProbe,
  phaseOf,
  waitOf,
} from './breaker';
import { MemoryHealthBoard } from './health';

const fail = (state: BreakerState, ...times: number[]) => times.reduce(afterFailure, state);

describe('the breaker', () => {
  it('opens after three failures within a minute, for half a minute', () => {
    const state = fail(CLOSED, 1_000, 2_000, 3_000);
    expect(phaseOf(fail(CLOSED, 1_000, 2_000), 2_000)).toBe('closed');
    expect(phaseOf(state, 3_000)).toBe('open');
    expect(waitOf(state, 3_000)).toBe(30_000);
    expect(phaseOf(state, 33_000)).toBe('half_open');
  });

  it('does not open on failures spread over more than a minute', () => {
    expect(phaseOf(fail(CLOSED, 0, 40_000, 61_000), 61_000)).toBe('closed');
  });

  it('lets one probe through; its failure doubles the time, up to five minutes', () => {
    let state = fail(CLOSED, 0, 0, 0);
    let now = 0;
    const lengths: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      lengths.push(waitOf(state, now));
      now = state.openUntil;
      const claimed = claimProbe(state, now);
      expect(claimed).toBeDefined();
      expect(claimProbe(claimed ?? CLOSED, now)).toBeUndefined();
      state = afterFailure(claimed ?? CLOSED, now);
    }
    expect(lengths).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  it('a success closes it and forgets', () => {
    expect(afterSuccess(fail(CLOSED, 0, 0, 0))).toBe(CLOSED);
  });

  it('a probe that never reports is forgotten', () => {
    const open = fail(CLOSED, 0, 0, 0);
    const claimed = claimProbe(open, 30_000) ?? CLOSED;
    expect(phaseOf(claimed, 40_000)).toBe('open');
    expect(phaseOf(claimed, 50_000)).toBe('half_open');
  });

  it('property: never waits longer than five minutes, and always ends half open', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120_000), { maxLength: 40 }), (steps) => {
        let now = 0;
        let state = CLOSED;
        for (const step of steps) {
          now += step;
          state = afterFailure(claimProbe(state, now) ?? state, now);
          expect(waitOf(state, now)).toBeLessThanOrEqual(300_000);
        }
        expect(phaseOf(state, now + 300_000)).not.toBe('open');
      }),
    );
  });
});

describe('the health board', () => {
  const model = { key: 'openai/a', provider: 'openai' as const };
  const sister = { key: 'openai/b', provider: 'openai' as const };
  const board = () => {
    const clock = new FixedClock('2026-01-01T00:00:00Z');
    return { clock, health: new MemoryHealthBoard(clock) };
  };

  it('cools one model after a rate limit; a longer cooldown stays', async () => {
    const { health, clock } = board();
    await health.failed(model, { kind: 'rate_limit', retryAfterMs: 60_000 });
    await health.failed(model, { kind: 'rate_limit', retryAfterMs: 1_000 });
    const facts = await health.facts([model, sister]);
    expect(facts.get(model.key)?.cooldownMs).toBe(60_000);
    expect(facts.has(sister.key)).toBe(false);
    clock.advance(60_000);
    expect((await health.facts([model])).size).toBe(0);
  });

  it.each(['auth_expired', 'quota'] as const)(
    '%s takes the whole provider out for five minutes',
    async (kind) => {
      const { health } = board();
      await health.failed(model, { kind });
      expect((await health.facts([sister])).get(sister.key)?.outMs).toBe(300_000);
      expect((await health.provider('openai')).cooldownUntil).toEqual(new Date('2026-01-01T00:05:00Z'));
    },
  );

  it.each(['content_policy', 'invalid_request', 'context_too_long'] as const)(
    '%s is held against nobody',
    async (kind) => {
      const { health } = board();
      for (let count = 0; count < 5; count += 1) await health.failed(model, { kind });
      expect((await health.facts([model])).size).toBe(0);
    },
  );

  it('shows an open circuit and hands out one probe', async () => {
    const { health, clock } = board();
    for (let count = 0; count < 3; count += 1) await health.failed(model, { kind: 'unavailable' });
    expect((await health.facts([model])).get(model.key)).toMatchObject({
      breaker: 'open',
      breakerMs: 30_000,
    });
    clock.advance(30_000);
    expect((await health.facts([model])).get(model.key)?.breaker).toBe('half_open');
    expect(await health.claimProbe(model)).toBe(true);
    expect(await health.claimProbe(model)).toBe(false);
    await health.succeeded(model);
    expect(health.allWell).toBe(true);
  });
});
