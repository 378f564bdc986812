import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { crmConnectionModel, crmEntitySchema } from '@/features/crm/schema';
import { entityNameSchema } from '../connections/schema';

/** Syncing: tasks, where each kind of record stands, what is linked to what, and how runs ended. */

export const countsSchema = z.object({
  processed: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  deleted: z.int(),
  failed: z.int(),
});
export type SyncCounts = z.output<typeof countsSchema>;
export const NO_COUNTS: SyncCounts = {
  processed: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  failed: 0,
};

const faultSchema = z.object({ externalId: z.string(), message: z.string() });
export const diffSchema = z.object({
  entity: z.string(),
  externalId: z.string(),
  /** `in` changes our side, `out` the vendor's. */
  direction: z.enum(['in', 'out']).default('in'),
  /** `conflict` waits for a person: `before` is our value and `after` the vendor's. */
  change: z.enum(['create', 'update', 'delete', 'conflict']),
  /** For people: what the record is called. */
  title: z.string().default(''),
  fields: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })),
});
export type SyncDiff = z.output<typeof diffSchema>;

/** A pass over one kind of record, as far as it has come. */
export const passSchema = z.object({
  id: z.string(),
  kind: z.enum(['full', 'delta']),
  from: z.date().nullable(),
  to: z.date(),
  stage: z.enum(['records', 'deleted', 'absent', 'deletes', 'done']),
  /** The vendor's place to go on from. */
  cursor: z.string().nullable(),
  /** Order of the last record of a full pass. */
  lastOrder: z.string(),
  /** Digests of the ids that a full pass met where lists have no order; null: too many to remember. */
  met: z.string().nullable().default(''),
  /** Linked records that a full pass did not meet; asked for one by one before they count as gone. */
  missing: z.array(z.string()),
  gone: z.array(z.object({ externalId: z.string(), erase: z.boolean() })),
  /** Linked records when it began. */
  known: z.int(),
  counts: countsSchema,
  faults: z.array(faultSchema),
  diffs: z.array(diffSchema),
  heldDeletes: z.int(),
  startedAt: z.date(),
});
export type SyncPass = z.output<typeof passSchema>;

export const checkpointModel = defineModel('sync_checkpoints', {
  organizationId: z.string(),
  integrationId: z.string(),
  entity: z.string(),
  /** Raised by each save; a worker with an older one stops. */
  version: z.int().nonnegative(),
  /** Everything changed before is here. */
  highWater: z.date().nullable(),
  lastFullAt: z.date().nullable(),
  /** Mappings of the last whole pass; others make the next one full. */
  mappingVersion: z.string().nullable(),
  pass: passSchema.nullable(),
});

function fromText(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

export const recordLinkModel = defineModel(
  'record_links',
  {
    organizationId: z.string(),
    integrationId: z.string(),
    connectionId: z.string(),
    entity: z.string(),
    externalId: z.string(),
    /** Text order is the vendor's order. */
    order: z.string(),
    shardKey: z.string(),
    recordId: z.string(),
    /** The record it was first linked with, where that was made here; null: the one of the link's own id. */
    ownRecordId: z.string().nullable().default(null),
    /** Of a derived one: the record that it made, whatever that was merged into since. */
    home: z.string().nullable().default(null),
    role: z.enum(['primary', 'derived']),
    /** Of the mapped fields and the mapping; equal means unchanged. */
    fieldHash: z.string(),
    /** Last agreed values. */
    base: z.preprocess(fromText, z.record(z.string(), z.unknown())),
    lastPushed: z.record(z.string(), z.unknown()).nullable(),
    aliases: z.array(z.string()),
    deleted: z.boolean(),
    /** A record that is only here so far, and between when it was sent without hearing of it; null once it is there. */
    creation: z
      .object({ firstTriedAt: z.date().nullable(), lastTriedAt: z.date().nullable() })
      .nullable()
      .default(null),
    /** Since when our side has something for the vendor, or a person has decided; null: nothing. */
    pushDue: z.date().nullable().default(null),
    /** What waits for a person. */
    conflict: z.enum(['fields', 'delete']).nullable().default(null),
    /** Rises with every state of its conflict. */
    conflictVersion: z.int().nonnegative().default(0),
  },
  // Only ever read whole: as one text it is quicker to write and to read.
  { base: (base) => JSON.stringify(base) },
);

/** What of a link tells whether its record is unchanged: most are, and their values are then of no use. */
export const linkMarkSchema = recordLinkModel.schema.pick({
  externalId: true,
  order: true,
  fieldHash: true,
  aliases: true,
  deleted: true,
});
export type LinkMark = z.infer<typeof linkMarkSchema>;

/** What both sides changed, as it waits for a person. One for each record; its id is the record's link's. */
export const syncConflictModel = defineModel('sync_conflicts', {
  organizationId: z.string(),
  integrationId: z.string(),
  entity: crmEntitySchema,
  externalId: z.string(),
  recordId: z.string(),
  title: z.string(),
  kind: z.enum(['fields', 'delete']),
  status: z.enum(['open', 'resolved']),
  /** What `expectedVersion` names. */
  version: z.int().positive(),
  fields: z.array(
    z.object({
      field: z.string(),
      base: z.unknown(),
      external: z.unknown(),
      internal: z.unknown(),
      reason: z.string(),
    }),
  ),
  detectedAt: z.date(),
  resolvedAt: z.date().nullable(),
  /** A person, or `sync` where the sides came to agree by themselves. */
  resolvedBy: z.string().nullable(),
  /** Whose value a person chose, by field. With the values above it tells what there was before. */
  choices: z
    .record(z.string(), z.enum(['external', 'internal']))
    .nullable()
    .default(null),
});

export const taskStatusSchema = z.enum(['pending', 'queued', 'processing', 'completed', 'failed']);

export const syncTaskModel = defineModel('sync_tasks', {
  organizationId: z.string(),
  integrationId: z.string(),
  connectionId: z.string(),
  syncMode: z.enum(['pull', 'push', 'bidirectional']),
  priority: z.enum(['high', 'normal', 'low']),
  status: taskStatusSchema,
  type: z.enum(['scheduled', 'webhook', 'manual']),
  /** Null: it runs once. */
  nextScheduled: z.date().nullable(),
  everyHours: z.int().nullable(),
  enabled: z.boolean(),
  entities: z.array(entityNameSchema),
  full: z.boolean(),
  dryRun: z.boolean(),
  confirmDeletes: z.boolean(),
  requestedBy: z.string(),
  /** The run it is at: rises with each slot of a schedule. */
  run: z.int().nonnegative(),
  /** Parts a run was cut into, each a job. */
  part: z.int().nonnegative(),
  /** Tries in a row that failed for a passing reason. */
  tries: z.int().nonnegative(),
  /** A job that has not reported by then was lost. */
  claimedUntil: z.date().nullable(),
  /** How the kinds of record that are finished ended. */
  ended: z.record(
    z.string(),
    z.object({
      status: z.enum(['success', 'partial', 'failed']),
      counts: countsSchema,
      faults: z.array(faultSchema),
      diffs: z.array(diffSchema),
      heldDeletes: z.int(),
      message: z.string().nullable(),
      /** How many there are here, where the pass knows without counting them. */
      active: z.int().nullable().default(null),
    }),
  ),
  /** Where a dry run stands, which writes nothing else. */
  dryPasses: z.record(z.string(), passSchema),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});
export type EntityEnd = z.output<typeof syncTaskModel.schema>['ended'][string];

export const syncResultModel = defineModel('sync_results', {
  organizationId: z.string(),
  integrationId: z.string(),
  taskId: z.string(),
  dryRun: z.boolean(),
  status: z.enum(['success', 'partial', 'failed']),
  recordsProcessed: z.int(),
  recordsCreated: z.int(),
  recordsUpdated: z.int(),
  recordsUnchanged: z.int(),
  recordsDeleted: z.int(),
  recordsFailed: z.int(),
  conflictsDetected: z.int(),
  conflictsResolved: z.int(),
  heldDeletes: z.int(),
  /** Milliseconds. */
  duration: z.int(),
  executedAt: z.date(),
  message: z.string().nullable(),
  faults: z.array(faultSchema.extend({ entity: z.string() })),
  diffs: z.array(diffSchema),
  expiresAt: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

export const syncBody = z.strictObject({
  /** `pull` reads alone; `bidirectional` also writes what was changed here. */
  mode: z.enum(['pull', 'bidirectional']).default('bidirectional'),
  entities: z
    .array(entityNameSchema)
    .min(1)
    .max(20)
    .transform((names) => [...new Set(names)])
    .optional(),
  /** Compare every record, not only what changed. */
  full: z.boolean().default(false),
  /** Say what would happen, and write nothing. */
  dryRun: z.boolean().default(false),
  /** Delete here what is gone at the vendor even where that is much. */
  confirmDeletes: z.boolean().default(false),
});
export type SyncBody = z.output<typeof syncBody>;

export const scheduleBody = z.strictObject({
  enabled: z.boolean(),
  everyHours: z.int().min(1).max(168),
});
export type ScheduleBody = z.output<typeof scheduleBody>;

export const startedView = z.object({ taskId: z.string() });
export const syncQuery = pageQuery.extend({ integrationId: z.string().min(1).max(100) });
export type SyncQuery = z.output<typeof syncQuery>;
export const taskParams = z.object({ id: z.string().min(1).max(200) });

export const conflictParams = z.object({ id: z.string().min(1).max(100) });
export const conflictQuery = pageQuery.extend({
  integrationId: z.string().min(1).max(100),
  status: z.enum(['open', 'resolved']).default('open'),
});
export type ConflictQuery = z.output<typeof conflictQuery>;
const expectedVersion = z.int().positive();
/** One word for all of it, or one for each field. */
export const resolveBody = z.union([
  z.strictObject({ strategy: z.enum(['external_wins', 'internal_wins']), expectedVersion }),
  z.strictObject({
    fields: z.record(z.string().min(1).max(300), z.enum(['external', 'internal'])),
    expectedVersion,
  }),
]);
export const undoBody = z.strictObject({ expectedVersion });
export type UndoBody = z.output<typeof undoBody>;
/** One word for many. */
export const resolveManyBody = z.strictObject({
  strategy: z.enum(['external_wins', 'internal_wins']),
  conflicts: z
    .array(z.strictObject({ id: z.string().min(1).max(100), expectedVersion }))
    .min(1)
    .max(100, 'Settle at most 100 at once.'),
});
export type ResolveManyBody = z.output<typeof resolveManyBody>;
export const resolvedManyView = z.object({
  resolved: z.array(z.object({ id: z.string(), version: z.int() })),
  /** Those that changed meanwhile, or are not there, and why. */
  failed: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })),
});
export type ResolvedManyView = z.output<typeof resolvedManyView>;
export type ResolveBody = z.output<typeof resolveBody>;
export const conflictView = syncConflictModel.schema.omit({ organizationId: true });
export type ConflictView = z.output<typeof conflictView>;

export const taskView = syncTaskModel.schema.omit({
  organizationId: true,
  dryPasses: true,
  claimedUntil: true,
  ended: true,
});
export type TaskView = z.output<typeof taskView>;
export const resultView = syncResultModel.schema.omit({ organizationId: true, expiresAt: true });
export type ResultView = z.output<typeof resultView>;
export const crmConnectionView = crmConnectionModel.schema.omit({ organizationId: true });
export type CrmConnectionView = z.output<typeof crmConnectionView>;
