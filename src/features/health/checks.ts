import { getHeapStatistics } from 'node:v8';
import type { CacheManager } from '@/core/cache/cache-manager';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { CircuitReport } from '@/core/resilience/policy';
import type { HealthState, ServiceHealth } from './schema';

export type Finding = Omit<ServiceHealth, 'milliseconds'>;

export interface HealthCheck {
  name: string;
  /** Without it nothing works: unhealthy here makes the whole unhealthy. Others only degrade it. */
  critical: boolean;
  check(): Promise<Finding>;
}

const healthy = (extra: Omit<Finding, 'status'> = {}): Finding => ({ status: 'healthy', ...extra });

/** One document read. Slower than this, people notice. */
const SLOW_DATABASE_MS = 1_000;

export function databaseCheck(read: () => Promise<unknown>): HealthCheck {
  return {
    name: 'firestore',
    critical: true,
    async check() {
      const startedAt = performance.now();
      await read();
      const slow = performance.now() - startedAt > SLOW_DATABASE_MS;
      return slow ? { status: 'degraded', detail: 'Firestore answers slowly.' } : healthy();
    },
  };
}

/** `ping` gives milliseconds, or undefined when Redis is away; null means that none is configured. */
export function redisCheck(ping: (() => Promise<number | undefined>) | null): HealthCheck {
  return {
    name: 'redis',
    critical: false,
    async check() {
      if (!ping) return healthy({ detail: 'Not configured; one instance needs none.' });
      if ((await ping()) !== undefined) return healthy();
      return {
        status: 'degraded',
        detail: 'Redis does not answer. Caches, limits and jobs go on without it, per instance.',
      };
    },
  };
}

export function cacheCheck(cache: Pick<CacheManager, 'status'>): HealthCheck {
  return {
    name: 'cache',
    critical: false,
    async check() {
      const layers = cache.status();
      const down = layers.filter(({ state }) => state === 'down').map(({ layer }) => layer);
      const facts = Object.fromEntries(layers.map(({ layer, state }) => [layer, state]));
      if (down.length === 0) return healthy({ facts });
      return { status: 'degraded', detail: `Going on without ${down.join(' and ')}.`, facts };
    },
  };
}

/**
 * How the last mail of this process went; asking the server each time would only bother it.
 * @param last null when none was sent since the start.
 */
export function mailCheck(
  last: () => { at: Date; problem: string | null } | null,
  configured: boolean,
): HealthCheck {
  return {
    name: 'mail',
    critical: false,
    async check() {
      if (!configured) return healthy({ detail: 'Not configured; notifications stay in the app.' });
      const state = last();
      if (!state?.problem) return healthy();
      return {
        status: 'degraded',
        detail: 'The mail server did not take the last mail. Mails wait and are tried again.',
        facts: { since: state.at.toISOString(), problem: state.problem },
      };
    },
  };
}

const MAX_DUE = 1_000;
const MAX_AGE_SECONDS = 300;

export function queueCheck(queue: Pick<JobQueue, 'stats' | 'driver'>): HealthCheck {
  return {
    name: 'queue',
    critical: false,
    async check() {
      const { due, oldestSeconds, dead } = await queue.stats();
      const facts = { driver: queue.driver, due, oldestSeconds: Math.round(oldestSeconds), dead };
      if (due > MAX_DUE) return { status: 'degraded', detail: `${due} jobs wait.`, facts };
      if (oldestSeconds > MAX_AGE_SECONDS) {
        return {
          status: 'degraded',
          detail: 'A job has waited for more than five minutes. Does a worker run?',
          facts,
        };
      }
      if (dead > 0) return healthy({ detail: `${dead} failed jobs want a decision.`, facts });
      return healthy({ facts });
    },
  };
}

/** Judges other companies by what our own calls met lately. Nothing is called: a health check must not load vendors. */
export function circuitCheck(
  name: string,
  circuits: () => readonly CircuitReport[],
  belongs: (provider: string) => boolean,
  configured?: { count: number; without: string },
): HealthCheck {
  return {
    name,
    critical: false,
    async check() {
      const ours = circuits().filter(({ provider }) => belongs(provider));
      const open = ours.filter(({ state }) => state !== 'closed');
      const facts = {
        ...(configured ? { configured: configured.count } : {}),
        inUse: new Set(ours.map(({ provider }) => provider)).size,
        open: open.length,
      };
      if (open.length > 0) {
        const names = [...new Set(open.map(({ provider }) => provider))].sort().join(', ');
        return { status: 'degraded', detail: `Calls fail: ${names}.`, facts };
      }
      if (configured?.count === 0) return healthy({ detail: configured.without, facts });
      return healthy({ facts });
    },
  };
}

/** Alert rules that fire: what the numbers of all processes together say. */
export function alertCheck(firing: () => Promise<readonly { rule: { title: string } }[]>): HealthCheck {
  return {
    name: 'alerts',
    critical: false,
    async check() {
      const titles = (await firing()).map(({ rule }) => rule.title);
      if (titles.length === 0) return healthy();
      return { status: 'degraded', detail: `${titles.join('. ')}.`, facts: { firing: titles.length } };
    },
  };
}

const HEAP_DEGRADED = 0.85;
const HEAP_UNHEALTHY = 0.95;
const MIB = 1024 * 1024;

export function memoryCheck(
  read: () => { used: number; limit: number; rss: number } = readMemory,
): HealthCheck {
  return {
    name: 'memory',
    critical: true,
    async check() {
      const { used, limit, rss } = read();
      const share = used / limit;
      const facts = {
        heapMiB: Math.round(used / MIB),
        limitMiB: Math.round(limit / MIB),
        rssMiB: Math.round(rss / MIB),
      };
      const status = gradeOf(share, HEAP_DEGRADED, HEAP_UNHEALTHY);
      if (status === 'healthy') return healthy({ facts });
      return { status, detail: `${Math.round(share * 100)} % of the heap is in use.`, facts };
    },
  };
}

function readMemory() {
  const heap = getHeapStatistics();
  return { used: heap.used_heap_size, limit: heap.heap_size_limit, rss: process.memoryUsage.rss() };
}

const DELAY_DEGRADED_MS = 200;

/**
 * How long the event loop keeps others waiting: what a busy CPU means to a request.
 * @param delayMs the 99th percentile since the last look.
 */
export function cpuCheck(delayMs: () => number): HealthCheck {
  return {
    name: 'cpu',
    critical: false,
    async check() {
      const delay = delayMs();
      const facts = { eventLoopP99Ms: Math.round(delay) };
      if (delay < DELAY_DEGRADED_MS) return healthy({ facts });
      return { status: 'degraded', detail: 'The process is too busy to answer quickly.', facts };
    },
  };
}

function gradeOf(value: number, degraded: number, unhealthy: number): HealthState {
  return value >= unhealthy ? 'unhealthy' : value >= degraded ? 'degraded' : 'healthy';
}
