import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossed, tighter } from './quota';
import { applyCommands, type Claim, EMPTY_COUNTER, type QuotaCommand, type QuotaWorld } from './quota-batch';

const LIMIT = 10;
const none = { tokens: null, requests: null, costMicros: null };
const limits = { organization: { ...none, requests: LIMIT }, member: { ...none, requests: 6 } };
const one = { tokens: 1, requests: 1, costMicros: 5 };
const dueAt = new Date(0);

const command: fc.Arbitrary<QuotaCommand> = fc
  .record({
    kind: fc.constantFrom('claim' as const, 'settle' as const, 'release' as const),
    requestId: fc.constantFrom(...Array.from({ length: 25 }, (_, index) => `r${index}`)),
  })
  .map(({ kind, requestId }): QuotaCommand => {
    // A request belongs to one person for ever.
    const whose = (['ann', 'ben', 'cem'] as const)[Number(requestId.slice(1)) % 3];
    if (kind === 'claim') return { kind, requestId, userId: whose ?? 'ann', amounts: one, limits, dueAt };
    if (kind === 'settle') return { kind, requestId, userId: whose ?? 'ann', used: one, limits };
    return { kind, requestId, userId: whose ?? 'ann' };
  });

const fresh = (): QuotaWorld => ({ organization: EMPTY_COUNTER, members: new Map(), claims: new Map() });
const open = (world: QuotaWorld) =>
  [...world.claims.values()].filter(({ status }: Claim) => status === 'open');

describe('a batch of quota commands', () => {
  it('property: held is what is open, limits hold, every claim closes once', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const world = fresh();
        for (const single of commands) {
          applyCommands(world, [single]);
          expect(world.organization.held.requests).toBe(open(world).length);
          expect(world.organization.used.requests + world.organization.held.requests).toBeLessThanOrEqual(
            LIMIT,
          );
          for (const counter of world.members.values())
            expect(counter.used.requests + counter.held.requests).toBeLessThanOrEqual(6);
        }
        const members = [...world.members.values()];
        expect(members.reduce((sum, { used }) => sum + used.requests, 0)).toBe(
          world.organization.used.requests,
        );
      }),
    );
  });

  it('property: together is the same as one after the other', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (commands, size) => {
        const single = fresh();
        const outcomes = commands.flatMap((entry) => applyCommands(single, [entry]).outcomes);
        const batched = fresh();
        const together = [];
        for (let at = 0; at < commands.length; at += size)
          together.push(...applyCommands(batched, commands.slice(at, at + size)).outcomes);
        expect(together).toEqual(outcomes);
        expect(batched).toEqual(single);
      }),
    );
  });

  it('announces each threshold once', () => {
    const world = fresh();
    const told = [];
    for (let index = 0; index < 6; index += 1) {
      const requestId = `r${index}`;
      applyCommands(world, [{ kind: 'claim', requestId, userId: 'ann', amounts: one, limits, dueAt }]);
      told.push(
        ...applyCommands(world, [{ kind: 'settle', requestId, userId: 'ann', used: one, limits }]).crossings,
      );
    }
    expect(told).toEqual([
      { userId: 'ann', percent: 50 },
      { userId: null, percent: 50 },
      { userId: 'ann', percent: 80 },
      { userId: 'ann', percent: 100 },
    ]);
  });

  it('crossed looks at the fullest limit; tighter takes the smaller of two', () => {
    const used = { tokens: 10, requests: 90, costMicros: 0 };
    expect(crossed(used, { tokens: 100, requests: 100, costMicros: null }, [])).toEqual([50, 80]);
    expect(crossed(used, { tokens: 100, requests: 100, costMicros: null }, [50])).toEqual([80]);
    expect(tighter({ ...none, tokens: 5 }, { tokens: 3, requests: 7, costMicros: null })).toEqual({
      tokens: 3,
      requests: 7,
      costMicros: null,
    });
  });
});
