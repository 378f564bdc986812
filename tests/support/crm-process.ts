import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { CrmAnswer, CrmOrder, CrmProcessSetup } from '@tests/soak/crm-process';
import { bundled } from './bundle';

let bundle = '';

/** Call it once before the first process. */
export async function bundleCrmProcess(): Promise<void> {
  bundle = await bundled('tests/soak/crm-process.ts');
}

/** A real process with the same accounts, over the same database. */
export class CrmProcess {
  /** All that it said, its log included. */
  output = '';

  private constructor(readonly child: ChildProcess) {
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  static async started(setup: CrmProcessSetup, env: Record<string, string> = {}): Promise<CrmProcess> {
    const child = fork(bundle, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NODE_NO_WARNINGS: '1', CRM_PROCESS: JSON.stringify(setup), ...env },
    });
    const made = new CrmProcess(child);
    await Promise.race([once(child, 'message'), made.#ended()]);
    return made;
  }

  /** @returns what it answered; null when it died of it. */
  async follow(order: CrmOrder): Promise<CrmAnswer | null> {
    const over = new AbortController();
    const { signal } = over;
    const answered = once(this.child, 'message', { signal }).then(([one]) => one as CrmAnswer);
    const died = once(this.child, 'exit', { signal }).then(() => null);
    // Whichever does not come is not waited for.
    for (const one of [answered, died]) one.catch(() => undefined);
    this.child.send(order);
    return Promise.race([answered, died]).finally(() => over.abort());
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  async #ended(): Promise<never> {
    await once(this.child, 'exit');
    throw new Error(`The process did not start:\n${this.output}`);
  }
}
