import 'server-only';
import type { RedisLink } from '@/core/cache/redis';
import { sha256hex } from '@/core/crypto/secrets';

const RELEASE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('DEL', KEYS[1])
return redis.call('LPOP', KEYS[2])`;
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
/** Takes the slot, or stands in line for it, in one step: between two steps the holder could leave without seeing us. */
const TAKE = `if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], 86400000)
return 0`;

/**
 * One slot per concurrency key, with a line of waiting jobs: whoever leaves says whose turn it is, so that waiting jobs need
 * not ask again and again.
 */
export class KeySlots {
  constructor(
    readonly link: RedisLink,
    /** Without braces. */
    readonly prefix: string,
    readonly ttlMs: number,
  ) {}

  /** @throws Error when Redis does not answer: without it nobody can say who runs. */
  async take(key: string, owner: string, jobId: string): Promise<boolean> {
    const [slot, line] = this.#names(key);
    const answer = await this.link.attempt((client) =>
      client.eval(TAKE, 2, slot, line, owner, this.ttlMs, jobId),
    );
    if (!answer.ok) throw new Error('Redis does not answer.');
    return answer.value === 1;
  }

  async renew(key: string, owner: string): Promise<boolean> {
    const answer = await this.link.attempt((client) =>
      client.eval(RENEW, 1, this.#names(key)[0], owner, this.ttlMs),
    );
    return answer.ok && answer.value === 1;
  }

  /** @returns the job whose turn it is. */
  async release(key: string, owner: string): Promise<string | null> {
    const [slot, line] = this.#names(key);
    const answer = await this.link.attempt((client) => client.eval(RELEASE, 2, slot, line, owner));
    return answer.ok && typeof answer.value === 'string' ? answer.value : null;
  }

  #names(key: string): [slot: string, line: string] {
    // Hashed: a brace inside the key would change the hash slot of one name and not of the other.
    const name = sha256hex(key);
    return [`${this.prefix}:{${name}}:slot`, `${this.prefix}:{${name}}:line`];
  }
}
