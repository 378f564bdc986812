import type { Tx } from '@/core/db/db';

export interface JobRequest {
  /** As registered: `posts.publish_run`. */
  type: string;
  /** Plain JSON; dates come back as text (`z.coerce.date()` in the job's schema turns them into dates again). */
  payload: unknown;
  /** Not before; at once when absent or past. */
  runAt?: Date;
  /**
   * Enqueuing twice under one key and type runs once. Holds while the job waits or runs, and for a week after its end.
   */
  idempotencyKey?: string;
  /** Jobs that share one never run at the same time, on whatever machine. */
  concurrencyKey?: string;
  /** Tries in all, before it becomes a dead letter. Default: what was registered for the type, else 6. */
  maxAttempts?: number;
}

export interface JobTicket {
  jobId: string;
  /** False when the idempotency key was known. */
  created: boolean;
}

export interface DrainOptions {
  /** No job is begun after this; those begun are finished. */
  until: Date;
  /** Most jobs to begin. Default 100. */
  limit?: number;
  /** Jobs at once. Default 8. */
  concurrency?: number;
}

export interface DrainReport {
  done: number;
  retried: number;
  dead: number;
}

export interface WorkerOptions {
  /** Jobs at once in this process. Default 16. */
  concurrency?: number;
}

export interface QueueStats {
  /** Jobs that could run now. */
  due: number;
  /** Seconds since the oldest of them became due. */
  oldestSeconds: number;
  /** Open dead letters. */
  dead: number;
}

/**
 * Work for later or elsewhere. At least once: a job may run again after a crash, so every handler is idempotent. The truth
 * about what is due is always a domain document; a lost queue is rebuilt from those.
 */
export interface JobQueue {
  readonly driver: 'firestore' | 'bullmq';
  /** @throws ValidationError when the payload does not fit the registered schema. */
  enqueue(request: JobRequest): Promise<JobTicket>;
  /**
   * Enqueues when the transaction commits. With the firestore driver the job is part of the transaction; with bullmq it
   * follows at once after it. Call it before the transaction's first write: under an idempotency key it reads.
   */
  enqueueIn(tx: Tx, request: JobRequest): Promise<JobTicket>;
  /** Runs what is due, then returns: for cron. */
  drain(options: DrainOptions): Promise<DrainReport>;
  /** Runs what comes due until `stop`: for the worker. */
  start(options?: WorkerOptions): void;
  /** Begins nothing more and waits for what runs. */
  stop(): Promise<void>;
  stats(): Promise<QueueStats>;
  /** A person's decision to run a dead letter's job again, with all its tries. @throws NotFoundError */
  replay(deadLetterId: string): Promise<void>;
}
