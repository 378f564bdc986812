import { describe, expect, it } from 'vitest';
import type { ExternalErrorClass } from '@/core/errors';
import type { ModelClass } from '@/features/tokens/tiers.data';
import { type Attempted, type Candidate, type CandidateHealth, type DecisionFacts, decide } from './decision';
import { HYBRID_CHAIN } from './routing.data';
import type { Capability, ProviderId } from './schema';

const TEXT: Capability[] = ['text', 'stream', 'structured', 'tools'];

function candidate(
  provider: ProviderId,
  model: string,
  modelClass: ModelClass = 'standard',
  extra: Partial<Candidate> = {},
): Candidate {
  return {
    key: `${provider}/${model}`,
    provider,
    model,
    class: modelClass,
    capabilities: new Set(TEXT),
    contextTokens: 100_000,
    maxOutputTokens: 10_000,
    routable: true,
    configured: true,
    estimatedCostMicros: 100,
    ...extra,
  };
}

const glm = candidate('glm', 'glm');
const openai = candidate('openai', 'gpt');
const claude = candidate('anthropic', 'claude');
const mistral = candidate('mistral', 'mistral');
const google = candidate('google', 'gemini');
const sandbox = candidate('sandbox', 'writer', 'economy');

function facts(extra: Partial<DecisionFacts> = {}): DecisionFacts {
  return {
    policy: 'hybrid',
    candidates: [mistral, claude, openai, glm, google, sandbox],
    health: new Map(),
    latency: new Map(),
    tier: 'enterprise',
    task: 'post_text',
    organizationSettings: {},
    hybridChain: HYBRID_CHAIN,
    needs: ['text'],
    inputTokens: 100,
    outputTokens: 100,
    attempted: [],
    remainingMs: 60_000,
    random: 0.5,
    ...extra,
  };
}

const failed = (key: string, kind: ExternalErrorClass, retryable = true): Attempted => ({
  key,
  kind,
  retryable,
});
const resting = (part: Partial<CandidateHealth>): CandidateHealth => ({
  cooldownMs: 0,
  breaker: 'closed',
  breakerMs: 0,
  outMs: 0,
  ...part,
});
const nextOf = (input: DecisionFacts) => {
  const decision = decide(input);
  return 'next' in decision ? decision.next.key : decision;
};

describe('policies', () => {
  it('hybrid walks GLM, OpenAI, Claude, Mistral, then the preference', () => {
    const order: string[] = [];
    let candidates = facts().candidates;
    for (;;) {
      const decision = decide(facts({ candidates }));
      if (!('next' in decision)) break;
      order.push(decision.next.provider);
      candidates = candidates.filter(({ key }) => key !== decision.next.key);
      if (decision.next.provider === 'sandbox') break;
    }
    expect(order).toEqual(['glm', 'openai', 'anthropic', 'mistral', 'google', 'sandbox']);
  });

  it('preferred follows the tier, and an enterprise its own choice', () => {
    expect(nextOf(facts({ policy: 'preferred' }))).toBe('anthropic/claude');
    expect(nextOf(facts({ policy: 'preferred', tier: 'creator' }))).toBe('glm/glm');
    expect(nextOf(facts({ policy: 'preferred', organizationSettings: { preference: ['google'] } }))).toBe(
      'google/gemini',
    );
    expect(
      nextOf(
        facts({ policy: 'preferred', tier: 'creator', organizationSettings: { preference: ['google'] } }),
      ),
    ).toBe('glm/glm');
  });

  it('cheapest takes the smallest estimated cost', () => {
    const cheap = candidate('mistral', 'small', 'economy', { estimatedCostMicros: 1 });
    expect(nextOf(facts({ policy: 'cheapest', candidates: [openai, cheap, glm] }))).toBe('mistral/small');
  });

  it('fastest takes the lowest median, and probes an untested model once in twenty', () => {
    const latency = new Map([
      ['glm/glm', 900],
      ['openai/gpt', 200],
    ]);
    const pool = { policy: 'fastest' as const, candidates: [glm, openai, claude], latency };
    expect(nextOf(facts({ ...pool, random: 0.05 }))).toBe('openai/gpt');
    expect(nextOf(facts({ ...pool, random: 0.049 }))).toBe('anthropic/claude');
    expect(nextOf(facts({ ...pool, latency: new Map() }))).toBe('anthropic/claude');
  });

  it('weighted draws by the weights of the organisation', () => {
    const weights = { weights: { glm: 1, openai: 3 } };
    const pool = {
      policy: 'weighted' as const,
      candidates: [glm, openai, claude],
      organizationSettings: weights,
    };
    expect(nextOf(facts({ ...pool, random: 0.2 }))).toBe('glm/glm');
    expect(nextOf(facts({ ...pool, random: 0.26 }))).toBe('openai/gpt');
    expect(nextOf(facts({ ...pool, random: 0.999 }))).toBe('openai/gpt');
  });

  it('images prefer OpenAI and then Replicate whatever the policy', () => {
    const images = { capabilities: new Set<Capability>(['image']), contextTokens: 8_000 };
    const candidates = [
      candidate('replicate', 'flux', 'standard', images),
      candidate('openai', 'image', 'standard', images),
    ];
    for (const policy of ['hybrid', 'preferred'] as const)
      expect(nextOf(facts({ policy, task: 'image', needs: ['image'], candidates }))).toBe('openai/image');
  });

  it('takes the class a task wants, else the nearest the tier allows', () => {
    const classes = [
      candidate('openai', 'e', 'economy'),
      candidate('openai', 's', 'standard'),
      candidate('openai', 'p', 'premium'),
    ];
    expect(nextOf(facts({ candidates: classes }))).toBe('openai/s');
    expect(nextOf(facts({ candidates: classes, task: 'hashtags' }))).toBe('openai/e');
    expect(nextOf(facts({ candidates: classes, task: 'long_form' }))).toBe('openai/p');
    expect(nextOf(facts({ candidates: classes, task: 'long_form', tier: 'creator' }))).toBe('openai/s');
    expect(nextOf(facts({ candidates: classes, task: 'long_form', tier: 'influencer' }))).toBe('openai/p');
    expect(nextOf(facts({ candidates: classes, task: 'chat', tier: 'influencer' }))).toBe('openai/s');
    expect(nextOf(facts({ candidates: classes, tier: 'free' }))).toBe('openai/e');
  });
});

describe('eligibility', () => {
  it('uses the sandbox only when no real provider is configured', () => {
    const off = { configured: false };
    const bare = [candidate('openai', 'gpt', 'standard', off), sandbox];
    expect(nextOf(facts({ candidates: bare }))).toBe('sandbox/writer');
    expect(
      decide(facts({ candidates: [openai, sandbox], attempted: [failed('openai/gpt', 'quota', false)] })),
    ).toMatchObject({
      stop: 'all_unavailable',
    });
  });

  it.each([
    ['not_configured', { configured: false }, {}],
    ['not_routable', { routable: false }, {}],
    ['capability', { capabilities: new Set<Capability>(['image']) }, {}],
    ['context', { contextTokens: 150 }, {}],
    ['context', { maxOutputTokens: 10 }, {}],
  ] as const)('rejects %s', (reason, part, extra) => {
    const decision = decide(
      facts({ candidates: [candidate('openai', 'gpt', 'standard', part), glm], ...extra }),
    );
    expect(decision.rejected).toContainEqual({ candidate: 'openai/gpt', reason });
    expect('next' in decision && decision.next.key).toBe('glm/glm');
  });

  it('honours what the organisation allows', () => {
    expect(nextOf(facts({ organizationSettings: { allowedProviders: ['mistral'] } }))).toBe(
      'mistral/mistral',
    );
    expect(nextOf(facts({ organizationSettings: { blockedModels: ['glm'] } }))).toBe('openai/gpt');
  });

  it('a pin turns fallback off unless asked for', () => {
    const pin = { provider: 'mistral' as const, allowFallback: false };
    const attempted = [failed('mistral/mistral', 'quota', false)];
    expect(nextOf(facts({ pin }))).toBe('mistral/mistral');
    expect(decide(facts({ pin, attempted }))).toMatchObject({ stop: 'all_unavailable' });
    expect(nextOf(facts({ pin: { ...pin, allowFallback: true }, attempted }))).toBe('glm/glm');
  });

  it('a pinned model beyond the tier is refused', () => {
    const pin = { model: 'opus', allowFallback: false };
    const candidates = [candidate('anthropic', 'opus', 'premium'), glm];
    expect(decide(facts({ pin, candidates, tier: 'creator' }))).toMatchObject({ stop: 'model_not_allowed' });
  });

  it('says why nothing can be asked at all', () => {
    const off = [candidate('openai', 'gpt', 'standard', { configured: false })];
    expect(decide(facts({ candidates: off }))).toMatchObject({ stop: 'not_configured' });
    expect(decide(facts({ needs: ['image'] }))).toMatchObject({ stop: 'no_capable_model' });
    expect(decide(facts({ inputTokens: 200_000 }))).toMatchObject({ stop: 'context_too_long' });
    expect(decide(facts({ remainingMs: 0 }))).toMatchObject({ stop: 'deadline' });
  });
});

describe('reactions to an error', () => {
  it.each(['unavailable', 'timeout', 'unknown'] as const)('%s: one jittered retry, then next', (kind) => {
    const once = decide(facts({ attempted: [failed('glm/glm', kind)] }));
    expect(once).toMatchObject({ next: { key: 'glm/glm' }, delayMs: 125 });
    expect(nextOf(facts({ attempted: [failed('glm/glm', kind), failed('glm/glm', kind)] }))).toBe(
      'openai/gpt',
    );
  });

  it('a retired model is left at once', () => {
    expect(nextOf(facts({ attempted: [failed('glm/glm', 'unavailable', false)] }))).toBe('openai/gpt');
  });

  it('no retry when the breaker opened meanwhile', () => {
    const health = new Map([['glm/glm', resting({ breaker: 'open', breakerMs: 30_000 })]]);
    expect(nextOf(facts({ health, attempted: [failed('glm/glm', 'unavailable')] }))).toBe('openai/gpt');
  });

  it.each(['auth_expired', 'quota'] as const)('%s: next', (kind) => {
    expect(nextOf(facts({ attempted: [failed('glm/glm', kind, false)] }))).toBe('openai/gpt');
  });

  it('rate limit: next; waits only when none is left and time allows', () => {
    const attempted = [failed('glm/glm', 'rate_limit')];
    const health = new Map([['glm/glm', resting({ cooldownMs: 5_000 })]]);
    expect(nextOf(facts({ attempted, health }))).toBe('openai/gpt');
    const alone = { attempted, candidates: [glm] };
    expect(decide(facts({ ...alone, health }))).toMatchObject({ wait: 5_000 });
    expect(decide(facts({ ...alone, health, remainingMs: 5_500 }))).toMatchObject({
      stop: 'all_unavailable',
      retryAfterMs: 5_000,
    });
    expect(nextOf(facts(alone))).toBe('glm/glm');
    const twice = [...attempted, failed('glm/glm', 'rate_limit')];
    expect(decide(facts({ candidates: [glm], attempted: twice, health }))).toMatchObject({
      stop: 'all_unavailable',
    });
  });

  it('context too long: the next with a larger one, else stop', () => {
    const large = candidate('mistral', 'large', 'standard', { contextTokens: 200_000 });
    const attempted = [failed('glm/glm', 'context_too_long', false)];
    expect(nextOf(facts({ attempted, candidates: [glm, openai, large] }))).toBe('mistral/large');
    expect(decide(facts({ attempted, candidates: [glm, openai] }))).toMatchObject({
      stop: 'context_too_long',
    });
  });

  it.each(['content_policy', 'invalid_request'] as const)('%s: stop, never shopped around', (kind) => {
    expect(decide(facts({ attempted: [failed('glm/glm', kind, false)] }))).toMatchObject({ stop: kind });
  });

  it('stops after four attempts', () => {
    const attempted = ['glm/glm', 'openai/gpt', 'anthropic/claude', 'mistral/mistral'].map((key) =>
      failed(key, 'quota', false),
    );
    expect(decide(facts({ attempted }))).toMatchObject({ stop: 'attempts_exhausted' });
  });

  it('names the earliest recovery', () => {
    const health = new Map([
      ['glm/glm', resting({ breaker: 'open', breakerMs: 30_000 })],
      ['openai/gpt', resting({ outMs: 9_000 })],
    ]);
    expect(decide(facts({ candidates: [glm, openai], health }))).toMatchObject({
      stop: 'all_unavailable',
      retryAfterMs: 9_000,
    });
  });
});
