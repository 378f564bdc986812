import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { inFull, stored } from './stored-provenance';

/** Contacts, companies, deals, leads and opportunities as they are mirrored here, with where each value comes from. */

export const CRM_ENTITIES = ['contact', 'company', 'deal', 'lead', 'opportunity'] as const;
export const crmEntitySchema = z.enum(CRM_ENTITIES);
export type CrmEntity = z.output<typeof crmEntitySchema>;

/** Records of the sandbox CRM are invented, and labelled wherever they show. */
export function isSandboxCrm(platform: string): boolean {
  return platform === 'sandbox_crm';
}

const value = z.unknown();

/** What becomes of a field that both sides changed, differently, since they last agreed. */
export const CONFLICT_STRATEGIES = [
  'external_wins',
  'internal_wins',
  'newest_wins',
  'field_merge',
  'custom_rule',
  'manual_review',
] as const;
export const conflictStrategySchema = z.enum(CONFLICT_STRATEGIES);

export const provenanceSchema = z.object({
  source: z.enum(['external', 'internal', 'both', 'person']),
  actor: z.string(),
  strategy: conflictStrategySchema.nullable(),
  /** Milliseconds since 1970. */
  stamp: z.number(),
  history: z.array(z.object({ value, stamp: z.number(), actor: z.string() })),
  /** The record that the value came from when two were merged; gone with the next change of the value. */
  mergedFrom: z.string().optional(),
});

/** What happened with a record is a record of its own. */
export const recordKindSchema = z.enum([...CRM_ENTITIES, 'activity']);
export type RecordKind = z.output<typeof recordKindSchema>;

/** Whether the vendor has what we have: `due` is on its way, `refused` was not taken there. */
export const recordSyncSchema = z.enum(['synced', 'due', 'conflict', 'refused']);
export type RecordSync = z.output<typeof recordSyncSchema>;

export const crmRecordModel = defineModel(
  'crm_records',
  {
    organizationId: z.string(),
    connectionId: z.string(),
    platform: z.string(),
    entity: recordKindSchema,
    /** Empty until the vendor has it. */
    externalId: z.string(),
    /** An activity's record; null for everything else. */
    relatedTo: z.string().nullable(),
    /** The record of the vendor's whose shard it is; null for a record of its own. */
    derivedFrom: z.string().nullable().default(null),
    externalUrl: z.string().nullable(),
    title: z.string(),
    subtitle: z.string(),
    /** Lower case, for the order of lists. */
    sortTitle: z.string(),
    /** Beginnings of its words, by which it is found. */
    terms: z.array(z.string()),
    /** By path of our own: `address.city`. */
    fields: z.record(z.string(), value),
    provenance: z.preprocess(inFull, z.record(z.string(), provenanceSchema)),
    /** Fields of the vendor that could not be taken over, and why. */
    issues: z.array(z.object({ field: z.string(), message: z.string() })),
    /** `merged`: another record stands for this one. */
    status: z.enum(['active', 'deleted', 'merged']),
    mergedInto: z.string().nullable().default(null),
    /** Records that this one stands for, earliest first. */
    mergedFrom: z.array(z.string()).default([]),
    /** Hashed keys, by which possible duplicates are found. */
    blocks: z.array(z.string()).default([]),
    externalUpdatedAt: z.date().nullable(),
    lastActivityAt: z.date().nullable(),
    activityCount: z.int().nonnegative(),
    /** Rises with every change of its fields; what `If-Match` names. */
    version: z.int().nonnegative().default(0),
    sync: recordSyncSchema.default('synced'),
    /** For people: why the vendor did not take it. */
    syncMessage: z.string().nullable().default(null),
  },
  { provenance: stored },
);

const expression = z.string().trim().min(1).max(10_000);
/** How conflicts are settled: the field's own word, else its kind of record's, else the connection's. */
export const conflictPolicySchema = z.strictObject({
  strategy: conflictStrategySchema,
  /** JSONata over `base`, `external` and `internal`; `custom_rule` alone reads it. */
  expression: expression.nullable().default(null),
  entities: z
    .record(
      // As the vendor's adapter names them.
      z.string().regex(/^[a-z][a-z_]{0,39}$/, 'Name a kind of record.'),
      z.strictObject({
        strategy: conflictStrategySchema.nullable().default(null),
        expression: expression.nullable().default(null),
        fields: z
          .record(
            z.string().min(1).max(300),
            z.strictObject({
              strategy: conflictStrategySchema,
              expression: expression.nullable().default(null),
              /** `field_merge` alone reads it. */
              mergeRule: z
                .enum(['external', 'internal', 'newest', 'union', 'longest', 'max', 'min'])
                .nullable()
                .default(null),
            }),
          )
          .default({}),
      }),
    )
    .default({}),
});
export type ConflictSettings = z.output<typeof conflictPolicySchema>;
/** One-sided edits survive, and nobody's edit is lost without a person's word. */
export const DEFAULT_POLICY: ConflictSettings = { strategy: 'field_merge', expression: null, entities: {} };

export const entityProgressSchema = z.object({
  state: z.enum(['running', 'done', 'failed', 'waiting']),
  processed: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  deleted: z.int(),
  failed: z.int(),
  at: z.date(),
});
export type EntityProgress = z.output<typeof entityProgressSchema>;

/** Kinds of record that go from stage to stage. */
export const PIPELINE_ENTITIES = ['deal', 'opportunity'] as const;
export type PipelineEntity = (typeof PIPELINE_ENTITIES)[number];
export function isStaged(entity: string): entity is PipelineEntity {
  return (PIPELINE_ENTITIES as readonly string[]).includes(entity);
}
/** Kinds of record that count as new people. */
export const ARRIVAL_ENTITIES = ['contact', 'lead'] as const;

export const moneySchema = z.object({
  /** Null where a record names none; such amounts are no other currency's. */
  currency: z.string().nullable(),
  /** Decimal text, such as `1234.5`. */
  amount: z.string(),
});
export type Money = z.output<typeof moneySchema>;

/** What is counted of a connection after its records changed, so that overviews need not read them. */
export const crmCountersSchema = z.object({
  /** By UTC day, the last seven, how many records came here. */
  arrivals: z.record(z.string(), z.object({ contact: z.int(), lead: z.int() })),
  pipelines: z.array(
    z.object({
      entity: z.enum(PIPELINE_ENTITIES),
      /** False where there are more records than are counted. */
      complete: z.boolean(),
      stages: z.array(
        z.object({
          stage: z.string().nullable(),
          label: z.string(),
          count: z.int(),
          sums: z.array(moneySchema),
        }),
      ),
    }),
  ),
  at: z.date(),
});
export type CrmCounters = z.output<typeof crmCountersSchema>;

/** How a CRM and this organisation are kept in step; its id is the integration's. */
/** Changes as they happen, where the vendor has them: whether people want them, and how listening goes. */
export const liveChangesSchema = z.object({
  enabled: z.boolean(),
  state: z.enum(['off', 'waiting', 'catching_up', 'live']),
  /** Why it waits. */
  reason: z
    .enum(['no_worker', 'connecting', 'unreachable', 'not_allowed', 'allowance', 'signed_out'])
    .nullable(),
  /** When the vendor was last heard; it says something within five minutes even where nothing happens. */
  heardAt: z.date().nullable(),
});
export type LiveChanges = z.output<typeof liveChangesSchema>;
export const NO_LIVE_CHANGES: LiveChanges = { enabled: false, state: 'off', reason: null, heardAt: null };

export const crmConnectionModel = defineModel('crm_connections', {
  organizationId: z.string(),
  platform: z.string(),
  status: z.enum(['active', 'disconnected']),
  syncConfig: z.object({
    enabled: z.boolean(),
    everyHours: z.int().min(1).max(168),
    /** Kinds of record as the vendor's adapter names them. */
    entities: z.array(z.string()),
  }),
  conflictPolicy: conflictPolicySchema.default(DEFAULT_POLICY),
  /** The task that runs now. */
  taskId: z.string().nullable(),
  /** By kind of record; live while a sync runs. */
  progress: z.record(z.string(), entityProgressSchema),
  lastSyncAt: z.date().nullable(),
  lastStatus: z.enum(['success', 'partial', 'failed']).nullable(),
  /** For people: what kept the last sync from being whole. */
  lastMessage: z.string().nullable(),
  /** Deletions by the last sync that wait for an admin's word, because there were so many. */
  heldDeletes: z.int().nonnegative(),
  /** Relations to records that have not come for a day. */
  missingRelations: z.int().nonnegative().default(0),
  /** Null until its first sync was counted. */
  counters: crmCountersSchema.nullable().default(null),
  liveChanges: liveChangesSchema.default(NO_LIVE_CHANGES),
});

// API ------------------------------------------------------------------------------------------------------------------

export const recordParams = z.object({ id: z.string().min(1).max(100) });
export const recordQuery = pageQuery.extend({
  entity: crmEntitySchema.default('contact'),
  q: z.string().trim().max(80).optional(),
});
export type RecordQuery = z.output<typeof recordQuery>;

export const recordView = crmRecordModel.schema.omit({
  organizationId: true,
  terms: true,
  sortTitle: true,
  blocks: true,
});
export type RecordView = z.output<typeof recordView>;

/** A field of a record that people may change, since it can be written at its vendor. */
export const editableFieldSchema = z.object({ field: z.string(), type: z.string(), required: z.boolean() });
export type EditableField = z.output<typeof editableFieldSchema>;
export const recordDetailView = recordView.extend({ editable: z.array(editableFieldSchema) });
export type RecordDetailView = z.output<typeof recordDetailView>;

export const editRecordBody = z.strictObject({
  /** By path of our own, such as `address.city`; null clears it. */
  fields: z
    .record(z.string().min(1).max(300), z.json())
    .refine((fields) => Object.keys(fields).length > 0, 'Say what to change.')
    .refine((fields) => Object.keys(fields).length <= 100, 'Change at most 100 fields at once.'),
});
export type EditRecordBody = z.output<typeof editRecordBody>;

export const createRecordBody = z.strictObject({
  entity: crmEntitySchema,
  /** The connected CRM that gets it. */
  connectionId: z.string().min(1).max(100),
  /** By path of our own, such as `address.city`. */
  fields: z
    .record(z.string().min(1).max(300), z.json())
    .refine((fields) => Object.keys(fields).length <= 100, 'Fill in at most 100 fields.'),
});
export type CreateRecordBody = z.output<typeof createRecordBody>;
export const targetQuery = z.object({ entity: crmEntitySchema });
/** A connected CRM that takes new records, with the fields to fill in. */
export const recordTargetView = z.object({
  connectionId: z.string(),
  name: z.string(),
  platform: z.string(),
  fields: z.array(editableFieldSchema),
});
export type RecordTarget = z.output<typeof recordTargetView>;

export const activityBody = z.strictObject({
  /** `note`, `email_opened`, `comment`: a word for what happened. */
  kind: z.string().regex(/^[a-z][a-z_]{1,39}$/, 'Use small letters and underscores, such as email_opened.'),
  text: z.string().trim().max(2_000).default(''),
  /** When it happened; now by default. */
  at: z.coerce.date().optional(),
});
export type ActivityBody = z.output<typeof activityBody>;

export const stageSchema = z.object({ value: z.string(), label: z.string() });
export type Stage = z.output<typeof stageSchema>;

/** One connection's records of one kind, by stage. */
export const pipelineSchema = z.object({
  connectionId: z.string(),
  entity: z.enum(PIPELINE_ENTITIES),
  platform: z.string(),
  name: z.string(),
  /** In the vendor's order; empty where it did not say. */
  stages: z.array(stageSchema),
  /** False while the vendor does not answer: the stages are then those that records have. */
  stagesKnown: z.boolean(),
  /** Whether the stage can be written at the vendor. */
  editable: z.boolean(),
});
export type Pipeline = z.output<typeof pipelineSchema>;
