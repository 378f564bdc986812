import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';
import { EXTERNAL_ERROR_CLASSES } from '@/core/errors';
import { platformIdSchema } from '@/features/platforms/schema';

/**
 * The words of publishing: runs, their parts and attempts. Isomorphic: browser, API, worker and tests read the same file.
 * A **run** is one post on one channel; its id `{postId}_{connectionId}` is the idempotency key of everything below.
 */

// States ---------------------------------------------------------------------------------------------------------------

/**
 * `pending_approval` waits for approval · `scheduled` waits for its time or its next try · `preparing` media are being sent ·
 * `processing` the network works on them · `ready` may be committed · `committing` the commit call is in flight · `confirming`
 * the network took it and works on it · `unconfirmed` may be out, nobody can say yet · `published` all parts are out ·
 * `partial` the first post is out, a later part is not · `blocked` waits for a person · `failed` is not out · `cancelled`
 * was not sent · `deleting`, `deleted` removed from the network.
 */
export const RUN_STATUSES = [
  'pending_approval',
  'scheduled',
  'preparing',
  'processing',
  'ready',
  'committing',
  'confirming',
  'unconfirmed',
  'published',
  'partial',
  'blocked',
  'failed',
  'cancelled',
  'deleting',
  'deleted',
] as const;
export const runStatusSchema = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Why a run is `blocked`; each says what a person has to do (see `reasons.ts`). */
export const BLOCKED_REASONS = ['approval', 'reconnect', 'rules', 'late', 'content', 'platform'] as const;
export const blockedReasonSchema = z.enum(BLOCKED_REASONS);
export type BlockedReason = z.infer<typeof blockedReasonSchema>;

export const errorClassSchema = z.enum(EXTERNAL_ERROR_CLASSES);

export const stepKeySchema = z.custom<'root' | 'comment' | `thread_${number}`>(
  (value) => typeof value === 'string' && /^(?:root|comment|thread_[1-9]\d?)$/.test(value),
  'A step is root, thread_1, thread_2, … or comment.',
);

// Runs -----------------------------------------------------------------------------------------------------------------

/** One thing the network shows: the post, a later part of its thread, or its first comment. Each is committed by itself. */
export const runPartSchema = z.object({
  key: stepKeySchema,
  status: z.enum(['waiting', 'published', 'failed', 'skipped', 'deleted']),
  platformPostId: z.string().nullable(),
  permalink: z.string().nullable(),
  /** What a reply or deletion needs beyond the id. */
  extra: z.record(z.string(), z.string()),
  publishedAt: z.date().nullable(),
});
export type RunPart = z.infer<typeof runPartSchema>;

/** The last intent: stored before the commit call leaves, kept until a new one replaces it. */
export const commitSchema = z.object({
  id: z.string(),
  step: stepKeySchema,
  /** SHA-256 of what was about to be sent. */
  fingerprint: z.string(),
  sentAt: z.date(),
  /** The last instant at which the call may still be running. */
  deadline: z.date(),
});
export type Commit = z.infer<typeof commitSchema>;

export const runModel = defineModel('scheduled_posts', {
  organizationId: z.string(),
  postId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  /** The post's author: who is told when a person must act. */
  authorId: z.string(),

  dueAt: z.date(),
  localTime: z.string(),
  /** IANA name. */
  zone: z.string(),
  /** The queue slot whose booking this run holds: given back when it moves or is cancelled. */
  slotId: z.string().nullable().default(null),

  status: runStatusSchema,
  /** When something is to be done next; null exactly in the terminal states. While leased: the end of the lease. */
  nextActionAt: z.date().nullable(),

  leaseOwner: z.string().nullable(),
  leaseUntil: z.date().nullable(),
  /** Rises with every claim and every change from outside; a write that carries an older one is refused. */
  fence: z.int().nonnegative(),

  step: stepKeySchema,
  parts: z.array(runPartSchema),
  /** Tries of the current step that failed. */
  attempts: z.int().nonnegative(),
  /** How often the network was asked about the current phase: processing, confirming, reconciling. */
  looks: z.int().nonnegative(),
  /** When the current phase (processing, confirming, blocked) began. */
  phaseSince: z.date().nullable(),
  /** JSON text of what the provider left behind for this step. */
  artefacts: z.string().nullable(),
  /** The content the artefacts belong to; other content starts afresh. */
  artefactsFor: z.string().nullable(),

  /** Version and hash of the content this run was planned or prepared with. */
  contentVersion: z.int(),
  contentHash: z.string(),
  /** The instant that `stepMaterial` derives keys from: set by the first claim, the same for every attempt after it. */
  fixedAt: z.date().nullable(),
  commit: commitSchema.nullable(),

  platformPostId: z.string().nullable(),
  permalink: z.string().optional(),
  publishedAt: z.date().nullable(),

  lastErrorClass: errorClassSchema.nullable(),
  /** For people: what happened and what to do. */
  lastError: z.string().nullable(),
  blockedReason: blockedReasonSchema.nullable(),
  /** The last commit was never settled: what follows must not send again unless a person says it is not out. */
  uncertain: z.boolean(),
  /** When a person was asked to settle or unblock this; reminders follow. */
  askedAt: z.date().nullable(),
  reminders: z.int().nonnegative(),
  /** A person said "now": lateness counts from here. */
  releasedAt: z.date().nullable(),
});
export type Run = DocOf<typeof runModel>;

export function runIdOf(postId: string, connectionId: string): string {
  return `${postId}_${connectionId}`;
}

// Attempts -------------------------------------------------------------------------------------------------------------

export const ATTEMPT_PHASES = ['prepare', 'commit', 'confirm', 'reconcile', 'decision', 'delete'] as const;
/** What an attempt ended in. `unknown`: nobody can say whether the network took it. */
export const ATTEMPT_OUTCOMES = [
  'published',
  'accepted',
  'processing',
  'not_sent',
  'rejected',
  'unknown',
  'found',
  'absent',
  'blocked',
  'failed',
  'resend',
  'left',
  'cancelled',
  'deleted',
] as const;

export const attemptModel = defineModel('publish_attempts', {
  organizationId: z.string(),
  runId: z.string(),
  postId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  step: stepKeySchema,
  phase: z.enum(ATTEMPT_PHASES),
  startedAt: z.date(),
  finishedAt: z.date(),
  outcome: z.enum(ATTEMPT_OUTCOMES),
  /** The run's status after this attempt. */
  status: runStatusSchema,
  /** When the next attempt follows by itself. */
  nextActionAt: z.date().nullable(),
  errorClass: errorClassSchema.nullable(),
  /** For people; redacted. */
  message: z.string().nullable(),
  vendorStatus: z.int().nullable(),
  vendorCode: z.string().nullable(),
  fingerprint: z.string().nullable(),
  platformPostId: z.string().nullable(),
  /** The person who decided, for phase `decision`. */
  actorId: z.string().nullable(),
});
export type Attempt = DocOf<typeof attemptModel>;
export type NewAttempt = Omit<Attempt, 'id' | 'createdAt' | 'updatedAt'>;

// Lanes ----------------------------------------------------------------------------------------------------------------

/**
 * What the runs of one account (`{connectionId}`) or one network (`app_{platform}`) share: who commits now, and until when
 * the network asked us to wait. Server only.
 */
export const laneModel = defineModel('publish_lanes', {
  organizationId: z.string().nullable(),
  /** Commits in flight. A slot counts while its run still is `committing` under that commit. */
  slots: z.array(z.object({ runId: z.string(), commitId: z.string(), until: z.date() })),
  pausedUntil: z.date().nullable(),
  pausedReason: z.string().nullable(),
});
export type Lane = DocOf<typeof laneModel>;

// API ------------------------------------------------------------------------------------------------------------------

export const runParamsSchema = z.object({ id: z.string().min(1), runId: z.string().min(1) });

/** A run as the API shows it. */
export const runViewSchema = z.object({
  id: z.string(),
  postId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  status: runStatusSchema,
  dueAt: z.date().transform((date) => date.toISOString()),
  localTime: z.string(),
  zone: z.string(),
  nextActionAt: z
    .date()
    .nullable()
    .transform((date) => date?.toISOString() ?? null),
  attempts: z.int(),
  parts: z.array(
    z.object({
      key: z.string(),
      status: z.string(),
      platformPostId: z.string().nullable(),
      permalink: z.string().nullable(),
    }),
  ),
  platformPostId: z.string().nullable(),
  permalink: z.string().nullable(),
  publishedAt: z
    .date()
    .nullable()
    .transform((date) => date?.toISOString() ?? null),
  errorClass: errorClassSchema.nullable(),
  error: z.string().nullable(),
  blockedReason: blockedReasonSchema.nullable(),
  /** A person is asked whether this is out: answer with `resolve`. */
  needsAnswer: z.boolean(),
});
export type RunView = z.input<typeof runViewSchema>;

export const resolveRequestSchema = z
  .strictObject({
    /** `published`: it is out. `absent`: it is not out, or nobody can tell. */
    outcome: z.enum(['published', 'absent']),
    /** Where it can be seen, when it is out. */
    permalink: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional(),
    /** With `absent`: send it (`true`), or leave it as it is. */
    resend: z.boolean().default(false),
  })
  .check((ctx) => {
    const fault = (path: string, message: string) =>
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value });
    if (ctx.value.outcome === 'published' && ctx.value.resend)
      fault('resend', 'What is out cannot be sent again. Leave this out.');
    if (ctx.value.outcome === 'absent' && ctx.value.permalink)
      fault('permalink', 'A link belongs to a post that is out. Leave this out.');
  });
export type ResolveRequest = z.output<typeof resolveRequestSchema>;

/** What a sweep did. */
export const sweepCountsSchema = z.object({
  /** Runs found due. */
  due: z.int(),
  /** Runs this sweep worked on; the others were taken by somebody else. */
  claimed: z.int(),
  /** Runs by the status they were left in. */
  left: z.partialRecord(runStatusSchema, z.int()),
  /** Runs that could not be worked on because of a defect or an outage; they are tried again when their lease ends. */
  errors: z.int(),
  milliseconds: z.int(),
});
export type SweepCounts = z.output<typeof sweepCountsSchema>;
