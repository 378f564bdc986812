import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExternalServiceError, ServiceUnavailableError, SystemError, ValidationError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { type Attempted, type Candidate, type Decision, type DecisionFacts, decide } from './decision';
import type { HealthBoard } from './health';
import type { AIProvider } from './providers/types';
import { BETWEEN_CHUNKS_MS, FIRST_TOKEN_MS } from './routing.data';
import type { ProviderId } from './schema';

/** What does not change over one execution. */
export type ChainPlan = Omit<DecisionFacts, 'health' | 'latency' | 'attempted' | 'remainingMs' | 'random'> & {
  deadlineMs: number;
  /** Aborted when the caller leaves. */
  signal: AbortSignal;
};

export interface FallbackDeps {
  providers: ReadonlyMap<ProviderId, AIProvider>;
  health: HealthBoard;
  clock: Clock;
  random: () => number;
  limits?: AttemptLimits;
  /** Tells the operator that a provider refused our key or quota. */
  alert(facts: { provider: ProviderId; kind: string; vendorCode?: string | undefined }): void;
}

/** How long is waited for what. Milliseconds. */
export interface AttemptLimits {
  firstTokenMs: number;
  betweenChunksMs: number;
  /** Share of the total one call that does not stream may take, so that somebody else can still be asked. */
  attemptShare: number;
  /** Caps the total; tests use it. */
  deadlineMs?: number;
}

export const DEFAULT_LIMITS: AttemptLimits = {
  firstTokenMs: FIRST_TOKEN_MS,
  betweenChunksMs: BETWEEN_CHUNKS_MS,
  attemptShare: 0.5,
};

/** The caller went away: nobody reads the answer, and nothing failed. */
export class CallerLeft extends Error {
  constructor() {
    super('The caller left before the answer was complete.');
    this.name = 'CallerLeft';
  }
}

/** Starts chains of attempts: one candidate after the other under deadlines, cooldowns and breakers, as `decide` says. */
export class FallbackService {
  constructor(readonly deps: FallbackDeps) {}

  /**
   * Whether there is anybody to ask at all, before anything is reserved.
   * @throws SystemError the reason there is not.
   */
  async first(plan: ChainPlan): Promise<Candidate> {
    const chain = this.chain(plan);
    const decision = await chain.decide();
    if ('next' in decision) return decision.next;
    if ('wait' in decision) {
      const resting = plan.candidates.find(({ configured }) => configured);
      if (resting) return resting;
    }
    throw chain.stopError(decision);
  }

  chain(plan: ChainPlan): AttemptChain {
    return new AttemptChain(plan, this.deps);
  }
}

/** The attempts of one execution. Call {@link next} until an attempt succeeds; it throws when there is nobody left to ask. */
export class AttemptChain {
  readonly #attempted: Attempted[] = [];
  readonly limits: AttemptLimits;
  readonly deadlineMs: number;
  readonly #endsAt: number;
  #lastFailure: ExternalServiceError | undefined;

  constructor(
    readonly plan: ChainPlan,
    readonly deps: FallbackDeps,
  ) {
    this.limits = deps.limits ?? DEFAULT_LIMITS;
    this.deadlineMs = Math.min(plan.deadlineMs, this.limits.deadlineMs ?? plan.deadlineMs);
    this.#endsAt = performance.now() + this.deadlineMs;
  }

  get attempts(): number {
    return this.#attempted.length;
  }

  /** @throws SystemError when the chain is at its end; {@link CallerLeft} when the caller is. */
  async next(): Promise<Attempt> {
    for (;;) {
      if (this.plan.signal.aborted) throw new CallerLeft();
      const decision = await this.decide();
      if ('stop' in decision) throw this.stopError(decision);
      if ('wait' in decision) {
        await this.#pause(decision.wait);
        continue;
      }
      if (decision.delayMs > 0) await this.#pause(decision.delayMs);
      if (!(await this.#mayProbe(decision.next))) continue;
      const provider = this.deps.providers.get(decision.next.provider);
      if (!provider) throw new Error(`No provider ${decision.next.provider}.`);
      return new Attempt(decision.next, provider, this, this.#remainingMs());
    }
  }

  async decide(): Promise<Decision> {
    const { plan, deps } = this;
    const health = await deps.health.facts(plan.candidates);
    return decide({
      ...plan,
      health,
      latency: plan.policy === 'fastest' ? this.#latency() : NO_LATENCY,
      attempted: this.#attempted,
      remainingMs: this.#remainingMs(),
      random: deps.random(),
    });
  }

  async failed(candidate: Candidate, failure: ExternalServiceError): Promise<void> {
    this.#lastFailure = failure;
    this.#attempted.push({ key: candidate.key, kind: failure.kind, retryable: failure.retryable });
    await this.deps.health.failed(candidate, failure);
    if (failure.kind === 'auth_expired' || failure.kind === 'quota')
      this.deps.alert({ provider: candidate.provider, kind: failure.kind, vendorCode: failure.vendorCode });
    if (failure.kind === 'invalid_request')
      logger.error({ err: failure, model: candidate.key }, 'a provider rejected our request: our defect');
  }

  /** What the user is told; the vendor's own words stay in the log. */
  stopError(decision: Decision): SystemError {
    const reason = 'stop' in decision ? decision.stop : 'all_unavailable';
    const retryAfterMs = 'stop' in decision ? decision.retryAfterMs : undefined;
    const options = {
      ...(this.#lastFailure ? { cause: this.#lastFailure } : {}),
      ...(retryAfterMs ? { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) } : {}),
      context: { rejected: decision.rejected, attempts: this.#attempted },
    };
    if (reason === 'content_policy')
      return contentBlocked('The model refuses to write this. Change the brief.');
    if (reason === 'context_too_long')
      return new ValidationError(
        'This is too long for every model you may use. Shorten it and try again.',
        [],
        'context_too_long',
      );
    if (reason === 'model_not_allowed')
      return new SystemError(
        'Your plan or your organisation’s settings do not include this model. Choose another one.',
        'model_not_allowed',
        options,
      );
    if (reason === 'invalid_request')
      return new SystemError(
        'The model did not accept our request. This is our mistake; we have been told.',
        'provider_rejected_request',
        { ...options, severity: 'high' },
      );
    if (reason === 'not_configured' || reason === 'no_capable_model')
      return new ServiceUnavailableError(
        'No AI provider that can do this is set up. Add a provider key to enable it.',
        'ai_not_configured',
        options,
      );
    return this.#unavailable(reason, options);
  }

  #unavailable(reason: string, options: { retryAfterSeconds?: number }): SystemError {
    const timedOut = reason === 'deadline' || this.#lastFailure?.kind === 'timeout';
    if (timedOut)
      return new ServiceUnavailableError(
        'The models took too long to answer. Nothing was charged; try again.',
        'ai_timeout',
        { retryAfterSeconds: 5, ...options },
      );
    return new ServiceUnavailableError(this.#mostActionable(), 'ai_unavailable', {
      retryAfterSeconds: 10,
      ...options,
    });
  }

  /** Of all that went wrong, what somebody can do something about. */
  #mostActionable(): string {
    const kinds = new Set(this.#attempted.map(({ kind }) => kind));
    if (kinds.has('auth_expired'))
      return 'An AI provider refuses our key. The operator has been told; try again later.';
    if (kinds.has('quota'))
      return 'Our quota at an AI provider is used up. The operator has been told; try again later.';
    if (kinds.has('rate_limit')) return 'The AI providers limit how often we may ask. Try again in a moment.';
    return 'No AI provider is answering right now. Nothing was charged; try again in a moment.';
  }

  /** A half-open circuit lets one attempt through. */
  async #mayProbe(candidate: Candidate): Promise<boolean> {
    const health = (await this.deps.health.facts([candidate])).get(candidate.key);
    if (health?.breaker !== 'half_open') return true;
    return this.deps.health.claimProbe(candidate);
  }

  #latency(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const { key, provider, model } of this.plan.candidates) {
      const speed = this.deps.providers.get(provider)?.calls.speedOf(model);
      if (speed !== undefined) found.set(key, speed);
    }
    return found;
  }

  #remainingMs(): number {
    return Math.floor(this.#endsAt - performance.now());
  }

  async #pause(milliseconds: number): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal: this.plan.signal });
    } catch {
      throw new CallerLeft();
    }
  }
}

const NO_LATENCY: ReadonlyMap<string, number> = new Map();

export function contentBlocked(message: string): SystemError {
  return new ValidationError(message, [], 'content_blocked');
}

/** One call to one candidate, with its clock running. */
export class Attempt {
  readonly startedAt = performance.now();
  readonly number: number;
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout;
  #firstTokenMs: number | undefined;

  constructor(
    readonly candidate: Candidate,
    readonly provider: AIProvider,
    readonly chain: AttemptChain,
    readonly remainingMs: number,
  ) {
    this.number = chain.attempts + 1;
    const caller = chain.plan.signal;
    const leave = () => this.#controller.abort(new CallerLeft());
    caller.addEventListener('abort', leave, { once: true });
    this.#stopListening = () => caller.removeEventListener('abort', leave);
    this.#timer = this.#alarm(remainingMs, 'deadline');
  }

  /** Ends the call when the caller leaves or time is up; its reason is the failure to report. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  get firstTokenMs(): number | undefined {
    return this.#firstTokenMs;
  }

  /** For a call that does not stream: leaves time to ask somebody else. */
  limit(): void {
    const { deadlineMs, limits } = this.chain;
    this.#rearm(Math.ceil(deadlineMs * limits.attemptShare), 'attempt');
  }

  /** For a stream: the first token must come soon. */
  expectFirstToken(): void {
    this.#rearm(this.chain.limits.firstTokenMs, 'first_token');
  }

  /** A chunk came; the next one must come soon too. */
  chunk(): void {
    this.#firstTokenMs ??= this.elapsedMs;
    this.#rearm(this.chain.limits.betweenChunksMs, 'between_chunks');
  }

  /** Stops the clock. Call it exactly once, whatever happened. */
  end(): void {
    clearTimeout(this.#timer);
    this.#stopListening();
  }

  /** Ends the call at the vendor when its answer is no longer wanted. */
  abort(): void {
    this.#controller.abort(new CallerLeft());
  }

  #rearm(milliseconds: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = this.#alarm(Math.min(milliseconds, this.remainingMs - this.elapsedMs), what);
  }

  #alarm(milliseconds: number, what: string): NodeJS.Timeout {
    const { provider } = this.candidate;
    return setTimeout(
      () =>
        this.#controller.abort(
          new ExternalServiceError(`${provider} was silent for too long (${what}).`, {
            provider,
            kind: 'timeout',
            retryable: what !== 'deadline',
            outcome: 'unknown',
            vendorCode: what,
          }),
        ),
      Math.max(1, milliseconds),
    );
  }
}
