import 'server-only';
import { ExternalServiceError, isSystemError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { dayKey } from '@/core/time/periods';
import type { DataAggregator } from './aggregator';
import type { AnalyticsRepository } from './repository';
import { dueStep, nextChannelTime, POST_STEPS, retryTime, stepTime } from './schedule';
import type { Measured, Subject } from './schema';

/** What a network said. */
export type Pulled =
  | { kind: 'measured'; metrics: Measured }
  /** This network, or this account, reports no numbers. */
  | { kind: 'unsupported' }
  /** The post is no longer there. */
  | { kind: 'gone' };

/** Where numbers come from: the social networks, handed in by the composition root. */
export interface MetricsSource {
  /** @throws ExternalServiceError; NotFoundError when the channel is disconnected. */
  post(subject: Pick<Subject, 'organizationId' | 'connectionId'> & { runId: string }): Promise<Pulled>;
  channel(subject: Pick<Subject, 'organizationId' | 'connectionId'>): Promise<Pulled>;
}

export const PULL_JOB = 'analytics.pull';

/** A job may be late by this much before the sweep takes over. */
const GRACE_MS = 10 * 60_000;
const AT_ONCE = 4;

/**
 * Asks networks for the numbers of published posts and channels, on the schedule of each. What is due stands in the subjects;
 * the delayed jobs only make it punctual.
 */
export class MetricsPuller {
  static getInstance(): MetricsPuller {
    return singleton<MetricsPuller>('MetricsPuller');
  }

  constructor(
    readonly repository: AnalyticsRepository,
    readonly aggregator: DataAggregator,
    readonly source: MetricsSource,
    readonly jobs: Pick<JobQueue, 'enqueue'>,
    readonly clock: Clock,
  ) {}

  /** Plans the next measurement as a delayed job. One per planned time, however often it is asked for. */
  async plan(subjectId: string, connectionId: string, at: Date): Promise<void> {
    await this.jobs.enqueue({
      type: PULL_JOB,
      payload: { subjectId },
      runAt: at,
      idempotencyKey: `${subjectId}:${at.getTime()}`,
      // One question at a time for each account.
      concurrencyKey: `metrics_${connectionId}`,
      maxAttempts: 3,
    });
  }

  /** Measures a subject if it is due. Idempotent. @returns whether a point was stored. */
  async pull(subjectId: string): Promise<boolean> {
    const subject = await this.repository.subject(subjectId);
    const now = this.clock.now();
    if (!subject?.nextPullAt || subject.nextPullAt > now) return false;
    let pulled: Pulled;
    try {
      pulled = await this.#ask(subject);
    } catch (error) {
      await this.#failed(subject, error);
      return false;
    }
    if (pulled.kind !== 'measured') {
      await this.repository.updateSubject(subjectId, { nextPullAt: null, stopped: pulled.kind });
      return false;
    }
    const { bucket, step, nextPullAt } = this.#next(subject, now);
    const stored = await this.aggregator.record(
      subjectId,
      { bucket, metrics: pulled.metrics, measuredAt: now },
      { step, nextPullAt },
    );
    // Measured by somebody else meanwhile: the schedule must go on all the same.
    if (!stored) await this.repository.updateSubject(subjectId, { step, nextPullAt, failures: 0 });
    if (nextPullAt) await this.plan(subjectId, subject.connectionId, nextPullAt);
    return stored;
  }

  /** Measures what is overdue: lost jobs, outages, missed hours. */
  async sweep(options: { until: Date; limit?: number }): Promise<{ due: number; measured: number }> {
    const by = new Date(this.clock.now().getTime() - GRACE_MS);
    const due = await this.repository.dueSubjects(by, options.limit ?? 200);
    let measured = 0;
    const queue = [...due];
    const lane = async () => {
      for (let one = queue.shift(); one && this.clock.now() < options.until; one = queue.shift())
        if (await this.#quietly(one.id)) measured += 1;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return { due: due.length, measured };
  }

  #ask(subject: Subject): Promise<Pulled> {
    return subject.kind === 'channel'
      ? this.source.channel(subject)
      : this.source.post({ ...subject, runId: subject.id });
  }

  #next(subject: Subject, now: Date): { bucket: string; step: number; nextPullAt: Date | null } {
    if (subject.kind === 'channel')
      return { bucket: dayKey(now), step: 0, nextPullAt: nextChannelTime(now, subject.id) };
    const current = dueStep(subject.step, subject.since, now);
    return {
      bucket: POST_STEPS[current]?.bucket ?? dayKey(now),
      step: current + 1,
      nextPullAt: stepTime(current + 1, subject.since, subject.id),
    };
  }

  async #failed(subject: Subject, error: unknown): Promise<void> {
    if (isSystemError(error) && error.code === 'not_found') {
      await this.repository.updateSubject(subject.id, { nextPullAt: null, stopped: 'disconnected' });
      return;
    }
    if (!(error instanceof ExternalServiceError)) throw error;
    const nextPullAt = retryTime(this.clock.now(), subject.failures, error.retryAfterMs);
    await this.repository.updateSubject(subject.id, { failures: subject.failures + 1, nextPullAt });
    await this.plan(subject.id, subject.connectionId, nextPullAt);
  }

  /** One subject's defect must not keep the others from being measured. */
  async #quietly(subjectId: string): Promise<boolean> {
    try {
      return await this.pull(subjectId);
    } catch (error) {
      logger.error({ err: error, subjectId }, 'metrics could not be pulled');
      return false;
    }
  }
}
