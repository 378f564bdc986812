import { z } from 'zod';

/** Posts as a table: the columns of import and export, and what an import answers. */
export const IMPORT_COLUMNS = [
  'text',
  'channels',
  'mode',
  'local_time',
  'zone',
  'title',
  'link',
  'media',
  'thread',
  'first_comment',
  'tags',
  'campaign',
] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];
export type ImportRow = Partial<Record<ImportColumn, string>>;

export const IMPORT_LIMITS = { rows: 1_000, bytes: 5 * 1024 * 1024, cell: 80_000 } as const;

export const importQuerySchema = z.strictObject({
  /** Only report; write nothing. */
  dryRun: z.stringbool().default(false),
  /** First and last row to import, counted as a spreadsheet does (the names of the columns are row 1). */
  from: z.coerce.number().int().min(2).optional(),
  to: z.coerce.number().int().min(2).optional(),
});
export type ImportQuery = z.output<typeof importQuerySchema>;

export const importFaultSchema = z.object({
  /** As a spreadsheet counts: the names of the columns are row 1. */
  row: z.int(),
  /** Empty where it is the whole row. */
  column: z.string(),
  code: z.string(),
  message: z.string(),
});
export type ImportFault = z.output<typeof importFaultSchema>;

export const importAnswerSchema = z.object({
  /** Rows of the file, or of the part that was asked for. */
  rows: z.int(),
  valid: z.int(),
  errors: z.array(importFaultSchema),
  created: z.int(),
  /** Rows of this very file that were imported before. */
  existing: z.int(),
});
export type ImportAnswer = z.output<typeof importAnswerSchema>;
