import { readFileSync } from 'node:fs';
import { buildPublishing, type TestChannelSpec } from '@tests/support/publishing';

/**
 * A worker in a process of its own, to be killed. `PUBLISHING_WORKER` names a JSON file with the network's address and the
 * channels. `KILL_AT=result.before:2` ends the process, as a power cut would, the second time it gets there; `STOP_AT` halts it
 * there until somebody continues it. Neither exists in the product: only this entry looks at them.
 */
interface WorkerSetup {
  networkUrl: string;
  channels: TestChannelSpec[];
  concurrency?: number;
}

const setup = JSON.parse(readFileSync(process.env.PUBLISHING_WORKER ?? '', 'utf8')) as WorkerSetup;
const passed = new Map<string, number>();

function checkpoint(name: string): void {
  const times = (passed.get(name) ?? 0) + 1;
  passed.set(name, times);
  // From here on there is something that a kill interrupts.
  if (name === 'start.before' && times === 1) process.stdout.write('working\n');
  if (process.env.KILL_AT === `${name}:${times}`) process.kill(process.pid, 'SIGKILL');
  if (process.env.STOP_AT === `${name}:${times}`) {
    process.stdout.write(`stopped ${name}\n`);
    process.kill(process.pid, 'SIGSTOP');
  }
}

async function main(): Promise<void> {
  const parts = buildPublishing({
    networkUrl: setup.networkUrl,
    channels: new Map(setup.channels.map((channel) => [channel.connectionId, channel])),
    owner: `worker-${process.pid}`,
    checkpoint,
  });
  const dispatcher = parts.dispatcher({ every: 250, concurrency: setup.concurrency ?? 8 });
  process.once('SIGTERM', () => dispatcher.stop());
  const outbox = setInterval(
    () => void parts.outbox.sweep().catch((error: unknown) => console.error(error)),
    2_000,
  );
  process.stdout.write('ready\n');
  await dispatcher.turn();
  clearInterval(outbox);
}

void main().then(() => process.exit(0));
