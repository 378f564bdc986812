import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { zipSync } from 'fflate';

const HELP = `Starts the official Firestore and Auth emulators.

  npm run emulators                     start them and keep their data in .emulator-data
  npm run emulators -- --fresh          forget the data of earlier runs first
  npm run emulators -- --offset 20      other ports (each 20 higher), no kept data
  npm run emulators -- -- <command>     start them on free data, run the command, stop, exit with its code
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const PROJECT = 'demo-irisync';

export interface EmulatorEnv extends Record<string, string> {
  FIREBASE_PROJECT_ID: string;
  FIRESTORE_EMULATOR_HOST: string;
  FIREBASE_AUTH_EMULATOR_HOST: string;
  METADATA_SERVER_DETECTION: string;
}

export interface Emulators {
  env: EmulatorEnv;
  stop(): Promise<void>;
}

/** The Firestore emulator is one jar. In this order: named by env, fetched earlier by firebase-tools, part of gcloud, or fetched now. */
function findFirestoreJar(): { jar: string | null; from: string } {
  const named = process.env.FIRESTORE_EMULATOR_BINARY_PATH;
  if (named) return { jar: named, from: 'FIRESTORE_EMULATOR_BINARY_PATH' };
  const cache = process.env.FIREBASE_EMULATORS_PATH ?? join(homedir(), '.cache', 'firebase', 'emulators');
  if (
    existsSync(cache) &&
    readdirSync(cache).some((file) => /^cloud-firestore-emulator-v.*\.jar$/.test(file))
  ) {
    return { jar: null, from: 'the firebase-tools cache' };
  }
  const gcloud = gcloudJar();
  if (gcloud) return { jar: launcherFor(gcloud), from: 'the gcloud component cloud-firestore-emulator' };
  return { jar: null, from: 'a download by firebase-tools (needs the internet once)' };
}

function gcloudJar(): string | null {
  try {
    const bin = realpathSync(execFileSync('sh', ['-c', 'command -v gcloud'], { encoding: 'utf8' }).trim());
    const jar = join(
      dirname(dirname(bin)),
      'platform',
      'cloud-firestore-emulator',
      'cloud-firestore-emulator.jar',
    );
    return existsSync(jar) ? jar : null;
  } catch {
    return null;
  }
}

/** gcloud's jar has no Main-Class; this one-file jar names it and points there, so `java -jar` works. */
function launcherFor(jar: string): string {
  const lines = [
    'Manifest-Version: 1.0',
    'Main-Class: com.google.cloud.datastore.emulator.firestore.CloudFirestore',
    `Class-Path: ${pathToFileURL(jar).href.replace('file:///', 'file:/')}`,
  ];
  const manifest = `${lines.map(wrapManifestLine).join('\r\n')}\r\n\r\n`;
  const launcher = join(root, '.irisync', 'firestore-launcher.jar');
  mkdirSync(dirname(launcher), { recursive: true });
  writeFileSync(launcher, zipSync({ 'META-INF/MANIFEST.MF': new TextEncoder().encode(manifest) }));
  return launcher;
}

/** The jar format ends a line at 72 bytes and continues it after one space. */
function wrapManifestLine(line: string): string {
  const parts = [line.slice(0, 70)];
  for (let at = 70; at < line.length; at += 69) parts.push(` ${line.slice(at, at + 69)}`);
  return parts.join('\r\n');
}

interface Ports {
  auth: number;
  firestore: number;
}

/** The project's own firebase.json for the standard ports; a private copy with shifted ports otherwise. */
function configFor(offset: number): { config: string; ports: Ports } {
  const original = join(root, 'firebase.json');
  const parsed = JSON.parse(readFileSync(original, 'utf8')) as {
    emulators: Record<string, { port?: number; websocketPort?: number }>;
  };
  for (const entry of Object.values(parsed.emulators)) {
    if (typeof entry !== 'object') continue;
    if (entry.port) entry.port += offset;
    if (entry.websocketPort) entry.websocketPort += offset;
  }
  const ports = { auth: parsed.emulators.auth?.port ?? 0, firestore: parsed.emulators.firestore?.port ?? 0 };
  if (offset === 0) return { config: original, ports };
  const folder = join(root, '.irisync', `emulators-${offset}`);
  mkdirSync(folder, { recursive: true });
  for (const file of ['firestore.rules', 'firestore.indexes.json'])
    copyFileSync(join(root, file), join(folder, file));
  writeFileSync(join(folder, 'firebase.json'), JSON.stringify(parsed, null, 2));
  return { config: join(folder, 'firebase.json'), ports };
}

function portOpen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

async function ready(child: ChildProcess, ports: Ports, output: () => string): Promise<void> {
  const until = Date.now() + 120_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) break;
    if (
      /All emulators ready/.test(output()) &&
      (await portOpen(ports.auth)) &&
      (await portOpen(ports.firestore))
    )
      return;
    await new Promise((done) => setTimeout(done, 150));
  }
  child.kill('SIGTERM');
  throw new Error(`The emulators did not start:\n${output().slice(-3000)}`);
}

/**
 * @param options.offset shifts every port, so that several sets can run side by side.
 * @param options.data folder to load at the start and save to at the end; none for throw-away data.
 */
export async function startEmulators(
  options: { offset?: number; data?: string; quiet?: boolean } = {},
): Promise<Emulators> {
  const offset = options.offset ?? 0;
  const { config, ports } = configFor(offset);
  for (const [name, port] of Object.entries(ports)) {
    if (await portOpen(port)) {
      throw new Error(
        `Port ${port} (${name} emulator) is taken. Stop what uses it, or pass --offset 20 for other ports.`,
      );
    }
  }
  const { jar, from } = findFirestoreJar();
  if (!options.quiet) console.log(`Firestore emulator: ${from}`);
  const keep = options.data
    ? [
        '--export-on-exit',
        options.data,
        ...(existsSync(join(options.data, 'firebase-export-metadata.json'))
          ? ['--import', options.data]
          : []),
      ]
    : [];
  const child = spawn(
    join(root, 'node_modules', '.bin', 'firebase'),
    [
      'emulators:start',
      '--only',
      'auth,firestore',
      '--project',
      PROJECT,
      '--config',
      config,
      '--non-interactive',
      ...keep,
    ],
    {
      cwd: dirname(config),
      // The firebase command asks questions when it has a terminal to ask on.
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own group, so that Ctrl-C reaches it once, from us, after the app has stopped.
      detached: true,
      env: {
        ...process.env,
        PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
        ...(jar ? { FIRESTORE_EMULATOR_BINARY_PATH: jar } : {}),
        JAVA_TOOL_OPTIONS: [
          process.env.JAVA_TOOL_OPTIONS,
          '-Xmx2g',
          '-XX:+UseSerialGC',
          '-XX:TieredStopAtLevel=1',
        ]
          .filter(Boolean)
          .join(' '),
      },
    },
  );
  let output = '';
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  await ready(child, ports, () => output);
  return {
    env: {
      FIREBASE_PROJECT_ID: PROJECT,
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${ports.firestore}`,
      FIREBASE_AUTH_EMULATOR_HOST: `127.0.0.1:${ports.auth}`,
      // Google's libraries would otherwise look for a cloud machine's identity, and wait.
      METADATA_SERVER_DETECTION: 'none',
    },
    stop: () => stop(child),
  };
}

/** SIGINT lets firebase-tools save its data; a second, harder signal only if it hangs. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 30_000);
  await gone;
  clearTimeout(timer);
}

async function runCommand(command: string[], env: EmulatorEnv): Promise<number> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
}

async function main(): Promise<void> {
  const split = process.argv.indexOf('--', 2);
  const own = split === -1 ? process.argv.slice(2) : process.argv.slice(2, split);
  const command = split === -1 ? [] : process.argv.slice(split + 1);
  const { values } = parseArgs({
    args: own,
    options: { help: { type: 'boolean' }, fresh: { type: 'boolean' }, offset: { type: 'string' } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const offset = Number(values.offset ?? process.env.EMULATOR_OFFSET ?? 0);
  const data = join(root, '.emulator-data');
  if (values.fresh) rmSync(data, { recursive: true, force: true });
  const keeps = command.length === 0 && offset === 0;
  const emulators = await startEmulators({ offset, ...(keeps ? { data } : {}) });
  const stopOnce = () => emulators.stop();
  if (command.length > 0) {
    process.once('SIGINT', () => void stopOnce().then(() => process.exit(130)));
    const code = await runCommand(command, emulators.env);
    await stopOnce();
    process.exit(code);
  }
  console.log(
    Object.entries(emulators.env)
      .map(([key, value]) => `export ${key}=${value}`)
      .join('\n'),
  );
  await new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await stopOnce();
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) await main();
