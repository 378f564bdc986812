import type { ExternalErrorClass } from '@/core/errors';
import type { Tier } from '@/features/organizations/schema';
import { MODEL_CLASSES, type ModelClass } from '@/features/tokens/tiers.data';
import { classesFor, MAX_ATTEMPTS, TASK_CLASS, TASK_PREFERENCE, TIER_PREFERENCE } from './routing.data';
import type { Capability, Policy, ProviderId, TaskType } from './schema';

/** A model that could answer. `key` is `provider/model`. */
export interface Candidate {
  key: string;
  provider: ProviderId;
  model: string;
  class: ModelClass;
  capabilities: ReadonlySet<Capability>;
  contextTokens: number;
  maxOutputTokens: number;
  /** Has a price and is not retired. */
  routable: boolean;
  configured: boolean;
  /** Cost of this request in micro-dollars, as far as it can be known beforehand. */
  estimatedCostMicros: number;
}

/** Milliseconds left; absent means healthy. */
export interface CandidateHealth {
  cooldownMs: number;
  breaker: 'closed' | 'open' | 'half_open';
  breakerMs: number;
  outMs: number;
}

export interface OrganizationRouting {
  allowedProviders?: readonly ProviderId[] | undefined;
  blockedModels?: readonly string[] | undefined;
  /** Enterprise: replaces the tier's preference. */
  preference?: readonly ProviderId[] | undefined;
  weights?: Partial<Record<ProviderId, number>> | undefined;
}

export interface Pin {
  provider?: ProviderId | undefined;
  model?: string | undefined;
  allowFallback: boolean;
}

/** One attempt that failed, in order. */
export interface Attempted {
  key: string;
  kind: ExternalErrorClass;
  retryable: boolean;
}

export interface DecisionFacts {
  policy: Policy;
  candidates: readonly Candidate[];
  health: ReadonlyMap<string, CandidateHealth>;
  /** Moving median of the time to the first token per candidate key; absent means untested. Milliseconds. */
  latency: ReadonlyMap<string, number>;
  tier: Tier;
  task: TaskType;
  organizationSettings: OrganizationRouting;
  hybridChain: readonly ProviderId[];
  pin?: Pin | undefined;
  needs: readonly Capability[];
  inputTokens: number;
  outputTokens: number;
  attempted: readonly Attempted[];
  remainingMs: number;
  /** One number in [0, 1): decides probes, weights and jitter. */
  random: number;
}

export type RejectReason =
  | 'not_configured'
  | 'sandbox_off'
  | 'not_routable'
  | 'tier_class'
  | 'not_allowed'
  | 'not_pinned'
  | 'capability'
  | 'context'
  | 'cooling'
  | 'breaker_open'
  | 'provider_out'
  | 'already_tried';

export interface Rejected {
  candidate: string;
  reason: RejectReason;
}

export type StopReason =
  | 'content_policy'
  | 'invalid_request'
  | 'context_too_long'
  | 'not_configured'
  | 'model_not_allowed'
  | 'no_capable_model'
  | 'all_unavailable'
  | 'attempts_exhausted'
  | 'deadline';

export type Decision =
  | { next: Candidate; delayMs: number; rejected: Rejected[] }
  | { wait: number; rejected: Rejected[] }
  | { stop: StopReason; retryAfterMs?: number; rejected: Rejected[] };

const RETRIED: ReadonlySet<ExternalErrorClass> = new Set(['unavailable', 'timeout', 'unknown']);
const RETRY_BASE_MS = 250;
const PROBE_SHARE = 1 / 20;
/** A wait that leaves less than this for the attempt itself is not worth making. */
const MIN_ATTEMPT_MS = 1_000;

/**
 * Which candidate next, or stop. Pure: no clock, no I/O, no randomness of its own. The whole routing policy of the product
 * is this function and the tables of `routing.data.ts`.
 */
export function decide(facts: DecisionFacts): Decision {
  const last = facts.attempted.at(-1);
  if (last?.kind === 'content_policy') return { stop: 'content_policy', rejected: [] };
  if (last?.kind === 'invalid_request') return { stop: 'invalid_request', rejected: [] };
  if (facts.remainingMs <= 0) return { stop: 'deadline', rejected: [] };
  if (facts.attempted.length >= MAX_ATTEMPTS) return { stop: 'attempts_exhausted', rejected: [] };

  const rules = rulesOf(facts);
  const eligible: Candidate[] = [];
  const rejected: Rejected[] = [];
  for (const candidate of facts.candidates) {
    const reason = rejection(candidate, facts, rules);
    if (reason) rejected.push({ candidate: candidate.key, reason });
    else eligible.push(candidate);
  }

  const retry = last && retryOf(last, facts, rejected);
  if (retry)
    return { next: retry.candidate, delayMs: retry.delayMs, rejected: withoutCandidate(rejected, retry) };
  if (eligible.length > 0) return { next: choose(eligible, facts, rules), delayMs: 0, rejected };
  return rested(facts, rules, rejected) ?? stopped(facts, rules, rejected);
}

interface Rules {
  classes: ReadonlySet<ModelClass>;
  preference: readonly ProviderId[];
  order: readonly ProviderId[];
  sandboxOpen: boolean;
  /** Largest context that was too small already; a candidate needs more. */
  contextAbove: number;
  wantedClass: number;
}

function rulesOf(facts: DecisionFacts): Rules {
  const preference =
    TASK_PREFERENCE[facts.task] ??
    (facts.tier === 'enterprise' ? facts.organizationSettings.preference : undefined) ??
    TIER_PREFERENCE[facts.tier];
  const chained = facts.policy === 'hybrid' && !TASK_PREFERENCE[facts.task];
  let sandboxOpen = true;
  let contextAbove = 0;
  for (const candidate of facts.candidates) {
    if (candidate.provider !== 'sandbox' && candidate.configured) sandboxOpen = false;
  }
  for (const attempt of facts.attempted) {
    if (attempt.kind !== 'context_too_long') continue;
    const failed = facts.candidates.find(({ key }) => key === attempt.key);
    contextAbove = Math.max(contextAbove, failed?.contextTokens ?? 0);
  }
  return {
    classes: classesFor(facts.tier, facts.task),
    preference,
    order: chained ? [...facts.hybridChain, ...preference] : preference,
    sandboxOpen,
    contextAbove,
    wantedClass: MODEL_CLASSES.indexOf(TASK_CLASS[facts.task]),
  };
}

/** Why a candidate cannot be taken now; undefined when it can. Lasting reasons come before passing ones. */
function rejection(candidate: Candidate, facts: DecisionFacts, rules: Rules): RejectReason | undefined {
  return lastingRejection(candidate, facts, rules) ?? passingRejection(candidate, facts);
}

function lastingRejection(
  candidate: Candidate,
  facts: DecisionFacts,
  rules: Rules,
): RejectReason | undefined {
  const { pin, organizationSettings: settings } = facts;
  if (pin && !pin.allowFallback && !isPinned(candidate, pin)) return 'not_pinned';
  if (candidate.provider === 'sandbox' && !rules.sandboxOpen) return 'sandbox_off';
  if (!candidate.configured) return 'not_configured';
  if (!candidate.routable) return 'not_routable';
  for (const need of facts.needs) if (!candidate.capabilities.has(need)) return 'capability';
  if (candidate.provider !== 'sandbox') {
    if (!rules.classes.has(candidate.class)) return 'tier_class';
    if (settings.allowedProviders && !settings.allowedProviders.includes(candidate.provider))
      return 'not_allowed';
    if (settings.blockedModels?.includes(candidate.model)) return 'not_allowed';
  }
  const imageOnly = !candidate.capabilities.has('text');
  const tokens = facts.inputTokens + (imageOnly ? 0 : facts.outputTokens);
  if (tokens > candidate.contextTokens || candidate.contextTokens <= rules.contextAbove) return 'context';
  if (!imageOnly && facts.outputTokens > candidate.maxOutputTokens) return 'context';
  return undefined;
}

function passingRejection(candidate: Candidate, facts: DecisionFacts): RejectReason | undefined {
  const health = facts.health.get(candidate.key);
  if (health) {
    if (health.outMs > 0) return 'provider_out';
    if (health.breaker === 'open') return 'breaker_open';
    if (health.cooldownMs > 0) return 'cooling';
  }
  for (const attempt of facts.attempted) if (attempt.key === candidate.key) return 'already_tried';
  return undefined;
}

function isPinned(candidate: Candidate, pin: Pin): boolean {
  return (
    (pin.provider === undefined || pin.provider === candidate.provider) &&
    (pin.model === undefined || pin.model === candidate.model)
  );
}

/** The one jittered retry of the candidate that just failed for a reason that passes by itself. */
function retryOf(
  last: Attempted,
  facts: DecisionFacts,
  rejected: readonly Rejected[],
): { candidate: Candidate; delayMs: number } | undefined {
  if (!RETRIED.has(last.kind) || !last.retryable) return undefined;
  if (facts.attempted.filter(({ key }) => key === last.key).length > 1) return undefined;
  // Rejected for having been tried, and for nothing else.
  if (!rejected.some(({ candidate, reason }) => candidate === last.key && reason === 'already_tried'))
    return undefined;
  const delayMs = Math.round(facts.random * RETRY_BASE_MS);
  if (delayMs + MIN_ATTEMPT_MS > facts.remainingMs) return undefined;
  const candidate = facts.candidates.find(({ key }) => key === last.key);
  return candidate && { candidate, delayMs };
}

function withoutCandidate(rejected: Rejected[], { candidate }: { candidate: Candidate }): Rejected[] {
  return rejected.filter((entry) => entry.candidate !== candidate.key);
}

// ── Choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────

function choose(eligible: readonly Candidate[], facts: DecisionFacts, rules: Rules): Candidate {
  const pinned = facts.pin ? eligible.filter((candidate) => isPinned(candidate, facts.pin as Pin)) : [];
  const pool = untriedFirst(pinned.length > 0 ? pinned : eligible, facts);
  if (facts.policy === 'cheapest') return least(pool, (candidate) => candidate.estimatedCostMicros, rules);
  if (facts.policy === 'fastest') return fastest(pool, facts, rules);
  if (facts.policy === 'weighted') return weighted(pool, facts, rules);
  return least(pool, () => 0, rules);
}

/** A provider that failed in this chain is asked for another of its models only when no other provider is left. */
function untriedFirst(pool: readonly Candidate[], { attempted }: DecisionFacts): readonly Candidate[] {
  if (attempted.length === 0) return pool;
  const untried = pool.filter(({ provider }) => !attempted.some(({ key }) => key.startsWith(`${provider}/`)));
  return untried.length > 0 ? untried : pool;
}

/** Smallest by `measure`; ties go to the preferred provider, then to the class nearest the wanted one. */
function least(
  pool: readonly Candidate[],
  measure: (candidate: Candidate) => number,
  rules: Rules,
): Candidate {
  let best = pool[0] as Candidate;
  let bestMeasure = measure(best);
  let bestRank = rank(best, rules);
  for (let index = 1; index < pool.length; index += 1) {
    const candidate = pool[index] as Candidate;
    const measured = measure(candidate);
    const ranked = rank(candidate, rules);
    if (measured < bestMeasure || (measured === bestMeasure && ranked < bestRank)) {
      best = candidate;
      bestMeasure = measured;
      bestRank = ranked;
    }
  }
  return best;
}

function rank(candidate: Candidate, rules: Rules): number {
  const place = rules.order.indexOf(candidate.provider);
  const distance = MODEL_CLASSES.indexOf(candidate.class) - rules.wantedClass;
  // A class below the wanted one is nearer than a dearer one above it.
  const classRank = distance <= 0 ? -distance : 2 + distance;
  return (place < 0 ? 100 : place) * 10 + classRank;
}

function fastest(pool: readonly Candidate[], facts: DecisionFacts, rules: Rules): Candidate {
  const untested = pool.filter(({ key }) => !facts.latency.has(key));
  if (untested.length > 0 && (untested.length === pool.length || facts.random < PROBE_SHARE)) {
    return least(untested, () => 0, rules);
  }
  return least(pool, ({ key }) => facts.latency.get(key) ?? Number.POSITIVE_INFINITY, rules);
}

function weighted(pool: readonly Candidate[], facts: DecisionFacts, rules: Rules): Candidate {
  const weights = facts.organizationSettings.weights ?? {};
  const providers = [...new Set(pool.map(({ provider }) => provider))];
  const total = providers.reduce((sum, provider) => sum + (weights[provider] ?? 0), 0);
  if (total <= 0) return least(pool, () => 0, rules);
  let point = facts.random * total;
  const chosen = providers.find((provider) => {
    point -= weights[provider] ?? 0;
    return point < 0;
  });
  const within = pool.filter(({ provider }) => provider === (chosen ?? providers.at(-1)));
  return least(within, () => 0, rules);
}

// ── Nothing is eligible ─────────────────────────────────────────────────────────────────────────────────────────────

/** Waits for a rate limit to pass when nothing else is left and time allows; each candidate gets at most a second try. */
function rested(facts: DecisionFacts, rules: Rules, rejected: Rejected[]): Decision | undefined {
  let soonest: { candidate: Candidate; waitMs: number } | undefined;
  for (const candidate of facts.candidates) {
    if (lastingRejection(candidate, facts, rules)) continue;
    const tries = facts.attempted.filter(({ key }) => key === candidate.key);
    if (tries.length > 1 || tries.some(({ kind }) => kind !== 'rate_limit')) continue;
    const health = facts.health.get(candidate.key);
    if (health && (health.outMs > 0 || health.breaker === 'open')) continue;
    const waitMs = health?.cooldownMs ?? 0;
    if (!soonest || waitMs < soonest.waitMs) soonest = { candidate, waitMs };
  }
  if (!soonest || soonest.waitMs + MIN_ATTEMPT_MS > facts.remainingMs) return undefined;
  if (soonest.waitMs > 0) return { wait: soonest.waitMs, rejected };
  return { next: soonest.candidate, delayMs: 0, rejected: withoutCandidate(rejected, soonest) };
}

function stopped(facts: DecisionFacts, rules: Rules, rejected: Rejected[]): Decision {
  const { pin } = facts;
  const asked = facts.candidates.filter((candidate) =>
    pin ? isPinned(candidate, pin) : candidate.provider !== 'sandbox' || rules.sandboxOpen,
  );
  const lasting = new Set(asked.map((candidate) => lastingRejection(candidate, facts, rules)));
  if (lasting.has(undefined)) {
    const retryAfterMs = earliestRecovery(facts);
    return { stop: 'all_unavailable', ...(retryAfterMs > 0 ? { retryAfterMs } : {}), rejected };
  }
  if (lasting.has('context')) return { stop: 'context_too_long', rejected };
  if (lasting.has('tier_class') || lasting.has('not_allowed') || lasting.has('sandbox_off'))
    return { stop: 'model_not_allowed', rejected };
  if (lasting.has('capability')) return { stop: 'no_capable_model', rejected };
  return { stop: 'not_configured', rejected };
}

/** When the first candidate that is merely resting may be asked again. Milliseconds; 0 when none rests. */
function earliestRecovery(facts: DecisionFacts): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const health of facts.health.values()) {
    const wait = Math.max(health.cooldownMs, health.outMs, health.breaker === 'open' ? health.breakerMs : 0);
    if (wait > 0) earliest = Math.min(earliest, wait);
  }
  return Number.isFinite(earliest) ? earliest : 0;
}
