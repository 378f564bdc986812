import 'server-only';
import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { z } from 'zod';
import type { Doc } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { currentContext } from '@/core/http/context';
import { LeasedDocument } from '@/core/locks/lease';
import { logger } from '@/core/telemetry/logger';
import type { JobRequest } from './job-queue';

/** A job of the firestore driver. */
export const jobModel = defineModel('jobs', {
  type: z.string(),
  payload: z.string(),
  status: z.enum(['queued', 'running', 'done', 'dead']),
  /** When somebody must look at it: due when queued, lease over when running; null when it is finished. */
  nextActionAt: z.date().nullable(),
  leaseOwner: z.string().nullable(),
  attempts: z.int(),
  maxAttempts: z.int(),
  concurrencyKey: z.string().nullable(),
  requestId: z.string().nullable(),
  enqueuedAt: z.date(),
  lastError: z.object({ name: z.string(), message: z.string(), code: z.string().nullable() }).nullable(),
  expiresAt: z.date().nullable(),
});
export type JobDoc = Doc<typeof jobModel>;
export type JobSnapshot = QueryDocumentSnapshot<JobDoc>;

/** A job as it is first stored. */
export function newJobDocument(
  request: JobRequest,
  accepted: { payload: string; maxAttempts: number },
  now: Date,
) {
  return {
    type: request.type,
    ...accepted,
    status: 'queued' as const,
    nextActionAt: request.runAt ?? now,
    leaseOwner: null,
    attempts: 0,
    concurrencyKey: request.concurrencyKey ?? null,
    requestId: currentContext()?.requestId ?? null,
    enqueuedAt: now,
    lastError: null,
    expiresAt: null,
  };
}

/** Undefined for a document that is no job; it is set aside, or it would stand at the head of the queue for ever. */
export function readJob(found: JobSnapshot): JobDoc | undefined {
  try {
    return found.data();
  } catch (error) {
    logger.error({ err: error, jobId: found.id }, 'a job document is not readable and was set aside');
    const lease = new LeasedDocument(found.ref, found.updateTime);
    lease.write({ status: 'dead', nextActionAt: null }).catch((failed: unknown) => {
      logger.warn({ err: failed, jobId: found.id }, 'it could not be set aside');
    });
    return undefined;
  }
}
