import { z } from 'zod';
import { defineModel } from '@/core/db/model';

/** Shards: what else of ours one record of a vendor becomes. Relations: which of its records belong together. */

/** The record itself, which needs no rule. */
export const PRIMARY = 'primary';
export const MAX_SHARDS = 10;
/** Says that a relation is a record's with its own shard. */
export const SHARD_SOURCE = 'shard';

export const SHARD_KINDS = ['contact', 'company', 'lead', 'activity'] as const;
export const shardKindSchema = z.enum(SHARD_KINDS);
export type ShardKind = z.output<typeof shardKindSchema>;

const fieldName = z.string().trim().min(1).max(300);

export const shardRuleSchema = z.strictObject({
  /** Names it among the shards of its entity, for good. */
  key: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'Use small letters, digits and underscores, such as billing_company.')
    .refine((key) => key !== PRIMARY, 'This is the name of the record itself.'),
  kind: shardKindSchema,
  /** JSONata over the record's fields; null: always. */
  condition: z.string().trim().min(1).max(10_000).nullable().default(null),
  /** Fields of the shard by the record's fields that fill them, both by our names. */
  fields: z
    .record(fieldName, fieldName)
    .refine((fields) => Object.keys(fields).length > 0, 'Say which fields it takes.')
    .refine((fields) => Object.keys(fields).length <= 50, 'A shard takes at most 50 fields.'),
  /** Records with one value in this field of the shard share one shard, such as the people of a company. */
  identity: fieldName.nullable().default(null),
});
export type ShardRule = z.output<typeof shardRuleSchema>;

/** The shards of one kind of record, in order. Like mappings they are for all connections of their type. */
export const shardRulesModel = defineModel('shard_rules', {
  organizationId: z.string(),
  integrationType: z.string(),
  entityType: z.string(),
  shards: z.array(shardRuleSchema),
  /** Keys of rules that are gone: what they made ends with the next pass. */
  retired: z.array(z.string()),
  version: z.int().positive(),
  /** By connection: how far its deleted records were looked through. */
  swept: z.record(z.string(), z.string()).default({}),
});

export const relationModel = defineModel('relations', {
  organizationId: z.string(),
  integrationId: z.string(),
  fromEntity: z.string(),
  fromExternalId: z.string(),
  toEntity: z.string(),
  toExternalId: z.string(),
  /** Records of ours; null as long as the record is not here. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** What `to` is for `from`. */
  kind: z.string(),
  /** Who says so. */
  source: z.string(),
  status: z.enum(['linked', 'pending']),
  /** Since when an end is missing. */
  pendingSince: z.date().nullable(),
  /** When people were told that it is missing. */
  reportedAt: z.date().nullable(),
});

// API ------------------------------------------------------------------------------------------------------------------

export const saveShardsBody = z.strictObject({
  /** In order. None: each record is one of ours, as without shards. */
  shards: z.array(shardRuleSchema).max(MAX_SHARDS),
  /** The one the caller has seen; 0 before the first. */
  expectedVersion: z.int().nonnegative(),
});
export type SaveShardsBody = z.output<typeof saveShardsBody>;
export const shardsView = z.object({
  shards: z.array(shardRuleSchema),
  version: z.int().nonnegative(),
  /** Fields of ours that the entity's mappings fill: what shards may take. */
  available: z.array(z.string()),
});
export type ShardsView = z.output<typeof shardsView>;
