import 'server-only';
import type { ExternalServiceError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import {
  afterFailure,
  afterSuccess,
  type BreakerPhase,
  type BreakerState,
  CLOSED,
  claimProbe,
  phaseOf,
  waitOf,
} from './breaker';
import type { Candidate, CandidateHealth } from './decision';
import { DEFAULT_COOLDOWN_MS, PROVIDER_OUT_MS } from './routing.data';

/** Whose key is in use. Organisation-owned keys come later; breakers are kept apart for them already. */
export const PLATFORM_CREDENTIAL = 'platform';

type Asked = Pick<Candidate, 'key' | 'provider'>;

export interface ProviderHealth {
  breaker: BreakerPhase;
  /** When the provider may be asked again, if it is resting. */
  cooldownUntil: Date | null;
}

/** What is known of models and providers right now. The reaction to each class of error is applied here and nowhere else. */
export interface HealthBoard {
  /** Only what is not well is listed. */
  facts(candidates: readonly Asked[]): Promise<ReadonlyMap<string, CandidateHealth>>;
  /** Claims the probe of a half-open circuit. False when somebody else has it: ask `facts` again. */
  claimProbe(candidate: Asked): Promise<boolean>;
  succeeded(candidate: Asked): Promise<void>;
  failed(candidate: Asked, error: Pick<ExternalServiceError, 'kind' | 'retryAfterMs'>): Promise<void>;
  provider(id: string): Promise<ProviderHealth>;
}

/** Classes that say a provider is down, as opposed to busy with us or displeased with the request. */
export const COUNTS_AGAINST_BREAKER: ReadonlySet<string> = new Set(['unavailable', 'timeout', 'unknown']);
export const TAKES_PROVIDER_OUT: ReadonlySet<string> = new Set(['auth_expired', 'quota']);

/** The board of one process; also what remains when Redis is away. */
export class MemoryHealthBoard implements HealthBoard {
  readonly #breakers = new Map<string, BreakerState>();
  readonly #coolUntil = new Map<string, number>();
  readonly #outUntil = new Map<string, number>();

  constructor(readonly clock: Clock) {}

  async facts(candidates: readonly Asked[]): Promise<ReadonlyMap<string, CandidateHealth>> {
    const found = new Map<string, CandidateHealth>();
    if (this.allWell) return found;
    const now = this.#now();
    for (const { key, provider } of candidates) {
      const breaker = this.#breakers.get(provider) ?? CLOSED;
      const phase = phaseOf(breaker, now);
      const cooldownMs = Math.max(0, (this.#coolUntil.get(key) ?? 0) - now);
      const outMs = Math.max(0, (this.#outUntil.get(provider) ?? 0) - now);
      if (phase === 'closed' && cooldownMs === 0 && outMs === 0) continue;
      found.set(key, { cooldownMs, outMs, breaker: phase, breakerMs: waitOf(breaker, now) });
    }
    return found;
  }

  /** True when nothing ever failed lately: the common case, answered without looking at every candidate. */
  get allWell(): boolean {
    return this.#breakers.size === 0 && this.#coolUntil.size === 0 && this.#outUntil.size === 0;
  }

  async claimProbe({ provider }: Asked): Promise<boolean> {
    const claimed = claimProbe(this.#breakers.get(provider) ?? CLOSED, this.#now());
    if (claimed) this.#breakers.set(provider, claimed);
    return claimed !== undefined;
  }

  async succeeded({ provider }: Asked): Promise<void> {
    const state = this.#breakers.get(provider);
    if (state && afterSuccess(state) === CLOSED) this.#breakers.delete(provider);
  }

  async failed(
    { key, provider }: Asked,
    { kind, retryAfterMs }: Pick<ExternalServiceError, 'kind' | 'retryAfterMs'>,
  ): Promise<void> {
    const now = this.#now();
    if (kind === 'rate_limit') {
      const until = now + (retryAfterMs ?? DEFAULT_COOLDOWN_MS);
      this.#coolUntil.set(key, Math.max(until, this.#coolUntil.get(key) ?? 0));
    } else if (TAKES_PROVIDER_OUT.has(kind)) {
      this.#outUntil.set(provider, Math.max(now + PROVIDER_OUT_MS, this.#outUntil.get(provider) ?? 0));
    } else if (COUNTS_AGAINST_BREAKER.has(kind)) {
      this.#breakers.set(provider, afterFailure(this.#breakers.get(provider) ?? CLOSED, now));
    } else return;
    this.#forget(now);
  }

  async provider(id: string): Promise<ProviderHealth> {
    const now = this.#now();
    const breaker = this.#breakers.get(id) ?? CLOSED;
    const out = Math.max(this.#outUntil.get(id) ?? 0, now + waitOf(breaker, now));
    return { breaker: phaseOf(breaker, now), cooldownUntil: out > now ? new Date(out) : null };
  }

  #forget(now: number): void {
    for (const [key, until] of this.#coolUntil) if (until <= now) this.#coolUntil.delete(key);
    for (const [key, until] of this.#outUntil) if (until <= now) this.#outUntil.delete(key);
  }

  #now(): number {
    return this.clock.now().getTime();
  }
}
