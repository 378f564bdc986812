import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { entityNameSchema } from '../connections/schema';

/** Records of vendors that are no CRM: Notion pages, GitHub issues, rows of sheets, channels. They are read there and never written. */

export const integrationDataModel = defineModel('integration_data', {
  organizationId: z.string(),
  integrationId: z.string(),
  platform: z.string(),
  entityType: entityNameSchema,
  externalId: z.string(),
  title: z.string(),
  externalUrl: z.string().nullable(),
  /** By path of our own, as the mapping says. */
  data: z.record(z.string(), z.unknown()),
  /** Fields of the vendor that could not be taken over, and why. */
  issues: z.array(z.object({ field: z.string(), message: z.string() })),
  status: z.enum(['active', 'deleted']),
  externalUpdatedAt: z.date().nullable(),
  /** When its data was last written here. */
  syncedAt: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

export const dataQuery = pageQuery.extend({ entity: entityNameSchema });
export type DataQuery = z.output<typeof dataQuery>;

export const dataView = integrationDataModel.schema.omit({ organizationId: true });
export type IntegrationDataView = z.output<typeof dataView>;
