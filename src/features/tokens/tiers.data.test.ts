import { describe, expect, it } from 'vitest';
import { TIERS } from '@/features/organizations/schema';
import {
  allocationOf,
  CUSTOM_AMOUNT,
  customPrice,
  modelClassAllowed,
  TIER_DEFINITIONS,
  TOKEN_PACKAGES,
} from './tiers.data';

describe('tiers', () => {
  it.each([
    ['free', 1, 50],
    ['creator', 3, 500],
    ['influencer', 1, 1_500],
    ['enterprise', 1, 5_000],
    ['enterprise', 7, 35_000],
    ['enterprise', 0, 5_000],
  ] as const)('%s with %i seats brings %i tokens a period', (tier, seats, tokens) => {
    expect(allocationOf(tier, seats)).toBe(tokens);
  });

  it.each([
    ['free', 'economy', 'chat', true],
    ['free', 'standard', 'chat', false],
    ['creator', 'standard', 'image', true],
    ['creator', 'premium', 'long_form', false],
    ['influencer', 'premium', 'long_form', true],
    ['influencer', 'premium', 'agent_step', true],
    ['influencer', 'premium', 'post_text', false],
    ['enterprise', 'premium', 'post_text', true],
  ] as const)('%s may use a %s model for %s: %s', (tier, modelClass, task, allowed) => {
    expect(modelClassAllowed(tier, modelClass, task)).toBe(allowed);
  });

  it('gives each dearer tier at least as much of everything', () => {
    const rank = (limit: number | null) => limit ?? Number.POSITIVE_INFINITY;
    for (const [index, tier] of TIERS.entries()) {
      const below = TIERS[index - 1];
      if (!below) continue;
      const [more, less] = [TIER_DEFINITIONS[tier], TIER_DEFINITIONS[below]];
      expect(more.monthlyPrice).toBeGreaterThan(less.monthlyPrice);
      expect(more.tokensPerPeriod).toBeGreaterThan(less.tokensPerPeriod);
      for (const key of ['channels', 'members', 'scheduledPosts'] as const)
        expect(rank(more.limits[key])).toBeGreaterThan(rank(less.limits[key]));
    }
  });
});

describe('packages', () => {
  it('costs less per token the more one buys, custom amounts included', () => {
    expect(TOKEN_PACKAGES.map((one) => one.tokens)).toEqual([100, 500, 1_000, 5_000]);
    for (const one of TOKEN_PACKAGES) expect(customPrice(one.tokens)).toBe(one.price);
    const unit = (tokens: number) => customPrice(tokens) / tokens;
    expect(unit(CUSTOM_AMOUNT.max)).toBeLessThan(unit(CUSTOM_AMOUNT.min));
    expect(customPrice(333)).toBe(1_998);
    expect(Number.isInteger(customPrice(501))).toBe(true);
    expect(customPrice(4_999)).toBeLessThanOrEqual(customPrice(5_000));
  });
});
