import 'server-only';
import { randomUUID } from 'node:crypto';
import type { RedisLink } from '@/core/cache/redis';
import type { ExternalServiceError } from '@/core/errors';
import { FAILURE_WINDOW_MS, FAILURES_TO_OPEN, FIRST_OPEN_MS, LONGEST_OPEN_MS, PROBE_MS } from './breaker';
import type { Candidate, CandidateHealth } from './decision';
import {
  COUNTS_AGAINST_BREAKER,
  type HealthBoard,
  type MemoryHealthBoard,
  PLATFORM_CREDENTIAL,
  type ProviderHealth,
  TAKES_PROVIDER_OUT,
} from './health';
import { DEFAULT_COOLDOWN_MS, PROVIDER_OUT_MS } from './routing.data';

type Asked = Pick<Candidate, 'key' | 'provider'>;

/**
 * One failure of a provider, by the same table as `breaker.ts`. The state is what the keys' lives say: `open` lives as long
 * as the circuit is open, `last` remembers how long that was, `probe` is the one attempt of a half-open circuit.
 * KEYS: failures, open, last, probe. ARGV: now, window, failures to open, first, longest, unique member.
 */
const FAIL = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local last = redis.call('GET', KEYS[3])
local openFor
if last then
  openFor = math.min(math.max(tonumber(last) * 2, tonumber(ARGV[4])), tonumber(ARGV[5]))
else
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[6])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[3]) then return 0 end
  openFor = tonumber(ARGV[4])
end
redis.call('DEL', KEYS[1], KEYS[4])
redis.call('SET', KEYS[2], openFor, 'PX', openFor)
redis.call('SET', KEYS[3], openFor, 'PX', openFor + 600000)
return openFor`;

/** A longer rest stays. KEYS: the rest. ARGV: milliseconds. */
const REST = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1`;

/** Cooldowns and circuits shared by all instances. Each keeps its own board as well, for when Redis is away. */
export class RedisHealthBoard implements HealthBoard {
  constructor(
    readonly redis: RedisLink,
    readonly own: MemoryHealthBoard,
  ) {}

  async facts(candidates: readonly Asked[]): Promise<ReadonlyMap<string, CandidateHealth>> {
    const providers = [...new Set(candidates.map(({ provider }) => provider))];
    const read = await this.redis.attempt(async (client) => {
      const pipeline = client.pipeline();
      for (const provider of providers) {
        const keys = keysOf(provider);
        pipeline.pttl(keys.open).exists(keys.last).pttl(keys.probe).pttl(keys.out);
      }
      for (const { key } of candidates) pipeline.pttl(coolKey(key));
      return (await pipeline.exec())?.map(([, value]) => Number(value)) ?? [];
    });
    if (!read.ok) return this.own.facts(candidates);
    return factsFrom(read.value, providers, candidates);
  }

  async claimProbe(candidate: Asked): Promise<boolean> {
    const { probe } = keysOf(candidate.provider);
    const claimed = await this.redis.attempt((client) => client.set(probe, '1', 'PX', PROBE_MS, 'NX'));
    return claimed.ok ? claimed.value === 'OK' : this.own.claimProbe(candidate);
  }

  async succeeded(candidate: Asked): Promise<void> {
    await this.own.succeeded(candidate);
    const { failures, open, last, probe } = keysOf(candidate.provider);
    await this.redis.attempt((client) => client.del(failures, open, last, probe));
  }

  async failed(candidate: Asked, error: Pick<ExternalServiceError, 'kind' | 'retryAfterMs'>): Promise<void> {
    await this.own.failed(candidate, error);
    const keys = keysOf(candidate.provider);
    if (error.kind === 'rate_limit')
      await this.#rest(coolKey(candidate.key), error.retryAfterMs ?? DEFAULT_COOLDOWN_MS);
    else if (TAKES_PROVIDER_OUT.has(error.kind)) await this.#rest(keys.out, PROVIDER_OUT_MS);
    else if (COUNTS_AGAINST_BREAKER.has(error.kind)) await this.#fail(keys);
  }

  async provider(id: string): Promise<ProviderHealth> {
    const keys = keysOf(id);
    const read = await this.redis.attempt((client) =>
      Promise.all([client.pttl(keys.open), client.exists(keys.last), client.pttl(keys.out)]),
    );
    if (!read.ok) return this.own.provider(id);
    const [open, last, out] = read.value;
    const rest = Math.max(open, out);
    return {
      breaker: open > 0 ? 'open' : last === 1 ? 'half_open' : 'closed',
      cooldownUntil: rest > 0 ? new Date(this.own.clock.now().getTime() + rest) : null,
    };
  }

  async #rest(key: string, milliseconds: number): Promise<void> {
    if (milliseconds > 0) await this.redis.attempt((client) => client.eval(REST, 1, key, milliseconds));
  }

  async #fail(keys: ReturnType<typeof keysOf>): Promise<void> {
    const now = this.own.clock.now().getTime();
    // Instances have no number of their own: in containers every process is number 1.
    const member = randomUUID();
    await this.redis.attempt((client) =>
      client.eval(
        FAIL,
        4,
        keys.failures,
        keys.open,
        keys.last,
        keys.probe,
        now,
        FAILURE_WINDOW_MS,
        FAILURES_TO_OPEN,
        FIRST_OPEN_MS,
        LONGEST_OPEN_MS,
        member,
      ),
    );
  }
}

function factsFrom(
  values: readonly number[],
  providers: readonly string[],
  candidates: readonly Asked[],
): ReadonlyMap<string, CandidateHealth> {
  const found = new Map<string, CandidateHealth>();
  candidates.forEach(({ key, provider }, index) => {
    const at = providers.indexOf(provider) * 4;
    const [open = 0, last = 0, probe = 0, out = 0] = values.slice(at, at + 4);
    const cooldownMs = Math.max(0, values[providers.length * 4 + index] ?? 0);
    const busy = Math.max(0, open, last === 1 ? probe : 0);
    const breaker = busy > 0 ? 'open' : last === 1 ? 'half_open' : 'closed';
    if (breaker === 'closed' && cooldownMs === 0 && out <= 0) return;
    found.set(key, { cooldownMs, outMs: Math.max(0, out), breaker, breakerMs: busy });
  });
  return found;
}

function keysOf(provider: string) {
  const base = `aih:{${provider}:${PLATFORM_CREDENTIAL}}`;
  return {
    failures: `${base}:failures`,
    open: `${base}:open`,
    last: `${base}:last`,
    probe: `${base}:probe`,
    out: `${base}:out`,
  };
}

function coolKey(key: string): string {
  return `aih:cool:${key}`;
}
