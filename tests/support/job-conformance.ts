import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { ExternalServiceError, NotFoundError, ValidationError } from '@/core/errors';
import { PermanentJobError } from '@/core/jobs/outcome';
import { bundled } from './bundle';
import { LEASE_MS, newAddress, type OpenQueue, openQueue, type QueueAddress } from './job-queues';

const payload = z.object({ n: z.number() });
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const soon = (milliseconds = 8_000) => new Date(Date.now() + milliseconds);

/** What every driver of the job queue must do. `redisUrl` is asked for when a test starts. */
export function jobQueueConformance(driver: QueueAddress['driver'], redisUrl: () => string | null): void {
  const opened: OpenQueue[] = [];
  const children: ChildProcess[] = [];
  let program: string | undefined;
  const open = (address = newAddress(driver, redisUrl())) => {
    const made = openQueue(address);
    opened.push(made);
    return { ...made, address };
  };
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  /** A queue whose `work` job runs a handler and notes every call. */
  const working = (
    handler: (n: number, attempt: number, signal: AbortSignal) => unknown = () => undefined,
    address?: QueueAddress,
  ) => {
    const made = open(address);
    const calls: { n: number; attempt: number; at: number }[] = [];
    made.registry.register(
      'work',
      payload,
      async ({ payload: { n }, attempt, signal }) => {
        calls.push({ n, attempt, at: Date.now() });
        await handler(n, attempt, signal);
      },
      { ownerOf: async ({ n }) => `org_${n}` },
    );
    return { ...made, calls };
  };
  /** Drains until `done` holds: retries and parked jobs come due a little later. */
  const drainUntil = async (queue: OpenQueue['queue'], done: () => boolean | Promise<boolean>) => {
    for (let tries = 0; tries < 200 && !(await done()); tries += 1) {
      await queue.drain({ until: soon() });
      await pause(30);
    }
    expect(await done()).toBe(true);
  };

  it('runs a job once, with its payload', async () => {
    const { queue, calls } = working();
    const ticket = await queue.enqueue({ type: 'work', payload: { n: 7 } });
    expect(ticket.created).toBe(true);
    expect(await queue.drain({ until: soon() })).toEqual({ done: 1, retried: 0, dead: 0 });
    expect(await queue.drain({ until: soon() })).toEqual({ done: 0, retried: 0, dead: 0 });
    expect(calls).toMatchObject([{ n: 7, attempt: 1 }]);
  });

  it('refuses a payload that the job cannot take, and an unknown job', async () => {
    const { queue } = working();
    await expect(queue.enqueue({ type: 'work', payload: { n: 'x' } })).rejects.toThrow(ValidationError);
    await expect(queue.enqueue({ type: 'other', payload: {} })).rejects.toThrow(/other/);
    expect((await queue.stats()).due).toBe(0);
  });

  it('does not run a job before its time', async () => {
    const { queue, calls } = working();
    const runAt = soon(600);
    await queue.enqueue({ type: 'work', payload: { n: 1 }, runAt });
    await queue.drain({ until: soon() });
    expect(calls).toEqual([]);
    await drainUntil(queue, () => calls.length === 1);
    expect(calls[0]?.at).toBeGreaterThanOrEqual(runAt.getTime());
  });

  it('tries again with back-off, then succeeds', async () => {
    const { queue, calls } = working((_n, attempt) => {
      if (attempt < 3) throw new Error('not yet');
    });
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await drainUntil(queue, () => calls.length === 3);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const [first = 0, second = 0, third = 0] = calls.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(20);
    expect(third - second).toBeGreaterThanOrEqual(40);
  });

  it('waits as long as a vendor asks', async () => {
    const { queue, calls } = working((_n, attempt) => {
      if (attempt > 1) return;
      const failure = { provider: 'acme', kind: 'rate_limit', retryable: true, retryAfterMs: 500 } as const;
      throw new ExternalServiceError('slow down', failure);
    });
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await drainUntil(queue, () => calls.length === 2);
    expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(500);
  });

  it('buries a job after its last try, with the reason, and replays it with all its tries', async () => {
    let broken = true;
    const { queue, calls, deadLetters } = working(() => {
      if (broken) throw new Error('the disk is full');
    });
    const { jobId } = await queue.enqueue({ type: 'work', payload: { n: 4 }, maxAttempts: 2 });
    await drainUntil(queue, async () => (await queue.stats()).dead === 1);
    expect(calls).toHaveLength(2);
    const { items } = await deadLetters.page({ limit: 10 });
    expect(items).toMatchObject([
      {
        id: jobId,
        type: 'work',
        payload: '{"n":4}',
        attempts: 2,
        error: { message: 'the disk is full' },
        status: 'open',
        organizationId: 'org_4',
      },
    ]);

    await queue.replay(jobId);
    await drainUntil(queue, async () => (await queue.stats()).dead === 1);
    expect(calls).toHaveLength(4);

    broken = false;
    await queue.replay(jobId);
    await drainUntil(queue, () => calls.length === 5);
    expect(await queue.stats()).toMatchObject({ dead: 0 });
    await expect(queue.replay(jobId)).rejects.toThrow(/replayed already/);
    await expect(queue.replay('nothing')).rejects.toThrow(NotFoundError);
  });

  it.each([
    ['a handler’s final word', new PermanentJobError('never')],
    [
      'a vendor’s final no',
      new ExternalServiceError('no', { provider: 'acme', kind: 'invalid_request', retryable: false }),
    ],
  ])('buries at once on %s', async (_name, error) => {
    const { queue, calls } = working(() => {
      throw error;
    });
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await drainUntil(queue, async () => (await queue.stats()).dead === 1);
    expect(calls).toHaveLength(1);
  });

  it('buries a payload that no longer fits at once, and goes on with the next job', async () => {
    const { queue, address } = working();
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    // The next release of the program wants another payload.
    const next = open(address);
    const ran: string[] = [];
    next.registry.register('work', z.object({ name: z.string() }), async () => void ran.push('work'));
    next.registry.register('fine', payload, async () => void ran.push('fine'));
    await next.queue.enqueue({ type: 'fine', payload: { n: 1 } });
    await drainUntil(next.queue, async () => ran.length === 1 && (await next.queue.stats()).dead === 1);
    expect(ran).toEqual(['fine']);
  });

  it('leaves jobs of types it does not know to others', async () => {
    const { queue, calls, address } = working();
    const other = open(address);
    const ran: number[] = [];
    other.registry.register('theirs', payload, async ({ payload: { n } }) => void ran.push(n));
    await other.queue.enqueue({ type: 'theirs', payload: { n: 1 } });
    await queue.enqueue({ type: 'work', payload: { n: 2 } });
    await queue.drain({ until: soon() });
    expect(calls).toHaveLength(1);
    await drainUntil(other.queue, () => ran.length === 1);
    expect((await other.queue.stats()).dead).toBe(0);
  }, 20_000);

  it('runs once what was enqueued twice under one key, also when the second comes after the end', async () => {
    const { queue, calls } = working();
    const request = { type: 'work', payload: { n: 1 }, idempotencyKey: 'post/1:2' };
    const tickets = await Promise.all(Array.from({ length: 5 }, () => queue.enqueue(request)));
    expect(new Set(tickets.map(({ jobId }) => jobId)).size).toBe(1);
    await queue.drain({ until: soon() });
    expect((await queue.enqueue(request)).created).toBe(false);
    await queue.drain({ until: soon() });
    await queue.enqueue({ ...request, idempotencyKey: 'another' });
    await queue.drain({ until: soon() });
    expect(calls).toHaveLength(2);
  });

  it('enqueues in a transaction only when that commits', async () => {
    const { queue, calls, db } = working();
    await expect(
      db.run(async (tx) => {
        await queue.enqueueIn(tx, { type: 'work', payload: { n: 1 } });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    const request = { type: 'work', payload: { n: 2 }, idempotencyKey: 'in a transaction' };
    await db.run((tx) => queue.enqueueIn(tx, request));
    await db.run((tx) => queue.enqueueIn(tx, request));
    await drainUntil(queue, () => calls.length > 0);
    await queue.drain({ until: soon() });
    expect(calls.map(({ n }) => n)).toEqual([2]);
  });

  it('never runs two jobs of one concurrency key at once, over several processes; others run side by side', async () => {
    const running = new Map<string, number>();
    let overlap = 0;
    let side = 0;
    const keyOf = (n: number) => (n < 10 ? 'same' : 'free');
    const handler = async (n: number) => {
      const key = keyOf(n);
      const count = (running.get(key) ?? 0) + 1;
      running.set(key, count);
      if (key === 'same') overlap = Math.max(overlap, count);
      else side = Math.max(side, count);
      await pause(40);
      running.set(key, count - 1);
    };
    const one = working(handler);
    const two = working(handler, one.address);
    for (let n = 0; n < 8; n += 1) {
      await one.queue.enqueue({ type: 'work', payload: { n }, concurrencyKey: 'account: 1 {x}' });
      await one.queue.enqueue({ type: 'work', payload: { n: n + 10 } });
    }
    for (const { queue } of [one, two]) queue.start({ concurrency: 8 });
    await expect.poll(() => one.calls.length + two.calls.length, { timeout: 15_000 }).toBe(16);
    expect(overlap).toBe(1);
    expect(side).toBeGreaterThan(1);
  }, 20_000);

  it('two who drain at once share the work and do nothing twice', async () => {
    const one = working(() => pause(5));
    const two = working(() => pause(5), one.address);
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => one.queue.enqueue({ type: 'work', payload: { n } })),
    );
    await Promise.all([one, two].map(({ queue }) => queue.drain({ until: soon() })));
    await drainUntil(one.queue, () => one.calls.length + two.calls.length >= 40);
    const all = [...one.calls, ...two.calls].map(({ n }) => n).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('a worker runs what comes, soon after it is enqueued, and stops only when its jobs are done', async () => {
    const { queue, calls } = working(() => pause(200));
    queue.start({ concurrency: 4 });
    await pause(100);
    const enqueuedAt = Date.now();
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await expect.poll(() => calls.length, { timeout: 2_000, interval: 5 }).toBe(1);
    expect((calls[0]?.at ?? Number.POSITIVE_INFINITY) - enqueuedAt).toBeLessThan(1_000);
    const stoppedAt = Date.now();
    await queue.stop();
    expect(Date.now() - stoppedAt).toBeGreaterThanOrEqual(50);
    expect((await queue.stats()).due).toBe(0);
  });

  it('a drain begins nothing after its time', async () => {
    const { queue, calls } = working();
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await queue.drain({ until: new Date(Date.now() - 1) });
    expect(calls).toEqual([]);
    expect((await queue.stats()).due).toBe(1);
  });

  it('counts what is due and how long it waits', async () => {
    const { queue } = working();
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await queue.enqueue({ type: 'work', payload: { n: 2 }, runAt: soon(60_000) });
    await pause(120);
    const { due, oldestSeconds } = await queue.stats();
    expect(due).toBe(1);
    expect(oldestSeconds).toBeGreaterThan(0.1);
    expect(oldestSeconds).toBeLessThan(10);
  });

  /** Starts a real worker process that takes one job and hangs in it. */
  const hangingWorker = async (address: QueueAddress) => {
    program ??= await bundled('tests/support/job-child.ts');
    const child = spawn(process.execPath, ['--conditions=react-server', program, JSON.stringify(address)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await expect.poll(() => output, { timeout: 15_000 }).toContain('RUNNING');
    return child;
  };
  const crashing = (address?: QueueAddress) => {
    const made = open(address);
    const attempts: number[] = [];
    made.registry.register('crashes', payload, async ({ attempt }) => void attempts.push(attempt));
    return { ...made, attempts };
  };

  it('gives the job of a process killed with -9 to another once its lease is over, not before', async () => {
    const { queue, attempts, address } = crashing();
    await queue.enqueue({ type: 'crashes', payload: { n: 1 }, concurrencyKey: 'held' });
    const child = await hangingWorker(address);
    // It is alive and renews: nobody else may have the job, however long it takes.
    await pause(LEASE_MS * 2);
    await queue.drain({ until: soon(500) });
    expect(attempts).toEqual([]);
    child.kill('SIGKILL');
    queue.start();
    await expect.poll(() => attempts, { timeout: 15_000 }).toEqual([2]);
  }, 40_000);

  it('buries a job that kills its process on every try', async () => {
    const { queue, attempts, address } = crashing();
    await queue.enqueue({ type: 'crashes', payload: { n: 1 }, maxAttempts: 1 });
    (await hangingWorker(address)).kill('SIGKILL');
    queue.start();
    await expect.poll(async () => (await queue.stats()).dead, { timeout: 15_000 }).toBe(1);
    expect(attempts).toEqual([]);
  }, 40_000);
}
