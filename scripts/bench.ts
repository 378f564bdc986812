import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchModule, BenchRow } from '../tests/bench/harness';
import { type Emulators, startEmulators } from './emulators';

const HELP = `Measures the product against named baselines and prints a table and JSON.

  npm run bench                        all rows: tests/bench/*.bench.ts
  npm run bench -- --only cache,tokens some files
  npm run bench -- --json out.json     write the JSON there instead of printing it
  npm run bench -- --offset 20         emulators on other ports
  npm run bench -- --check             exit with 1 when a row misses its target
  npm run bench -- --simulate          documents per operation, and what they add up to for 1 k, 100 k and 10 M users
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(root, '.irisync', 'bench');

interface FileResult {
  file: string;
  seconds: number;
  rows: BenchRow[];
  error?: string;
}

/** In the child: runs one file and leaves its rows behind. */
async function runFile(file: string, output: string): Promise<void> {
  const bench = (await import(pathToFileURL(file).href)) as BenchModule;
  writeFileSync(output, JSON.stringify(await bench.run()));
  process.exit(0);
}

/** In the child: counts documents. */
async function runSimulation(output: string): Promise<void> {
  const { describeScale, simulate } = await import('../tests/bench/scale');
  const report = await simulate();
  writeFileSync(output, JSON.stringify(report, null, 2));
  console.log(describeScale(report));
  process.exit(0);
}

async function simulateInChild(offset: number): Promise<number> {
  const emulators = await startEmulators({ offset, quiet: true });
  const output = join(results, 'scale.json');
  try {
    const child = spawn(
      join(root, 'node_modules', '.bin', 'tsx'),
      ['--conditions=react-server', join(root, 'scripts', 'bench.ts'), '--simulate', '--output', output],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, LOG_LEVEL: 'error', ...emulators.env },
      },
    );
    return await new Promise<number>((done) => child.once('exit', (exit) => done(exit ?? 1)));
  } finally {
    await emulators.stop();
  }
}

async function wantsEmulators(file: string): Promise<boolean> {
  return !/^export const emulators = false/m.test(readFileSync(file, 'utf8'));
}

async function measure(file: string, env: Record<string, string>): Promise<FileResult> {
  const name = basename(file, '.bench.ts');
  const output = join(results, `${name}.json`);
  rmSync(output, { force: true });
  const startedAt = Date.now();
  const child = spawn(
    join(root, 'node_modules', '.bin', 'tsx'),
    ['--conditions=react-server', join(root, 'scripts', 'bench.ts'), '--file', file, '--output', output],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production', LOG_LEVEL: 'silent', ...env },
    },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number>((done) => child.once('exit', (exit) => done(exit ?? 1)));
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
  if (code !== 0) return { file: name, seconds, rows: [], error: text.trim().slice(-2_000) };
  return { file: name, seconds, rows: JSON.parse(readFileSync(output, 'utf8')) as BenchRow[] };
}

function table(files: readonly FileResult[]): string {
  const lines = files.flatMap(({ rows }) =>
    rows.map((row) => [
      row.absent ? '–' : row.pass ? '✓' : '✗',
      row.name,
      row.absent ? 'ABSENT' : `${round(row.value)} ${row.unit}`,
      `${row.better === 'higher' ? '≥' : '≤'} ${row.target}`,
      row.absent ??
        Object.entries(row.facts)
          .map(([key, value]) => `${key} ${round(value)}`)
          .join(', '),
    ]),
  );
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}

const round = (value: number) => Math.round(value * 1000) / 1000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      only: { type: 'string' },
      json: { type: 'string' },
      offset: { type: 'string' },
      check: { type: 'boolean' },
      file: { type: 'string' },
      output: { type: 'string' },
      simulate: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.file && values.output) await runFile(values.file, values.output);
  if (values.simulate && values.output) await runSimulation(values.output);
  mkdirSync(results, { recursive: true });
  if (values.simulate) return simulateInChild(Number(values.offset ?? 200));
  const only = values.only?.split(',');
  const files = globSync('tests/bench/*.bench.ts', { cwd: root })
    .filter((file) => !only || only.includes(basename(file, '.bench.ts')))
    .sort()
    .map((file) => join(root, file));
  const needed = (await Promise.all(files.map(wantsEmulators))).some(Boolean);
  const offset = Number(values.offset ?? 200);
  const emulators: Emulators | null = needed ? await startEmulators({ offset, quiet: true }) : null;
  const measured: FileResult[] = [];
  try {
    for (const file of files) measured.push(await measure(file, emulators?.env ?? {}));
  } finally {
    await emulators?.stop();
  }
  const report = {
    startedAt: new Date().toISOString(),
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? '', node: process.version },
    files: measured,
  };
  const json = JSON.stringify(report, null, 2);
  if (values.json) writeFileSync(values.json, json);
  else console.log(json);
  console.log(`\n${table(measured)}\n`);
  for (const { file, error } of measured)
    if (error) console.log(`✗ ${file} could not be measured:\n${error}\n`);
  const missed = measured.some(
    ({ rows, error }) => error || rows.some(({ pass, absent }) => !pass && !absent),
  );
  return values.check && missed ? 1 : 0;
}

process.exitCode = await main();
