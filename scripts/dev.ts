import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseEnv } from '../src/core/config/env';
import { describeSetup } from '../src/core/config/setup';
import { DEMO } from './demo';
import { startEmulators } from './emulators';

const HELP = `Runs everything for the main job on this machine: emulators, demo organisation, worker, app.

  npm run dev                 http://localhost:3000, data kept in .emulator-data
  npm run dev -- --fresh      forget earlier data
  npm run dev -- --port 3001  another port
  npm run dev -- --offset 20  emulators on other ports, data not kept

Settings come from .env.local (see .env.example). None is needed.
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

function start(command: string, args: string[], env: Record<string, string | undefined>): ChildProcess {
  return spawn(bin(command), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
}

const exited = (child: ChildProcess) =>
  new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));

async function answering(url: string, child: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return true;
    await new Promise((done) => setTimeout(done, 200));
  }
  return false;
}

function banner(url: string, env: Record<string, string | undefined>): string {
  const missing = describeSetup(parseEnv(env)).filter((row) => !row.configured);
  const width = Math.max(...missing.map((row) => row.part.length));
  return [
    '',
    `  IriSync is running at ${url}`,
    '',
    `  Demo login      ${DEMO.email}  /  ${DEMO.password}`,
    `  Sandbox feed    ${url}/sandbox/feed   (what the sandbox network has published)`,
    `  API             ${url}/docs/api`,
    `  Health          ${url}/api/health/ready`,
    '',
    '  Not configured here, and how to get it (.env.local):',
    ...missing.map((row) => `    ${row.part.padEnd(width)}  ${row.how}; until then ${row.without}`),
    '',
    '  Ctrl-C stops everything and keeps your data. `npm run dev -- --fresh` starts over.',
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      fresh: { type: 'boolean' },
      port: { type: 'string' },
      offset: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  for (const file of ['.env.local', '.env'])
    if (existsSync(join(root, file))) process.loadEnvFile(join(root, file));
  const port = values.port ?? process.env.PORT ?? '3000';
  const url = `http://localhost:${port}`;
  const offset = Number(values.offset ?? 0);
  const data = join(root, '.emulator-data');
  if (values.fresh) rmSync(data, { recursive: true, force: true });

  console.log('Starting the Firestore and Auth emulators …');
  const emulators = await startEmulators({ offset, ...(offset === 0 ? { data } : {}) });
  const env = {
    ...emulators.env,
    NODE_ENV: 'development',
    APP_URL: url,
    PORT: port,
    WORKER_INLINE: 'true',
    CRON_SECRET: process.env.CRON_SECRET || 'local-development-only',
    LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const children: ChildProcess[] = [];
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping, and saving the emulators’ data …');
    for (const child of children) if (child.exitCode === null) child.kill('SIGTERM');
    await emulators.stop();
    process.exit(code);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));

  console.log('Preparing the demo organisation …');
  // What the demo organisation lived through is no news to anybody: its making sends no mail.
  const seed = start('tsx', ['--conditions=react-server', 'scripts/seed.ts', '--quiet'], {
    ...env,
    SMTP_URL: '',
    MAIL_FROM: '',
  });
  children.push(seed);
  if ((await exited(seed)) !== 0) return stop(1);

  const app = start('next', ['dev', '--port', port], env);
  children.push(app);
  void exited(app).then((code) => stop(code));
  if (await answering(`${url}/api/health`, app)) console.log(banner(url, { ...process.env, ...env }));
}

await main();
