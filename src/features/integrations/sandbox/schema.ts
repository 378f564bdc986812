import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { sandboxHandle } from '@/features/platforms/sandbox/schema';
import { SANDBOX_ENTITIES } from './entities.data';

/** The sandbox CRM's own world: what stands here is the vendor's side, never a record of IriSync. */

export const sandboxEntitySchema = z.enum(SANDBOX_ENTITIES);

const values = z.record(z.string(), z.string().nullable());

/** One account of the sandbox CRM; a sandbox sign-in has one. */
export const sandboxCrmAccountModel = defineModel('sandbox_crm_accounts', {
  handle: sandboxHandle,
  displayName: z.string(),
  ownerUserId: z.string(),
});

/** The document's id is the id that the sandbox CRM gives its record. */
export const sandboxCrmRecordModel = defineModel('sandbox_crm_records', {
  accountId: z.string(),
  entity: sandboxEntitySchema,
  values,
  /** Deleted by a person, and still in the list of what was deleted. */
  archived: z.boolean(),
  madeAt: z.date(),
  /** When a value last changed, by the sandbox CRM's clock. */
  stampedAt: z.date(),
});

// What its page and API exchange ------------------------------------------------------------------------------------------

export const sandboxCrmAccounts = z.object({
  sandbox: z.literal(true),
  items: z.array(z.object({ handle: z.string(), displayName: z.string() })),
});
export type SandboxCrmAccounts = z.output<typeof sandboxCrmAccounts>;

export const sandboxCrmQuery = pageQuery.extend({
  account: sandboxHandle,
  entity: sandboxEntitySchema.default('contact'),
  deleted: z.enum(['true', 'false']).default('false'),
});
export type SandboxCrmQuery = z.output<typeof sandboxCrmQuery>;

export const sandboxCrmRecord = z.object({
  id: z.string(),
  entity: sandboxEntitySchema,
  values,
  deleted: z.boolean(),
  changedAt: z.iso.datetime(),
});
export type SandboxCrmRecordView = z.output<typeof sandboxCrmRecord>;

export const sandboxCrmPage = z.object({
  sandbox: z.literal(true),
  items: z.array(sandboxCrmRecord),
  cursor: z.string().nullable(),
});

const given = z.record(z.string().min(1).max(60), z.string().max(1_000).nullable());
export const createSandboxRecord = z.strictObject({
  account: sandboxHandle,
  entity: sandboxEntitySchema,
  values: given,
});
export type CreateSandboxRecord = z.output<typeof createSandboxRecord>;
export const changeSandboxRecord = z.strictObject({ values: given });
export const sandboxRecordParams = z.object({ id: z.string().min(1).max(100) });
export const removeSandboxRecord = z.strictObject({
  /** Erased leaves no trace: only a sync that compares everything finds out. */
  erase: z.enum(['true', 'false']).default('false'),
});
