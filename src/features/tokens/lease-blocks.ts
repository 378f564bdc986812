import 'server-only';
import type { RedisLink } from '@/core/cache/redis';

/**
 * Takes from the owner's open block. All keys of a script carry the owner as hash tag, so they live in one slot of a cluster.
 * KEYS: lease, pending. ARGV: request id, tokens, now, most requests of a lease, seconds to keep keys.
 */
const TAKE = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return {'again', known} end
local lease = redis.call('HMGET', KEYS[1], 'id', 'left', 'closesAt', 'requests')
if not lease[1] or tonumber(ARGV[3]) >= tonumber(lease[3]) then return {'none'} end
if tonumber(lease[2]) < tonumber(ARGV[2]) or tonumber(lease[4]) >= tonumber(ARGV[4]) then return {'none'} end
redis.call('HINCRBY', KEYS[1], 'left', -tonumber(ARGV[2]))
redis.call('HINCRBY', KEYS[1], 'requests', 1)
redis.call('HSET', KEYS[2], ARGV[1], lease[1] .. ' ' .. ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return {'ok', lease[1] .. ' ' .. ARGV[2]}`;

/** What a request did not use goes back into its block, while that is open. KEYS: lease, pending. ARGV: request id, tokens used. */
const CLOSE = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
local id, amount = string.match(known, '(%S+) (%d+)')
if redis.call('HGET', KEYS[1], 'id') == id then
  local back = tonumber(amount) - tonumber(ARGV[2])
  if back > 0 then redis.call('HINCRBY', KEYS[1], 'left', back) end
end
return 1`;

/** KEYS: lease. ARGV: id, tokens, closes at, seconds to keep it. */
const OPEN = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'left', ARGV[2], 'closesAt', ARGV[3], 'requests', 0)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1`;

const KEEP_SECONDS = 3_600;
/** One fold books them all in a single transaction. */
export const MOST_REQUESTS = 100;

export interface Taken {
  leaseId: string;
  amount: number;
}

/** Blocks of tokens that Firestore has set aside, spent from in Redis. Only a distributor: what it forgets is only set aside. */
export class LeaseBlocks {
  constructor(readonly redis: RedisLink) {}

  /** `none`: no open block has that much. `away`: Redis cannot be used just now. */
  async take(
    ownerId: string,
    requestId: string,
    amount: number,
    now: Date,
  ): Promise<Taken | 'none' | 'away'> {
    const { lease, pending } = keysOf(ownerId);
    const answer = await this.redis.attempt((client) =>
      client.eval(TAKE, 2, lease, pending, requestId, amount, now.getTime(), MOST_REQUESTS, KEEP_SECONDS),
    );
    if (!answer.ok) return 'away';
    const [verdict, taken] = answer.value as [string, string?];
    return verdict === 'none' || !taken ? 'none' : parsed(taken);
  }

  /** @returns whether it was spendable there. */
  async open(ownerId: string, leaseId: string, tokens: number, closesAt: Date): Promise<boolean> {
    const { lease } = keysOf(ownerId);
    const answer = await this.redis.attempt((client) =>
      client.eval(OPEN, 1, lease, leaseId, tokens, closesAt.getTime(), KEEP_SECONDS),
    );
    return answer.ok;
  }

  async close(ownerId: string, requestId: string, used: number): Promise<void> {
    const { lease, pending } = keysOf(ownerId);
    await this.redis.attempt((client) => client.eval(CLOSE, 2, lease, pending, requestId, used));
  }

  /** Tokens of requests that still run, by lease, and the lease that is open. Null when Redis is away. */
  async state(
    ownerId: string,
    now: Date,
  ): Promise<{ running: Map<string, number>; open: string | null } | null> {
    const { lease, pending } = keysOf(ownerId);
    const answer = await this.redis.attempt((client) =>
      Promise.all([client.hvals(pending), client.hmget(lease, 'id', 'closesAt')]),
    );
    if (!answer.ok) return null;
    const [values, [id, closesAt]] = answer.value;
    const running = new Map<string, number>();
    for (const { leaseId, amount } of values.map(parsed))
      running.set(leaseId, (running.get(leaseId) ?? 0) + amount);
    return { running, open: id && Number(closesAt) > now.getTime() ? id : null };
  }
}

function parsed(text: string): Taken {
  const [leaseId = '', amount = '0'] = text.split(' ');
  return { leaseId, amount: Number(amount) };
}

function keysOf(ownerId: string) {
  return { lease: `tl:{${ownerId}}:lease`, pending: `tl:{${ownerId}}:pending` };
}
