import 'server-only';
import { z } from 'zod';
import type { Doc } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { currentContext } from '@/core/http/context';
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
