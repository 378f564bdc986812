import 'server-only';
import type { z } from 'zod';
import { ValidationError } from '@/core/errors';
import { newContext, runInContext } from '@/core/http/context';
import { faultsOf } from '@/core/http/problem';
import { logger } from '@/core/telemetry/logger';
import { metrics } from '@/core/telemetry/metrics';
import { withSpan } from '@/core/telemetry/span';
import type { JobRequest } from './job-queue';
import { isPermanent, PermanentJobError } from './outcome';

export interface JobContext<Payload> {
  payload: Payload;
  jobId: string;
  type: string;
  /** 1 for the first try. */
  attempt: number;
  maxAttempts: number;
  enqueuedAt: Date;
  /** Aborts when the lease is lost: another process may be running this job by now, so stop writing. */
  signal: AbortSignal;
}

export type JobHandler<Payload> = (context: JobContext<Payload>) => Promise<unknown>;

/** A job as a driver hands it over. */
export interface JobRun {
  jobId: string;
  type: string;
  /** JSON text. */
  payload: string;
  attempt: number;
  maxAttempts: number;
  enqueuedAt: Date;
  /** Of the request that enqueued it. */
  requestId: string | null;
  signal: AbortSignal;
}

export type JobOutcome = { kind: 'done' } | { kind: 'retry' | 'dead'; error: unknown };

interface Registration {
  schema: z.ZodType;
  handler: JobHandler<unknown>;
  maxAttempts: number;
  ownerOf: ((payload: unknown) => Promise<string | null>) | undefined;
}

/**
 * During a deployment an older process meets jobs that only newer ones know and leaves them alone; after this long nobody
 * knows them.
 */
export const UNKNOWN_TYPE_MS = 24 * 3600_000;
const DEFAULT_ATTEMPTS = 6;
/** Firestore documents end at 1 MiB, and a queue is no store. */
const MAX_PAYLOAD = 200_000;

/** What jobs there are and who does them. One registry serves both drivers. */
export class JobRegistry {
  readonly #types = new Map<string, Registration>();

  /** Registering a type again replaces it: a bundler may load a module more than once. */
  register<S extends z.ZodType>(
    type: string,
    schema: S,
    handler: JobHandler<z.output<S>>,
    options: {
      maxAttempts?: number;
      /** The organisation a job belongs to, as its payload leads there: its admins see it when it failed for good. */
      ownerOf?: (payload: z.output<S>) => Promise<string | null>;
    } = {},
  ): void {
    this.#types.set(type, {
      schema,
      handler: handler as JobHandler<unknown>,
      maxAttempts: options.maxAttempts ?? DEFAULT_ATTEMPTS,
      ownerOf: options.ownerOf as Registration['ownerOf'],
    });
  }

  knows(type: string): boolean {
    return this.#types.has(type);
  }

  /** Checks a request before it is stored. @throws ValidationError */
  accept(request: JobRequest): { payload: string; maxAttempts: number } {
    const registration = this.#types.get(request.type);
    if (!registration) throw new Error(`No job is registered as ${request.type}.`);
    const payload = JSON.stringify(request.payload ?? null);
    if (payload.length > MAX_PAYLOAD) {
      throw ValidationError.at(
        'payload',
        `A job carries at most ${MAX_PAYLOAD} characters; store the data and pass its id.`,
      );
    }
    const parsed = registration.schema.safeParse(JSON.parse(payload));
    if (!parsed.success) {
      throw new ValidationError(
        `The job ${request.type} cannot take this payload.`,
        faultsOf(parsed.error, 'payload'),
      );
    }
    return { payload, maxAttempts: request.maxAttempts ?? registration.maxAttempts };
  }

  /** Whose job it is; null where its type has no owner, or its payload leads to none. Never throws. */
  async ownerOf(type: string, payload: string): Promise<string | null> {
    const registration = this.#types.get(type);
    if (!registration?.ownerOf) return null;
    try {
      return await registration.ownerOf(registration.schema.parse(parseJson(payload)));
    } catch (error) {
      logger.warn({ err: error, job: type }, 'the owner of a failed job is not known');
      return null;
    }
  }

  /** Runs one try and says how it ended. Never throws. */
  async run(job: JobRun): Promise<JobOutcome> {
    const startedAt = performance.now();
    const context = newContext(job.requestId ?? `job_${job.jobId}`);
    const outcome = await runInContext(context, async (): Promise<JobOutcome> => {
      try {
        await withSpan(`job ${job.type}`, { 'job.id': job.jobId, 'job.attempt': job.attempt }, () =>
          this.#handle(job),
        );
        return { kind: 'done' };
      } catch (error) {
        const kind = isPermanent(error) || job.attempt >= job.maxAttempts ? 'dead' : 'retry';
        const facts = { err: error, job: job.type, jobId: job.jobId, attempt: job.attempt };
        if (kind === 'dead') logger.error(facts, 'a job failed for good');
        else logger.warn(facts, 'a job failed and will be tried again');
        return { kind, error };
      }
    });
    metrics.job({ type: job.type, outcome: outcome.kind, seconds: (performance.now() - startedAt) / 1000 });
    return outcome;
  }

  async #handle(job: JobRun): Promise<void> {
    const registration = this.#types.get(job.type);
    if (!registration) throw new PermanentJobError(`No process knows the job ${job.type}.`);
    const parsed = registration.schema.safeParse(parseJson(job.payload));
    if (!parsed.success) throw new PermanentJobError(`The payload is not readable: ${parsed.error.message}`);
    const { jobId, type, attempt, maxAttempts, enqueuedAt, signal } = job;
    await registration.handler({
      payload: parsed.data,
      jobId,
      type,
      attempt,
      maxAttempts,
      enqueuedAt,
      signal,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PermanentJobError('The payload is not JSON.', { cause: error });
  }
}
