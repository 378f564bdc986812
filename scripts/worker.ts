import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Runs jobs and scheduled tasks. Start it on as many machines as you like; they share the work.

  npm run worker

It stops on SIGTERM or SIGINT, after finishing what is under way. Settings come from the environment, .env.local and .env.
`;

/** Longer than most jobs take, shorter than orchestrators wait before they kill. */
const GRACE_MS = 25_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  for (const file of ['.env.local', '.env'])
    if (existsSync(join(root, file))) process.loadEnvFile(join(root, file));
  // After the settings are there: modules read them when they load.
  const { env } = await import('../src/core/config/env');
  const { startTelemetry } = await import('../src/core/telemetry/otel');
  const { startWorker } = await import('../src/server/worker');
  const stopTelemetry = await startTelemetry(env().OTEL_EXPORTER_OTLP_ENDPOINT);
  const stopWorker = startWorker();
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    // With the database away, what is under way never ends; leases free it for others.
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    await stopWorker();
    await stopTelemetry();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

await main();
