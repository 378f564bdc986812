import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import { type Db, isAlreadyExists, type Tx } from '@/core/db/db';
import { afterResponse } from '@/core/http/after';
import type { Ids } from '@/core/ids';
import { LeasedDocument } from '@/core/locks/lease';
import type { Lock, LockService } from '@/core/locks/locks';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { DeadLetterStore } from './dead-letters';
import { type JobDoc, jobModel, newJobDocument, readJob, type JobSnapshot as Snapshot } from './job-document';
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
import { describeFailure, jobDelayMs, PermanentJobError } from './outcome';
import { type JobOutcome, type JobRegistry, UNKNOWN_TYPE_MS } from './registry';

export interface FirestoreQueueDeps {
  db: Db;
  registry: JobRegistry;
  locks: LockService;
  deadLetters: DeadLetterStore;
  clock: Clock;
  ids: Ids;
  random?: () => number;
  /** How long a process that died keeps its job. A living one renews. */
  leaseMs?: number;
  /** First back-off; tests shorten it. */
  retryBaseMs?: number;
  /** How often an idle worker looks. */
  pollMs?: number;
  /** Run what is due right after it was enqueued, in this process. */
  kick?: boolean;
}

const KEEP_MS = 24 * 3600_000;
const KEEP_KEYED_MS = 7 * KEEP_MS;
const PAGE = 50;
/** Pages looked through for jobs whose concurrency key is free. */
const MAX_PAGES = 10;
const KICK_MS = 20_000;
const KICK_LIMIT = 25;
/** A key that another process holds is not asked for again at once. */
const BUSY_KEY_MS = 1_000;

/** The embedded queue: jobs are documents, claimed by a lease that only one process can take. */
export class FirestoreJobQueue implements JobQueue {
  readonly driver = 'firestore' as const;
  readonly #deps: Required<FirestoreQueueDeps>;
  readonly #activeJobs = new Set<string>();
  readonly #activeKeys = new Set<string>();
  readonly #busyKeys = new Map<string, number>();
  #worker: { stopping: boolean; ended: Promise<unknown> } | undefined;
  #wake: () => void = () => undefined;
  /** Something was enqueued since the worker last looked. */
  #woken = false;
  #kicked: 'no' | 'running' | 'again' = 'no';

  constructor(deps: FirestoreQueueDeps) {
    this.#deps = {
      random: Math.random,
      leaseMs: 60_000,
      retryBaseMs: 1_000,
      pollMs: 1_000,
      kick: false,
      ...deps,
    };
  }

  async enqueue(request: JobRequest): Promise<JobTicket> {
    const { jobId, fields } = this.#prepare(request);
    try {
      await this.#deps.db.create(this.#ref(jobId), fields);
    } catch (error) {
      if (isAlreadyExists(error)) return { jobId, created: false };
      throw error;
    }
    this.#stir(request);
    return { jobId, created: true };
  }

  async enqueueIn(tx: Tx, request: JobRequest): Promise<JobTicket> {
    const { jobId, fields } = this.#prepare(request);
    if (request.idempotencyKey !== undefined && (await tx.get(this.#ref(jobId))))
      return { jobId, created: false };
    tx.create(this.#ref(jobId), fields);
    tx.afterCommit(() => this.#stir(request));
    return { jobId, created: true };
  }

  drain({ until, limit = 100, concurrency = 8 }: DrainOptions): Promise<DrainReport> {
    const open = () => this.#deps.clock.now() < until;
    return this.#pump({ open, limit, concurrency, waitWhenIdle: false });
  }

  start({ concurrency = 16 }: WorkerOptions = {}): void {
    if (this.#worker) return;
    const worker = { stopping: false, ended: Promise.resolve() as Promise<unknown> };
    this.#worker = worker;
    const open = () => !worker.stopping;
    worker.ended = this.#pump({ open, limit: Number.POSITIVE_INFINITY, concurrency, waitWhenIdle: true });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    worker.stopping = true;
    this.#wake();
    await worker.ended;
    this.#worker = undefined;
  }

  async stats(): Promise<QueueStats> {
    const now = this.#deps.clock.now();
    const due = this.#deps.db.collection(jobModel).where('nextActionAt', '<=', now);
    const [count, oldest, dead] = await Promise.all([
      this.#deps.db.count(due),
      this.#deps.db.first(due.orderBy('nextActionAt')),
      this.#deps.deadLetters.count(),
    ]);
    const since = oldest?.nextActionAt?.getTime() ?? now.getTime();
    return { due: count, oldestSeconds: (now.getTime() - since) / 1000, dead };
  }

  async replay(deadLetterId: string): Promise<void> {
    const { db, deadLetters, clock } = this.#deps;
    await db.run(async (tx) => {
      const letter = await deadLetters.open(deadLetterId, tx);
      const job = await tx.get(this.#ref(deadLetterId));
      const { type, payload, concurrencyKey, maxAttempts, enqueuedAt } = letter;
      tx.set(this.#ref(deadLetterId), {
        ...{ type, payload, concurrencyKey, maxAttempts, enqueuedAt },
        status: 'queued',
        nextActionAt: clock.now(),
        leaseOwner: null,
        attempts: 0,
        requestId: job?.requestId ?? null,
        lastError: null,
        expiresAt: null,
      });
      await deadLetters.close(deadLetterId, 'replayed', tx);
      tx.afterCommit(() => this.#kick());
    });
  }

  #ref(jobId: string) {
    return this.#deps.db.doc(jobModel, jobId);
  }

  #prepare(request: JobRequest) {
    const accepted = this.#deps.registry.accept(request);
    const jobId = jobIdOf(request, this.#deps.ids);
    const fields = newJobDocument(request, accepted, this.#deps.clock.now());
    return { jobId, fields };
  }

  /** New work: tell the worker of this process, or run it after the response. */
  #stir({ runAt }: JobRequest): void {
    if (!runAt || runAt <= this.#deps.clock.now()) this.#kick();
  }

  #kick(): void {
    if (this.#worker) {
      this.#woken = true;
      this.#wake();
      return;
    }
    if (!this.#deps.kick) return;
    if (this.#kicked !== 'no') {
      this.#kicked = 'again';
      return;
    }
    this.#kicked = 'running';
    afterResponse(() => this.#drainKicked());
  }

  async #drainKicked(): Promise<void> {
    try {
      do {
        this.#kicked = 'running';
        await this.drain({ until: new Date(this.#deps.clock.now().getTime() + KICK_MS), limit: KICK_LIMIT });
      } while ((this.#kicked as string) === 'again');
    } finally {
      this.#kicked = 'no';
    }
  }

  /** Keeps up to `concurrency` jobs running. */
  async #pump(options: {
    open: () => boolean;
    limit: number;
    concurrency: number;
    waitWhenIdle: boolean;
  }): Promise<DrainReport> {
    const report: DrainReport = { done: 0, retried: 0, dead: 0 };
    const running = new Set<Promise<void>>();
    let begun = 0;
    while (options.open() && begun < options.limit) {
      const free = Math.min(options.concurrency - running.size, options.limit - begun);
      const batches = free > 0 ? await this.#look(free, options.limit - begun) : [];
      for (const batch of batches) {
        begun += batch.length;
        const work: Promise<void> = this.#runBatch(batch, options.open, report).finally(() =>
          running.delete(work),
        );
        running.add(work);
      }
      if (batches.length > 0 && running.size < options.concurrency) continue;
      if (running.size === 0 && !options.waitWhenIdle) break;
      await Promise.race([...running, ...(batches.length === 0 ? [this.#pause()] : [])]);
    }
    await Promise.all(running);
    return report;
  }

  #pause(): Promise<void> {
    if (this.#woken) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#deps.pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#woken = false;
        resolve();
      };
    });
  }

  /** Due jobs that this process may begin: single ones, and those of one concurrency key in a row. Never throws. */
  async #look(batches: number, jobs: number): Promise<Snapshot[][]> {
    try {
      return await this.#findDue(batches, jobs);
    } catch (error) {
      logger.error({ err: error }, 'the job queue cannot be read');
      return [];
    }
  }

  async #findDue(most: number, mostJobs: number): Promise<Snapshot[][]> {
    const now = this.#deps.clock.now();
    for (const [key, until] of this.#busyKeys) if (until <= now.getTime()) this.#busyKeys.delete(key);
    const due = this.#deps.db.collection(jobModel).where('nextActionAt', '<=', now).orderBy('nextActionAt');
    const batches = new Map<string, Snapshot[]>();
    let taken = 0;
    let after: Snapshot | undefined;
    for (let page = 0; page < MAX_PAGES && batches.size < most && taken < mostJobs; page += 1) {
      const snapshot = await (after ? due.startAfter(after) : due).limit(PAGE).get();
      for (const found of snapshot.docs) {
        const job = readJob(found);
        const key = job?.concurrencyKey ?? null;
        if (!job || !this.#isOurs(job, now) || taken >= mostJobs) continue;
        if (key !== null && (this.#activeKeys.has(key) || this.#busyKeys.has(key))) continue;
        const name = key === null ? `job ${found.id}` : `key ${key}`;
        if (!batches.has(name) && batches.size >= most) continue;
        batches.set(name, [...(batches.get(name) ?? []), found]);
        taken += 1;
      }
      after = snapshot.docs.at(-1);
      if (snapshot.size < PAGE) break;
    }
    return [...batches.values()];
  }

  /** Not running here already, and of a type that this process does, or that nobody has done for a day. */
  #isOurs(job: JobDoc, now: Date): boolean {
    if (this.#activeJobs.has(job.id)) return false;
    return (
      this.#deps.registry.knows(job.type) ||
      now.getTime() - (job.nextActionAt?.getTime() ?? 0) > UNKNOWN_TYPE_MS
    );
  }

  async #runBatch(batch: Snapshot[], open: () => boolean, report: DrainReport): Promise<void> {
    const key = batch[0]?.data().concurrencyKey ?? null;
    const claimed = batch.filter(({ id }) => !this.#activeJobs.has(id));
    for (const { id } of claimed) this.#activeJobs.add(id);
    if (key !== null) this.#activeKeys.add(key);
    try {
      const lock = key === null ? null : await this.#lockKey(key);
      if (lock === 'busy') return;
      for (const job of claimed) if (open() || job === claimed[0]) await this.#runOne(job, lock, report);
      await lock?.release();
    } catch (error) {
      // The lease runs out and the job is found again.
      logger.error({ err: error }, 'a job could not be claimed or finished');
    } finally {
      for (const { id } of claimed) this.#activeJobs.delete(id);
      if (key !== null) this.#activeKeys.delete(key);
    }
  }

  async #lockKey(key: string): Promise<Lock | 'busy'> {
    const lock = await this.#deps.locks.acquire(`job_${sha256hex(key)}`, this.#deps.leaseMs);
    if (lock) return lock;
    this.#busyKeys.set(key, this.#deps.clock.now().getTime() + Math.min(BUSY_KEY_MS, this.#deps.leaseMs / 4));
    return 'busy';
  }

  async #runOne(snapshot: Snapshot, keyLock: Lock | null, report: DrainReport): Promise<void> {
    const { registry, leaseMs, clock, ids } = this.#deps;
    const job = snapshot.data();
    const lease = new LeasedDocument(snapshot.ref, snapshot.updateTime);
    const leaseOwner = ids.next('lease');
    const attempt = job.attempts + 1;
    const leaseUntil = () => new Date(clock.now().getTime() + leaseMs);
    // Counted before it runs: a job that kills its process uses up its tries like any other.
    const crashed = attempt > job.maxAttempts;
    const attempts = Math.min(attempt, job.maxAttempts);
    const claim = { status: 'running', leaseOwner, attempts, nextActionAt: leaseUntil() };
    if (!(await lease.write(claim))) return;
    const lost = new AbortController();
    const beat = async () => {
      const ours =
        (await lease.write({ nextActionAt: leaseUntil() })) && (keyLock ? await keyLock.renew() : true);
      if (!ours) lost.abort(new Error(`The lease of job ${job.id} was lost.`));
    };
    const heartbeat = setInterval(
      () => void beat().catch((error) => logger.warn({ err: error }, 'no heartbeat')),
      leaseMs / 3,
    );
    try {
      const outcome: JobOutcome = crashed
        ? { kind: 'dead', error: new PermanentJobError('Every try ended with its process.') }
        : await registry.run({ ...job, jobId: job.id, attempt, signal: lost.signal });
      clearInterval(heartbeat);
      await this.#finish(job, leaseOwner, lease, attempts, outcome, report);
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #finish(
    job: JobDoc,
    leaseOwner: string,
    lease: LeasedDocument,
    attempts: number,
    outcome: JobOutcome,
    report: DrainReport,
  ): Promise<void> {
    const { clock, random, retryBaseMs } = this.#deps;
    const now = clock.now().getTime();
    if (outcome.kind === 'done') {
      const keepMs = isKeyed(job.id) ? KEEP_KEYED_MS : KEEP_MS;
      const ended = {
        status: 'done',
        nextActionAt: null,
        leaseOwner: null,
        expiresAt: new Date(now + keepMs),
      };
      if (await lease.write(ended)) report.done += 1;
      return;
    }
    const lastError = describeFailure(outcome.error);
    if (outcome.kind === 'retry') {
      const nextActionAt = new Date(now + jobDelayMs(outcome.error, attempts, random, retryBaseMs));
      if (await lease.write({ status: 'queued', leaseOwner: null, nextActionAt, lastError }))
        report.retried += 1;
      return;
    }
    if (await this.#bury(job, leaseOwner, attempts, outcome.error)) report.dead += 1;
  }

  /** Job and dead letter change together, and only if the lease is still ours. */
  async #bury(job: JobDoc, leaseOwner: string, attempts: number, error: unknown): Promise<boolean> {
    const { db, deadLetters, registry } = this.#deps;
    const organizationId = await registry.ownerOf(job.type, job.payload);
    return db.run(async (tx) => {
      const current = await tx.get(this.#ref(job.id));
      if (current?.leaseOwner !== leaseOwner) return false;
      tx.update(this.#ref(job.id), {
        status: 'dead',
        nextActionAt: null,
        leaseOwner: null,
        lastError: describeFailure(error),
        expiresAt: new Date(this.#deps.clock.now().getTime() + 30 * KEEP_MS),
      });
      await deadLetters.bury({ ...job, jobId: job.id, attempts, organizationId }, error, tx);
      return true;
    });
  }
}
