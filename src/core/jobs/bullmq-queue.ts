import 'server-only';
import { DelayedError, type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import type { RedisLink } from '@/core/cache/redis';
import type { Tx } from '@/core/db/db';
import { ServiceUnavailableError } from '@/core/errors';
import { currentContext } from '@/core/http/context';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { DeadLetterStore } from './dead-letters';
import { isKeyed, jobIdOf } from './job-id';
import type {
  DrainOptions,
  DrainReport,
  JobQueue,
  JobRequest,
  JobTicket,
  QueueStats,
  WorkerOptions,
} from './job-queue';
import { KeySlots } from './key-slots';
import { jobDelayMs, PermanentJobError } from './outcome';
import { type JobOutcome, type JobRegistry, UNKNOWN_TYPE_MS } from './registry';

interface JobData {
  payload: string;
  maxAttempts: number;
  concurrencyKey: string | null;
  requestId: string | null;
  enqueuedAt: number;
}

export interface BullmqQueueDeps {
  /** For the slots of concurrency keys; its address is also the queue's. */
  redis: RedisLink;
  registry: JobRegistry;
  deadLetters: DeadLetterStore;
  ids: Ids;
  /** Takes what Redis cannot take just now; drained with this one. */
  fallback?: JobQueue;
  random?: () => number;
  prefix?: string;
  /** How long a process that died keeps its job. A living one renews. */
  leaseMs?: number;
  retryBaseMs?: number;
}

const QUEUE = 'jobs';
const WEEK_SECONDS = 7 * 24 * 3600;
/** A job that waits for its key is woken by whoever holds it; this is for the case that the holder died. */
const MAX_PARKED_MS = 5_000;
const ADD_MS = 2_000;
const IDLE_POLL_MS = 60;
const FALLBACK_EVERY_MS = 30_000;
/** Crashes are counted by us against the job's own tries; BullMQ's own limit must not come first. */
const NO_STALL_LIMIT = 1_000;

/** The queue for several machines: BullMQ on Redis. https://docs.bullmq.io */
export class BullmqJobQueue implements JobQueue {
  readonly driver = 'bullmq' as const;
  readonly #deps: Required<Omit<BullmqQueueDeps, 'fallback'>> & Pick<BullmqQueueDeps, 'fallback'>;
  readonly #queue: Queue<JobData>;
  readonly #slots: KeySlots;
  #worker: Worker<JobData> | undefined;
  #fallbackTimer: NodeJS.Timeout | undefined;

  constructor(deps: BullmqQueueDeps) {
    this.#deps = { random: Math.random, prefix: '{irisync}', leaseMs: 60_000, retryBaseMs: 1_000, ...deps };
    this.#slots = new KeySlots(
      deps.redis,
      `${this.#deps.prefix.replaceAll(/[{}]/g, '')}:slots`,
      this.#deps.leaseMs,
    );
    this.#queue = new Queue(QUEUE, {
      prefix: this.#deps.prefix,
      connection: { url: deps.redis.url, maxRetriesPerRequest: 1 },
    });
    this.#queue.on('error', (error) => logger.debug({ err: error }, 'the job queue lost Redis'));
  }

  async enqueue(request: JobRequest): Promise<JobTicket> {
    const { payload, maxAttempts } = this.#deps.registry.accept(request);
    const jobId = jobIdOf(request, this.#deps.ids);
    const keyed = isKeyed(jobId);
    const data = {
      payload,
      maxAttempts,
      concurrencyKey: request.concurrencyKey ?? null,
      requestId: currentContext()?.requestId ?? null,
      enqueuedAt: Date.now(),
    };
    const added = await inTime(ADD_MS, async () => {
      const known = keyed ? await this.#queue.getJob(jobId) : undefined;
      if (!known) await this.#add(request.type, jobId, data, request.runAt);
      return { jobId, created: !known };
    });
    if (added) return added;
    if (this.#deps.fallback) return this.#deps.fallback.enqueue(request);
    throw new ServiceUnavailableError('The job queue does not answer. Try again in a moment.');
  }

  async enqueueIn(tx: Tx, request: JobRequest): Promise<JobTicket> {
    this.#deps.registry.accept(request);
    // A key of its own, so that the ticket can name the job before it is there.
    const keyed = { ...request, idempotencyKey: request.idempotencyKey ?? this.#deps.ids.next('once') };
    tx.afterCommit(() => {
      this.enqueue(keyed).catch((error: unknown) => {
        // The domain document says that it is due; the sweep finds it.
        logger.error({ err: error, job: request.type }, 'a job could not be enqueued after its transaction');
      });
    });
    return { jobId: jobIdOf(keyed, this.#deps.ids), created: true };
  }

  async drain(options: DrainOptions): Promise<DrainReport> {
    const report: DrainReport = { done: 0, retried: 0, dead: 0 };
    if (Date.now() >= options.until.getTime()) return report;
    // A worker that is begun while Redis is away can neither work nor end.
    if ((await this.#deps.redis.ping()) !== undefined) {
      await this.#drainRedis(options, report);
      await inTime(ADD_MS, () => this.#buryForgotten());
    }
    const rest = await this.#deps.fallback?.drain(options);
    if (rest) for (const key of ['done', 'retried', 'dead'] as const) report[key] += rest[key];
    return report;
  }

  async #drainRedis(options: DrainOptions, report: DrainReport): Promise<void> {
    const { until, limit = 100, concurrency = 8 } = options;
    let begun = 0;
    let active = 0;
    const worker = this.#makeWorker(Math.min(concurrency, limit), async (job, token, signal) => {
      begun += 1;
      active += 1;
      if (begun >= limit) void worker.pause(true);
      try {
        await this.#attempt(job, token, signal, report);
      } finally {
        active -= 1;
      }
    });
    const ready = await inTime(ADD_MS, () => worker.waitUntilReady().then(() => true));
    for (let idle = 0; ready && idle < 3 && begun < limit && Date.now() < until.getTime(); ) {
      await pause(IDLE_POLL_MS);
      const waiting = await inTime(ADD_MS, () => this.#queue.getJobCountByTypes('wait', 'prioritized'));
      if (waiting === undefined) break;
      idle = waiting === 0 && active === 0 ? idle + 1 : 0;
    }
    await inTime(ADD_MS, () => worker.pause(true));
    while (active > 0) await pause(IDLE_POLL_MS);
    await closed(worker);
  }

  start({ concurrency = 16 }: WorkerOptions = {}): void {
    if (this.#worker) return;
    const report: DrainReport = { done: 0, retried: 0, dead: 0 };
    this.#worker = this.#makeWorker(concurrency, (job, token, signal) =>
      this.#attempt(job, token, signal, report),
    );
    const { fallback } = this.#deps;
    if (!fallback) return;
    this.#fallbackTimer = setInterval(() => {
      fallback
        .drain({ until: new Date(Date.now() + FALLBACK_EVERY_MS) })
        .catch((error: unknown) => logger.error({ err: error }, 'the fallback queue could not be drained'));
    }, FALLBACK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#fallbackTimer);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker) await closed(worker, this.#deps.redis.ready);
  }

  /** Ends the connections; for the end of the process. */
  async close(): Promise<void> {
    await this.stop();
    await inTime(ADD_MS, () => this.#queue.close());
  }

  async stats(): Promise<QueueStats> {
    const dead = await this.#deps.deadLetters.count();
    const found = await inTime(ADD_MS, async () => {
      const due = await this.#queue.getJobCountByTypes('wait', 'prioritized');
      const [oldest] = await this.#queue.getJobs(['wait'], 0, 0, true);
      return { due, oldestSeconds: oldest ? (Date.now() - oldest.timestamp) / 1000 : 0 };
    });
    if (!found) throw new ServiceUnavailableError('The job queue does not answer.');
    return { ...found, dead };
  }

  async replay(deadLetterId: string): Promise<void> {
    const letter = await this.#deps.deadLetters.open(deadLetterId);
    const known = await this.#queue.getJob(deadLetterId);
    // Anything but a failed job under this id was replayed before and only its letter is still open.
    if (known && (await known.isFailed())) await known.remove();
    const { payload, maxAttempts, concurrencyKey, enqueuedAt } = letter;
    const data = { payload, maxAttempts, concurrencyKey, requestId: null, enqueuedAt: enqueuedAt.getTime() };
    await this.#add(letter.type, deadLetterId, data, undefined);
    await this.#deps.deadLetters.close(deadLetterId, 'replayed');
  }

  async #add(type: string, jobId: string, data: JobData, runAt: Date | undefined): Promise<void> {
    await this.#queue.add(type, data, {
      jobId,
      delay: runAt ? Math.max(0, runAt.getTime() - Date.now()) : 0,
      attempts: data.maxAttempts,
      backoff: { type: 'custom' },
      // A keyed job stays as long as its key must be known.
      removeOnComplete: isKeyed(jobId) ? { age: WEEK_SECONDS } : true,
      removeOnFail: { age: 4 * WEEK_SECONDS },
    });
  }

  #makeWorker(
    concurrency: number,
    processor: (job: Job<JobData>, token: string, signal: AbortSignal) => Promise<void>,
  ): Worker<JobData> {
    const { leaseMs, prefix, redis, random, retryBaseMs } = this.#deps;
    const worker = new Worker<JobData>(
      QUEUE,
      (job, token = '', signal = new AbortController().signal) =>
        processor(job, token, signal as AbortSignal),
      {
        prefix,
        concurrency,
        connection: { url: redis.url, maxRetriesPerRequest: null },
        lockDuration: leaseMs,
        stalledInterval: Math.max(250, leaseMs / 2),
        maxStalledCount: NO_STALL_LIMIT,
        drainDelay: 1,
        settings: {
          backoffStrategy: (attemptsMade, _type, error) =>
            jobDelayMs(error, attemptsMade, random, retryBaseMs),
        },
      },
    );
    worker.on('error', (error) => logger.debug({ err: error }, 'the worker lost Redis'));
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) worker.cancelJob(jobId, 'The lease was lost.');
    });
    return worker;
  }

  /** One try. BullMQ takes what is thrown: its own DelayedError parks, Unrecoverable ends, all else schedules a retry. */
  async #attempt(job: Job<JobData>, token: string, signal: AbortSignal, report: DrainReport): Promise<void> {
    if (!this.#deps.registry.knows(job.name) && Date.now() - job.timestamp < UNKNOWN_TYPE_MS) {
      await job.moveToDelayed(Date.now() + Math.min(MAX_PARKED_MS, this.#deps.leaseMs), token);
      throw new DelayedError();
    }
    const key = job.data.concurrencyKey;
    const owner = `${job.id}:${token}`;
    if (key !== null && !(await this.#slots.take(key, owner, job.id ?? ''))) {
      await job.moveToDelayed(Date.now() + Math.min(MAX_PARKED_MS, this.#deps.leaseMs), token);
      throw new DelayedError();
    }
    const heartbeat =
      key === null
        ? undefined
        : setInterval(() => void this.#slots.renew(key, owner), this.#deps.leaseMs / 3);
    try {
      await this.#run(job, signal, report);
    } finally {
      clearInterval(heartbeat);
      if (key !== null) await this.#wakeNext(await this.#slots.release(key, owner));
    }
  }

  async #run(job: Job<JobData>, signal: AbortSignal, report: DrainReport): Promise<void> {
    // Crashes count: a job that kills its process uses up its tries like any other.
    const attempt = job.attemptsMade + job.stalledCounter + 1;
    const { payload, maxAttempts, requestId, enqueuedAt } = job.data;
    const outcome: JobOutcome =
      attempt > maxAttempts
        ? { kind: 'dead', error: new PermanentJobError('Every try ended with its process.') }
        : await this.#deps.registry.run({
            ...{ jobId: job.id ?? '', type: job.name, payload, attempt, maxAttempts, requestId, signal },
            enqueuedAt: new Date(enqueuedAt),
          });
    if (outcome.kind === 'done') {
      report.done += 1;
      return;
    }
    if (outcome.kind === 'retry') {
      report.retried += 1;
      throw outcome.error;
    }
    await this.#bury(job, Math.min(attempt, maxAttempts), outcome.error);
    report.dead += 1;
    throw new UnrecoverableError(
      outcome.error instanceof Error ? outcome.error.message : String(outcome.error),
    );
  }

  async #bury(job: Job<JobData>, attempts: number, error: unknown): Promise<void> {
    const { payload, maxAttempts, concurrencyKey, enqueuedAt } = job.data;
    const organizationId = await this.#deps.registry.ownerOf(job.name, payload);
    await this.#deps.deadLetters.bury(
      {
        ...{ jobId: job.id ?? '', type: job.name, payload, maxAttempts, concurrencyKey, attempts },
        enqueuedAt: new Date(enqueuedAt),
        organizationId,
      },
      error,
    );
  }

  async #wakeNext(jobId: string | null): Promise<void> {
    if (!jobId) return;
    try {
      await (await this.#queue.getJob(jobId))?.promote();
    } catch (error) {
      // It is not parked any more, or Redis is away: it wakes by itself.
      logger.debug({ err: error, jobId }, 'a parked job was not woken');
    }
  }

  /** Jobs that failed without their letter being written, because Firestore was away or the process died in between. */
  async #buryForgotten(): Promise<void> {
    for (const job of await this.#queue.getFailed(0, 99)) {
      const jobId = job.id ?? '';
      if (await this.#deps.deadLetters.knows(jobId, new Date(job.finishedOn ?? Date.now()))) continue;
      await this.#bury(job, job.attemptsMade, new Error(job.failedReason || 'It failed.'));
    }
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for what a worker has under way, but not for a Redis that is away: leases free what it held. */
async function closed(worker: Worker<JobData>, patient = false): Promise<void> {
  if (patient) await worker.close();
  else await inTime(ADD_MS, () => worker.close());
}

/** Undefined when it does not come in time or fails. */
async function inTime<T>(milliseconds: number, run: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    logger.warn({ err: error }, 'Redis refused a command of the job queue');
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
