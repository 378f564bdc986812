import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe } from 'vitest';

function findBinary(): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
const binary = findBinary();

/**
 * Suites that need a real Redis. Without the binary the suite says so by name, and under CI that is a failure: nothing is
 * skipped silently.
 */
export function describeWithRedis(name: string, suite: () => void): void {
  if (!binary && process.env.CI) throw new Error(`${name}: redis-server is not installed on this machine.`);
  describe.runIf(binary)(binary ? name : `${name} (redis-server is not installed on this machine)`, () => {
    suite();
  });
}

/** A real redis-server of this test's own, on a free port, without persistence unless asked for. */
export class RedisServer {
  #process: ChildProcess | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'irisync-redis-'));
  #port = 0;

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same port. */
  async start(options: { persist?: boolean } = {}): Promise<this> {
    if (!binary) throw new Error('redis-server is not installed on this machine.');
    this.#port ||= await freePort();
    const durable = options.persist ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--save', ''];
    this.#process = spawn(
      binary,
      ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder, ...durable],
      { stdio: 'ignore' },
    );
    const probe = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    // Refused connections are what waiting for a start looks like.
    probe.on('error', () => undefined);
    await probe.ping();
    probe.disconnect();
    return this;
  }

  /** Kills it as a crash would. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
