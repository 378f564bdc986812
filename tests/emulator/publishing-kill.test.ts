import type { ProxyFault } from '@tests/support/faulty-proxy';
import {
  ownDatabase,
  type PublishingParts,
  PublishingWorld,
  separateDatabase,
} from '@tests/support/publishing';
import { until } from '@tests/support/until';
import { bundleWorker, WorkerProcess } from '@tests/support/worker-process';

ownDatabase('kill');

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@/core/time/clock';
import type { ReconcileMode } from '@/features/platforms/providers/types';
import type { Run } from '@/features/publishing/schema';
import { TERMINAL_STATUSES } from '@/features/publishing/states';

/** `SOAK_KILLS=500 SOAK_POINTS=all` for the long run. */
const KILLS = Number(process.env.SOAK_KILLS ?? 12);
/** Made before each kill, so that there is always work in hand. */
const POSTS = Number(process.env.SOAK_POSTS ?? 4);
const ALL_POINTS = process.env.SOAK_POINTS === 'all';
const MODES = ['exact', 'eventual', 'none'] as const;

/** Processes at once: each takes a second of a core to start. */
let free = 3;
const queue: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((go) => queue.push(go));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  }
}

const started: { world: PublishingWorld; workers: WorkerProcess[] }[] = [];

async function scenario(name: string): Promise<(typeof started)[number]> {
  const world = await new PublishingWorld(systemClock, separateDatabase(name)).start();
  const one = { world, workers: [] };
  started.push(one);
  return one;
}

beforeAll(bundleWorker);
afterAll(async () => {
  for (const { world, workers } of started) {
    for (const one of workers) {
      one.signal('SIGCONT');
      await one.kill();
    }
    await world.stop();
  }
});

/** Over, or waiting for an answer that a person was asked for. */
function rests(run: Run): boolean {
  return TERMINAL_STATUSES.has(run.status) || (run.status === 'unconfirmed' && run.askedAt !== null);
}

/** What must hold whatever was killed: nothing twice, nothing forgotten, and what is said agrees with what is out. */
function expectOnceOrTold(world: PublishingWorld, run: Run, text: string): void {
  const shown = world.shown(text);
  const facts = JSON.stringify({ run: run.id, status: run.status, shown, error: run.lastError });
  expect(shown, facts).toBeLessThanOrEqual(1);
  expect(['published', 'unconfirmed'], facts).toContain(run.status);
  if (run.status === 'published') expect(shown, facts).toBe(1);
  if (!TERMINAL_STATUSES.has(run.status)) expect(run.nextActionAt, facts).not.toBeNull();
  expect(run.leaseOwner, facts).toBeNull();
  // Only a network that cannot tell, or a post that does not show, leaves a question.
  const mode = world.channels.get(run.connectionId)?.settings.sandboxReconcile;
  if (run.status === 'unconfirmed') expect(['none', 'eventual'], facts).toContain(mode);
}

/** Goes on with what a dead or halted worker left, until the run rests. */
async function rescue(world: PublishingWorld, parts: PublishingParts, runId: string): Promise<Run> {
  return until(
    async () => {
      await parts.dispatcher().sweep(new Date());
      const run = await world.run(runId);
      return run && rests(run) && !run.leaseOwner ? run : null;
    },
    30_000,
    `${runId} at rest`,
  );
}

/** Everywhere a worker stores something or calls somebody. */
const POINTS = ['claim', 'start', 'intent', 'commit', 'result'].flatMap((step) => [
  `${step}.before`,
  `${step}.after`,
]);
const RECOVERY_POINTS = ['reconcile', 'settle'].flatMap((step) => [`${step}.before`, `${step}.after`]);
const DELICATE = new Set(['intent.after', 'commit.before', 'commit.after', 'result.before']);

const cases = [...POINTS, ...RECOVERY_POINTS].flatMap((point, index) =>
  MODES.filter(
    (mode, turn) =>
      // A network that cannot tell is never asked.
      !(mode === 'none' && RECOVERY_POINTS.includes(point)) &&
      (ALL_POINTS ||
        DELICATE.has(point) ||
        (RECOVERY_POINTS.includes(point) ? turn === index % 2 : turn === index % 3)),
  ).map((mode) => ({ point, mode })),
);

describe('a worker killed at a known point', () => {
  async function killedAt(point: string, mode: ReconcileMode): Promise<void> {
    const one = await scenario('point');
    const { world } = one;
    const text = `${point} ${mode}`;
    const fault: ProxyFault[] = RECOVERY_POINTS.includes(point) ? ['accept_then_reset'] : [];
    world.proxy.fault(text, ...fault);
    const parts = world.build();
    const { runIds } = await world.post(parts, { text, channels: [world.channel(mode)] });
    const victim = new WorkerProcess(world, { KILL_AT: `${point}:1` });
    one.workers.push(victim);
    expect(await victim.exited(60_000)).toBe('SIGKILL');
    const run = await rescue(world, parts, runIds[0] ?? '');
    expectOnceOrTold(world, run, text);
    // Before the intent nothing can be in doubt: a post is not put before a person without need.
    const harmless = !DELICATE.has(point) && !RECOVERY_POINTS.includes(point);
    if (harmless) expect(run.status).toBe('published');
  }

  for (const { point, mode } of cases) {
    it.concurrent(`${point}, ${mode}`, { timeout: 240_000 }, () => inTurn(() => killedAt(point, mode)));
  }
});

describe('a worker that stands still past its lease and then goes on', () => {
  for (const { point, mode } of [
    { point: 'commit.before', mode: 'exact' },
    // It knows that it sent nothing, and says so; only then is it sent.
    { point: 'commit.before', mode: 'none' },
    { point: 'commit.after', mode: 'none' },
  ] as const) {
    it.concurrent(
      `${point}, ${mode}: sends nothing late, and an answer it has still counts`,
      {
        timeout: 240_000,
      },
      () => inTurn(() => halted(point, mode)),
    );
  }

  async function halted(point: string, mode: ReconcileMode): Promise<void> {
    const one = await scenario('stop');
    const { world } = one;
    const text = `stopped ${point} ${mode}`;
    const parts = world.build();
    const { runIds } = await world.post(parts, { text, channels: [world.channel(mode)] });
    const victim = new WorkerProcess(world, { STOP_AT: `${point}:1` });
    one.workers.push(victim);
    await victim.said('stopped', 60_000);
    const meanwhile = await rescue(world, parts, runIds[0] ?? '');
    expectOnceOrTold(world, meanwhile, text);
    if (mode === 'none') expect(meanwhile.status).toBe('unconfirmed');
    victim.signal('SIGCONT');
    const run = await until(
      async () => {
        const now = await rescue(world, parts, runIds[0] ?? '');
        return now.status === 'published' ? now : null;
      },
      30_000,
      'the late answer',
    );
    expectOnceOrTold(world, run, text);
    expect(world.proxy.arrivals.filter((call) => call.text === text)).toHaveLength(1);
    await victim.kill();
  }
});

describe('workers killed at random', () => {
  it(`${KILLS} kills: every post once, or a person is asked`, {
    timeout: 60_000 + KILLS * POSTS * 1_000,
  }, async () => {
    const { world, workers } = await scenario('random');
    world.proxy.latency = 120;
    const channels = MODES.flatMap((mode) => [world.channel(mode), world.channel(mode)]);
    const parts = world.build();
    const texts = new Map<string, string>();
    const feed = async (posts: number) => {
      for (let made = 0; made < posts; made += 1) {
        const text = `Killed ${texts.size + 1}`;
        const chosen = channels[texts.size % channels.length];
        if (!chosen) throw new Error('No channel.');
        const { postId } = await world.post(parts, { text, channels: [chosen] });
        texts.set(postId, text);
      }
    };
    for (let count = 0; count < 4; count += 1) workers.push(new WorkerProcess(world));
    await Promise.all(workers.map((one) => one.said('ready')));
    for (let killed = 0; killed < KILLS; killed += 1) {
      await feed(POSTS);
      const victim = killed % workers.length;
      // One that is only starting up does nothing that a kill could interrupt; the others may have left it no work.
      await workers[victim]?.said('working', 2_000).catch(() => undefined);
      await delay(Math.random() * 500);
      await workers[victim]?.kill();
      workers[victim] = new WorkerProcess(world);
    }
    const runs = await until(
      async () => {
        // Reading them all is work that the workers would have to wait for.
        await delay(POSTS * KILLS * 2);
        const all = await world.runs();
        return all.every((run) => rests(run) && !run.leaseOwner) ? all : null;
      },
      60_000 + KILLS * POSTS * 700,
      'every run at rest',
    ).catch(async (cause: unknown) => {
      const open = (await world.runs()).filter((run) => !rests(run) || run.leaseOwner);
      const facts = open.slice(0, 20).map(({ id, status, nextActionAt, leaseOwner, lastError }) => ({
        id,
        status,
        nextActionAt,
        leaseOwner,
        lastError,
      }));
      const said = workers.map((one) => one.output.slice(-2_000)).join('\n');
      throw new Error(`${open.length} runs do not rest: ${JSON.stringify(facts)}\n${said}`, { cause });
    });
    expect(runs).toHaveLength(KILLS * POSTS);
    for (const run of runs) expectOnceOrTold(world, run, texts.get(run.postId) ?? '');
    expect(world.network.posts().length).toBe(new Set(world.network.posts().map((post) => post.text)).size);
    expect(world.proxy.mostOverlap()).toBe(1);
    const asked = runs.filter((run) => run.status === 'unconfirmed').length;
    console.log(
      `${KILLS} kills, ${runs.length} posts, ${runs.length - asked} published, ${asked} put before a person`,
    );
  });
});
