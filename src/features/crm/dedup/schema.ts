import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { provenanceSchema, recordSyncSchema } from '../schema';
import { DEFAULT_RULES } from './rules.data';

/** Records that may be one and the same: how alike they are, what people decided, and what became of it. */

export const DEDUP_ENTITIES = ['contact', 'company', 'lead'] as const;
export const dedupEntitySchema = z.enum(DEDUP_ENTITIES);
export type DedupEntity = z.output<typeof dedupEntitySchema>;

export const dedupMethodSchema = z.enum(['exact', 'fuzzy', 'phonetic', 'custom']);

/** One comparison. */
export const dedupRuleSchema = z.strictObject({
  /** Of the record, such as `address.city`; `name` is a person’s whole name, `domain` where the record works. */
  field: z.string().trim().min(1).max(300),
  method: dedupMethodSchema,
  weight: z.number().min(0).max(10),
  /** Equal values alone can make two records one; `exact` alone reads it. */
  strong: z.boolean().default(false),
  /** JSONata over `left` and `right`, from 0 to 1; `custom` alone reads it. */
  expression: z.string().trim().min(1).max(10_000).nullable().default(null),
});
export type DedupRule = z.output<typeof dedupRuleSchema>;

const rules = z.array(dedupRuleSchema).min(1, 'Compare at least one field.').max(20);
export const dedupPolicySchema = z
  .strictObject({
    /** Looks for duplicates after every sync. */
    enabled: z.boolean(),
    /** From here on two records are merged by themselves. */
    mergeFrom: z.number().min(0.5).max(1),
    /** From here on they wait for a person. */
    reviewFrom: z.number().min(0.3).max(1),
    rules: z.strictObject({ contact: rules, company: rules, lead: rules }),
    /** Whose values are taken first: platforms, and `irisync` for what people wrote here. */
    sourcePriority: z.array(z.string().trim().min(1).max(50)).max(20),
  })
  .refine(({ mergeFrom, reviewFrom }) => reviewFrom <= mergeFrom, {
    path: ['reviewFrom'],
    message: 'Review begins below the score from which records are merged.',
  });
export type DedupPolicy = z.output<typeof dedupPolicySchema>;

export const DEFAULT_POLICY: DedupPolicy = {
  enabled: true,
  mergeFrom: 0.92,
  reviewFrom: 0.75,
  rules: DEFAULT_RULES,
  sourcePriority: [],
};

/** An organisation's way of finding duplicates and how far it has come; its id is the organisation's. */
export const dedupStateModel = defineModel('dedup_states', {
  organizationId: z.string(),
  policy: dedupPolicySchema,
  /** Records changed until then were compared: the last one's place. */
  watermark: z.string().nullable(),
  /** The run that is under way. */
  activeRunId: z.string().nullable(),
  /** Something changed since that run began. */
  again: z.boolean(),
});

export const dedupCountsSchema = z.object({
  /** Records looked at. */
  processed: z.int().nonnegative(),
  compared: z.int().nonnegative(),
  /** Pairs for a person. */
  found: z.int().nonnegative(),
  merged: z.int().nonnegative(),
  /** Records that can be found by other keys than before. */
  rekeyed: z.int().nonnegative(),
});
export type DedupCounts = z.output<typeof dedupCountsSchema>;

export const evidenceSchema = z.object({
  field: z.string(),
  method: dedupMethodSchema,
  /** As it counted. */
  weight: z.number(),
  /** From 0 to 1; null where the rule failed. */
  similarity: z.number().nullable(),
  left: z.string(),
  right: z.string(),
  strong: z.boolean(),
});
export type Evidence = z.output<typeof evidenceSchema>;

const pairSchema = z.object({
  entity: dedupEntitySchema,
  titles: z.array(z.string()).length(2),
  recordIds: z.array(z.string()).length(2),
  score: z.number().min(0).max(1),
  outcome: z.enum(['merge', 'review']),
});

/** A search for duplicates, live. */
export const dedupRunModel = defineModel('dedup_runs', {
  organizationId: z.string(),
  /** `full` compares every record, `changed` what changed since the last run. */
  kind: z.enum(['full', 'changed']),
  dryRun: z.boolean(),
  status: z.enum(['queued', 'running', 'completed', 'failed']),
  entities: z.array(dedupEntitySchema),
  /** Where it goes on: the entity of a full run, and the last record. */
  place: z.object({ entity: z.int().nonnegative(), after: z.string().nullable() }),
  /** Records there were when it began; null where that is not known. */
  total: z.int().nonnegative().nullable(),
  counts: dedupCountsSchema,
  /** Of a dry run: what it would have done, the first of it. */
  pairs: z.array(pairSchema),
  /** Of those pairs, to be found by when one of them is erased. */
  recordIds: z.array(z.string()).default([]),
  part: z.int().nonnegative(),
  tries: z.int().nonnegative(),
  claimedUntil: z.date().nullable(),
  requestedBy: z.string(),
  startedAt: z.date(),
  finishedAt: z.date().nullable(),
  /** For people: why it ended early. */
  message: z.string().nullable(),
  expiresAt: z.date(),
});

/** Two records that may be one. Its id is made of theirs, so that what was decided of them is found again for ever. */
export const dedupCandidateModel = defineModel('dedup_candidates', {
  organizationId: z.string(),
  entity: dedupEntitySchema,
  /** In order. */
  recordIds: z.array(z.string()).length(2),
  titles: z.array(z.string()).length(2),
  platforms: z.array(z.string()).length(2),
  /** Which of them would stay. */
  survivorId: z.string(),
  score: z.number().min(0).max(1),
  evidence: z.array(evidenceSchema),
  /** `gone`: one of them is no more, or they are no longer alike. */
  status: z.enum(['open', 'merged', 'kept_apart', 'gone']),
  /** A person undid their merging: only people merge them again. */
  undone: z.boolean(),
  version: z.int().positive(),
  foundAt: z.date(),
  decidedAt: z.date().nullable(),
  /** A person; `irisync` for what merged by itself. */
  decidedBy: z.string().nullable(),
  mergeId: z.string().nullable(),
  /** Until then merging can be undone. */
  undoUntil: z.date().nullable(),
});

const fields = z.record(z.string(), z.unknown());
const sideSchema = z.object({
  id: z.string(),
  fields,
  provenance: z.record(z.string(), provenanceSchema),
  mergedFrom: z.array(z.string()),
  externalUrl: z.string().nullable(),
  issues: z.array(z.object({ field: z.string(), message: z.string() })),
  lastActivityAt: z.date().nullable(),
  activityCount: z.int().nonnegative(),
  sync: recordSyncSchema,
  syncMessage: z.string().nullable(),
});
export type MergeSide = z.output<typeof sideSchema>;

/** What a merge replaced, so that it can be undone; ends by itself when that is over. */
export const dedupMergeModel = defineModel('dedup_merges', {
  organizationId: z.string(),
  candidateId: z.string(),
  survivorId: z.string(),
  loserId: z.string(),
  /** Both of them and all that they stood for, to be found by; the sides say it too, and all that older merges have. */
  recordIds: z.array(z.string()).default([]),
  survivor: sideSchema,
  loser: sideSchema,
  /** Both records' links with what was agreed with their vendors. */
  links: z.array(z.object({ id: z.string(), base: fields, moved: z.boolean() })),
  mergedAt: z.date(),
  mergedBy: z.string(),
  undoneAt: z.date().nullable(),
  expiresAt: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

export const candidateParams = z.object({ id: z.string().min(1).max(100) });
export const candidateQuery = pageQuery.extend({
  status: dedupCandidateModel.schema.shape.status.default('open'),
  entity: dedupEntitySchema.optional(),
});
export type CandidateQuery = z.output<typeof candidateQuery>;
export const candidateView = dedupCandidateModel.schema.omit({ organizationId: true });
export type CandidateView = z.output<typeof candidateView>;

export const resolveCandidateBody = z.strictObject({
  /** `swap` names the other record as the one that stays, and decides nothing. */
  action: z.enum(['merge', 'keep_apart', 'swap']),
  /** The record that stays; the suggested one by default. */
  survivorId: z.string().min(1).max(100).optional(),
  /** What the person saw; one that changed since is 409. */
  expectedVersion: z.int().positive().optional(),
});
export type ResolveCandidateBody = z.output<typeof resolveCandidateBody>;

export const undoAnswer = candidateView.extend({
  /** Fields that changed since and stay as they are now. */
  kept: z.array(z.object({ recordId: z.string(), field: z.string() })),
});
export type UndoAnswer = z.output<typeof undoAnswer>;

export const startRunBody = z.strictObject({
  /** Compare every record, not only what changed. */
  full: z.boolean().default(true),
  /** Say what would be found, and write nothing. */
  dryRun: z.boolean().default(false),
  entities: z
    .array(dedupEntitySchema)
    .min(1)
    .transform((names) => [...new Set(names)])
    .optional(),
});
export type StartRunBody = z.output<typeof startRunBody>;
export const runStartedView = z.object({ runId: z.string() });
export const runParams = z.object({ id: z.string().min(1).max(100) });
export const runView = dedupRunModel.schema.omit({
  organizationId: true,
  place: true,
  recordIds: true,
  claimedUntil: true,
  expiresAt: true,
});
export type RunView = z.output<typeof runView>;
