import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Emulators, startEmulators } from './emulators';

const HELP = `Runs every check: lint, types, import rules, unused code, unit, property, contract, emulator, rules and browser tests.

  npm test                      all of it, on one emulator start and one build
  npm test -- --only unit,e2e   some stages: ${['static', 'unit', 'contract', 'emulator', 'e2e'].join(', ')}
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const reports = join(root, '.irisync', 'reports');
const ci = process.env.CI === 'true';

interface Outcome {
  stage: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
}

interface RunOptions {
  env?: Record<string, string>;
  /** Where the test runner leaves its JSON counts; without it the command is one check. */
  report?: string;
}

/** Runs a command with its output held back; shows it when it fails, so that parallel stages stay readable. */
async function run(stage: string, command: string[], options: RunOptions = {}): Promise<Outcome> {
  const started = Date.now();
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Hundreds of processes load the same packages: each is compiled once.
      NODE_COMPILE_CACHE: join(root, '.irisync', 'compiled'),
      ...{ FORCE_COLOR: '0', NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
      ...options.env,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number>((done) => child.once('exit', (exit) => done(exit ?? 1)));
  const counts = options.report ? countsOf(options.report) : null;
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  // A runner that dies before its report, or fails outside any test, still counts as one failure.
  const failed = counts ? Math.max(counts.failed, code === 0 ? 0 : 1) : code === 0 ? 0 : 1;
  const outcome = {
    stage,
    passed: counts?.passed ?? (code === 0 ? 1 : 0),
    failed,
    skipped: counts?.skipped ?? 0,
    seconds,
  };
  if (failed > 0) console.log(`\n──── ${stage} failed ────\n${output.trimEnd().slice(-20_000)}\n`);
  const skippedText = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : '';
  console.log(
    `${failed > 0 ? '✗' : '✓'} ${stage}: ${outcome.passed} passed, ${failed} failed${skippedText} (${seconds} s)`,
  );
  for (const line of output.split('\n')) {
    if (line.startsWith('ABSENT: ')) console.log(`  ${line}`);
    if (line.includes('(retry x')) console.log(`  SECOND TRY: ${line.trim()}`);
  }
  return outcome;
}

function countsOf(path: string): { passed: number; failed: number; skipped: number } | null {
  if (!existsSync(path)) return null;
  const report = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  if ('numPassedTests' in report) {
    const vitest = report as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numTodoTests: number;
    };
    return {
      passed: vitest.numPassedTests,
      failed: vitest.numFailedTests,
      skipped: vitest.numPendingTests + vitest.numTodoTests,
    };
  }
  const { stats } = report as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  };
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
}

const vitest = (stage: string, projects: string[], env: Record<string, string> = {}, workers = 2) => {
  const report = join(reports, `${stage}.json`);
  rmSync(report, { force: true });
  const command = [
    bin('vitest'),
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    `--maxWorkers=${workers}`,
    '--reporter=default',
    '--reporter=json',
  ];
  return run(stage, [...command, `--outputFile.json=${report}`], { env, report });
};

async function staticChecks(): Promise<Outcome[]> {
  const generated = await run('types', [bin('next'), 'typegen']);
  const types = generated.failed > 0 ? [] : [run('types', [bin('tsc'), '--noEmit'])];
  const others = [
    await run('lint', [bin('biome'), 'check']),
    await run('import rules', [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src']),
    await run('unused code', [bin('knip')]),
  ];
  return [generated, ...(await Promise.all(types)), ...others];
}

async function browserTests(emulators: Emulators): Promise<Outcome> {
  const report = join(reports, 'e2e.json');
  rmSync(report, { force: true });
  const env = { ...emulators.env, MEDIA_DIR: '.irisync/e2e-media', LOG_LEVEL: 'error' };
  const seeded = await run('seed', [bin('tsx'), '--conditions=react-server', 'scripts/seed.ts'], { env });
  if (seeded.failed > 0) return seeded;
  return run('browser', [bin('playwright'), 'test'], {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    report,
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, only: { type: 'string' } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const only = values.only?.split(',');
  const wants = (stage: string) => !only || only.includes(stage);
  mkdirSync(reports, { recursive: true });
  const outcomes: Outcome[] = [];
  if (wants('static')) outcomes.push(...(await staticChecks()));
  // Two cores: the build runs beside the unit tests, the emulator start beside both.
  const build = wants('e2e')
    ? run('build', [bin('next'), 'build'], { env: { NODE_ENV: 'production' } })
    : null;
  if (wants('unit')) outcomes.push(await vitest('unit', ['unit']));
  if (wants('contract')) outcomes.push(await vitest('contract', ['contract']));
  const built = await build;
  if (built) outcomes.push(built);
  if (wants('emulator') || wants('e2e')) {
    const emulators = await startEmulators({
      offset: Number(process.env.EMULATOR_OFFSET ?? 100),
      quiet: true,
    });
    try {
      rmSync(join(root, '.irisync', 'queries'), { recursive: true, force: true });
      // They wait for the emulator half of their time: a third one uses it.
      if (wants('emulator'))
        outcomes.push(await vitest('emulator', ['emulator', 'rules', 'emulator-alone'], emulators.env, 3));
      if (built && built.failed === 0) outcomes.push(await browserTests(emulators));
      if (!only) outcomes.push(await run('indexes', [bin('tsx'), 'scripts/indexes.ts']));
    } finally {
      await emulators.stop();
    }
  }
  return verdict(outcomes);
}

function verdict(outcomes: Outcome[]): number {
  const sum = (pick: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const skipped = sum((outcome) => outcome.skipped);
  const failed = sum((outcome) => outcome.failed) + (ci && skipped > 0 ? skipped : 0);
  if (ci && skipped > 0) console.log(`${skipped} test(s) were skipped; in CI every one must run.`);
  console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
