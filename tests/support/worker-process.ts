import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundled } from './bundle';
import type { PublishingWorld } from './publishing';

const root = resolve(import.meta.dirname, '../..');

let bundle = '';

/** Call it once before the first worker. */
export async function bundleWorker(): Promise<void> {
  bundle = await bundled('tests/soak/publishing-worker.ts');
}

/** A real worker process over this world's database and network. */
export class WorkerProcess {
  readonly child: ChildProcess;
  #output = '';
  #ended: { code: number | null; signal: NodeJS.Signals | null } | undefined;

  constructor(world: PublishingWorld, env: Record<string, string> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'irisync-worker-'));
    const setup = join(folder, 'setup.json');
    writeFileSync(
      setup,
      JSON.stringify({ networkUrl: world.proxy.url, channels: [...world.channels.values()] }),
    );
    this.child = spawn(process.execPath, [bundle], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...(world.database ? { FIREBASE_PROJECT_ID: world.database.projectId } : {}),
        LOG_LEVEL: process.env.WORKER_LOG ?? 'warn',
        NODE_NO_WARNINGS: '1',
        PUBLISHING_WORKER: setup,
        ...env,
      },
    });
    const collect = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    this.child.once('exit', (code, signal) => {
      this.#ended = { code, signal };
    });
  }

  get output(): string {
    return this.#output;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** @throws when it ended before. */
  async said(text: string, milliseconds = 30_000): Promise<void> {
    const end = Date.now() + milliseconds;
    while (!this.#output.includes(text)) {
      if (this.ended || Date.now() > end)
        throw new Error(`The worker did not say "${text}":\n${this.#output}`);
      await new Promise((done) => setTimeout(done, 25));
    }
  }

  async exited(milliseconds = 30_000): Promise<NodeJS.Signals | null> {
    const end = Date.now() + milliseconds;
    while (!this.#ended) {
      if (Date.now() > end) throw new Error(`The worker did not end:\n${this.#output}`);
      await new Promise((done) => setTimeout(done, 25));
    }
    return this.#ended.signal;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.ended) this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }
}
