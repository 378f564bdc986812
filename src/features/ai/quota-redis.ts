import 'server-only';
import type { RedisLink } from '@/core/cache/redis';
import type { QuotaAmounts, QuotaLimits } from './model';
import {
  type ClaimRequest,
  crossed,
  hasLimit,
  NOTHING,
  type QuotaScope,
  type QuotaState,
  type QuotaStore,
  type SettleLimits,
} from './quota';
import type { FirestoreQuotaStore } from './quota-repository';

/** Counters outlive their month a little, so that late settlements still find them. */
const KEEP_SECONDS = 40 * 86_400;

/**
 * Claims for both counters or neither; overdue claims of the organisation are given back on the way. All keys of a script
 * carry the organisation as hash tag, so they live in one slot of a cluster.
 * KEYS: organisation, member, claims, due.
 * ARGV: request id, tokens, requests, cost, org limits ×3, member limits ×3 (-1: none), now, due at, seconds to keep claims.
 */
const CLAIM = `
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 0 then return 'missing' end
local function give(id)
  local claim = redis.call('HGET', KEYS[3], id)
  if not claim then return end
  local c = cjson.decode(claim)
  for _, key in ipairs({KEYS[1], c.member}) do
    redis.call('HINCRBY', key, 'held.tokens', -c.tokens)
    redis.call('HINCRBY', key, 'held.requests', -c.requests)
    redis.call('HINCRBY', key, 'held.costMicros', -c.cost)
  end
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[4], id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ARGV[11], 'LIMIT', 0, 20)) do give(id) end
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return 'ok' end
local names = {'tokens', 'requests', 'costMicros'}
local function fits(key, first)
  for i, name in ipairs(names) do
    local limit = tonumber(ARGV[first + i - 1])
    if limit >= 0 then
      local sum = tonumber(redis.call('HGET', key, 'used.' .. name) or '0') + tonumber(redis.call('HGET', key, 'held.' .. name) or '0')
      if sum + tonumber(ARGV[1 + i]) > limit then return false end
    end
  end
  return true
end
if not fits(KEYS[1], 5) then return 'organization' end
if not fits(KEYS[2], 8) then return 'member' end
for _, key in ipairs({KEYS[1], KEYS[2]}) do
  for i, name in ipairs(names) do redis.call('HINCRBY', key, 'held.' .. name, ARGV[1 + i]) end
end
redis.call('HSET', KEYS[3], ARGV[1], cjson.encode({member = KEYS[2], tokens = tonumber(ARGV[2]), requests = tonumber(ARGV[3]), cost = tonumber(ARGV[4])}))
redis.call('ZADD', KEYS[4], ARGV[12], ARGV[1])
for _, key in ipairs({KEYS[3], KEYS[4]}) do redis.call('EXPIRE', key, ARGV[13]) end
return 'ok'`;

/** Closes a claim; posts what was used. Answers the totals used afterwards, or nothing when the claim was closed before. */
const CLOSE = `
local claim = redis.call('HGET', KEYS[3], ARGV[1])
if not claim then return {} end
local c = cjson.decode(claim)
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
local amounts = {c.tokens, c.requests, c.cost}
local names = {'tokens', 'requests', 'costMicros'}
local out = {}
for _, key in ipairs({KEYS[1], KEYS[2]}) do
  for i, name in ipairs(names) do
    redis.call('HINCRBY', key, 'held.' .. name, -amounts[i])
    out[#out + 1] = redis.call('HINCRBY', key, 'used.' .. name, ARGV[1 + i])
  end
end
return out`;

/**
 * Raises what is used to what the record says, never lowers it: Redis may know of more than has reached the record.
 * KEYS: counter. ARGV: tokens, requests, cost, seconds to keep it.
 */
const FILL = `
for i, name in ipairs({'tokens', 'requests', 'costMicros'}) do
  local known = redis.call('HGET', KEYS[1], 'used.' .. name)
  if not known or tonumber(known) < tonumber(ARGV[i]) then redis.call('HSET', KEYS[1], 'used.' .. name, ARGV[i]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1`;

/**
 * Quotas decided in Redis, for organisations whose document would be too hot. Firestore stays the record: what is used is
 * added there as well, a missing counter is filled from it, and without Redis it decides itself.
 */
export class RedisQuotaStore implements QuotaStore {
  constructor(
    readonly redis: RedisLink,
    readonly record: FirestoreQuotaStore,
  ) {}

  async claim(request: ClaimRequest): Promise<'organization' | 'member' | undefined> {
    const { scope, organizationLimits, memberLimits } = request;
    if (!hasLimit(organizationLimits) && !hasLimit(memberLimits)) return undefined;
    for (let round = 0; round < 2; round += 1) {
      const answer = await this.#claim(request);
      if (answer === undefined) return this.record.claim(request);
      if (answer === 'missing') await this.#fill(scope);
      else return answer === 'ok' ? undefined : (answer as 'organization' | 'member');
    }
    return this.record.claim(request);
  }

  async settle(
    requestId: string,
    scope: QuotaScope,
    used: QuotaAmounts,
    limits: SettleLimits,
  ): Promise<void> {
    if (!hasLimit(limits.organization) && !hasLimit(limits.member)) return this.record.add(scope, used);
    const totals = await this.#close(requestId, scope, used);
    // Claimed in Firestore, because Redis was away at the time.
    if (!totals || totals.length < 6) {
      await this.record.settle(requestId, scope, used, limits);
      if (totals) await this.#fill(scope);
      return;
    }
    await this.record.add(scope, used);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = totals;
    await this.#announce(scope, null, { tokens: a, requests: b, costMicros: c }, limits.organization);
    await this.#announce(scope, scope.userId, { tokens: d, requests: e, costMicros: f }, limits.member);
  }

  async release(requestId: string, scope: QuotaScope): Promise<void> {
    const closed = await this.#close(requestId, scope, NOTHING);
    if (!closed || closed.length === 0) await this.record.release(requestId, scope);
  }

  async state(scope: QuotaScope): Promise<{ organization: QuotaState; member: QuotaState }> {
    const { organization, member } = keysOf(scope);
    const read = await this.redis.attempt((client) =>
      Promise.all([client.hgetall(organization), client.hgetall(member)]),
    );
    if (!read.ok || Object.keys(read.value[0]).length === 0) return this.record.state(scope);
    return { organization: parsed(read.value[0]), member: parsed(read.value[1]) };
  }

  /** Redis gives back overdue claims with the organisation's next one; those in Firestore are swept here. */
  sweep(now: Date): Promise<number> {
    return this.record.sweep(now);
  }

  async #claim(request: ClaimRequest): Promise<string | undefined> {
    const { organization, member, claims, due } = keysOf(request.scope);
    const { amounts, organizationLimits, memberLimits } = request;
    const answer = await this.redis.attempt((client) =>
      client.eval(
        CLAIM,
        4,
        organization,
        member,
        claims,
        due,
        request.requestId,
        ...amountArgs(amounts),
        ...limitArgs(organizationLimits),
        ...limitArgs(memberLimits),
        this.record.clock.now().getTime(),
        request.dueAt.getTime(),
        KEEP_SECONDS,
      ),
    );
    return answer.ok ? String(answer.value) : undefined;
  }

  async #close(requestId: string, scope: QuotaScope, used: QuotaAmounts): Promise<number[] | undefined> {
    const { organization, member, claims, due } = keysOf(scope);
    const answer = await this.redis.attempt((client) =>
      client.eval(CLOSE, 4, organization, member, claims, due, requestId, ...amountArgs(used)),
    );
    return answer.ok ? (answer.value as unknown[]).map(Number) : undefined;
  }

  /** First use this month, a Redis that lost its memory or was away: the record says what was used so far. */
  async #fill(scope: QuotaScope): Promise<void> {
    const { organization, member } = await this.record.state(scope);
    const keys = keysOf(scope);
    await this.redis.attempt((client) =>
      Promise.all([
        client.eval(FILL, 1, keys.organization, ...amountArgs(organization.used), KEEP_SECONDS),
        client.eval(FILL, 1, keys.member, ...amountArgs(member.used), KEEP_SECONDS),
      ]),
    );
  }

  async #announce(
    scope: QuotaScope,
    userId: string | null,
    used: QuotaAmounts,
    limits: QuotaLimits,
  ): Promise<void> {
    if (crossed(used, limits, []).length > 0) await this.record.announce(scope, userId, used, limits);
  }
}

function keysOf({ organizationId, userId, period }: QuotaScope) {
  const base = `aiq:{${organizationId}}`;
  return {
    organization: `${base}:${period}`,
    member: `${base}:${period}:${userId}`,
    claims: `${base}:claims:${period}`,
    due: `${base}:due:${period}`,
  };
}

function amountArgs({ tokens, requests, costMicros }: QuotaAmounts): number[] {
  return [tokens, requests, costMicros];
}

function limitArgs({ tokens, requests, costMicros }: QuotaLimits): number[] {
  return [tokens ?? -1, requests ?? -1, costMicros ?? -1];
}

function parsed(fields: Record<string, string>): QuotaState {
  const read = (part: string): QuotaAmounts => ({
    tokens: Number(fields[`${part}.tokens`] ?? 0),
    requests: Number(fields[`${part}.requests`] ?? 0),
    costMicros: Number(fields[`${part}.costMicros`] ?? 0),
  });
  return { used: read('used'), held: read('held') };
}
