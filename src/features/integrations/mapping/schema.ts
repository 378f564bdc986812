import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { pathFault } from './paths';

/** How fields of a vendor's records become fields of ours. */

export const fieldTypeSchema = z.enum([
  'string',
  'number',
  'integer',
  'boolean',
  'date',
  'datetime',
  'email',
  'phone',
  'url',
  'currency',
  'enum',
  'array',
  'object',
  'reference',
]);
export type FieldType = z.output<typeof fieldTypeSchema>;

const path = z
  .string()
  .trim()
  .max(300)
  .superRefine((text, context) => {
    const fault = pathFault(text);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });
const writablePath = path.refine(
  (text) => !text.includes('[*]'),
  'A field to write has one place: leave [*] out.',
);
const json = z.json();
const scalar = z.union([z.string().max(2_000), z.number(), z.boolean(), z.null()]);
/** Firestore knows no lists of lists. */
const plainValue = z.union([scalar, z.array(scalar).max(100)]);

export const fieldValidationSchema = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  minLength: z.int().nonnegative().optional(),
  maxLength: z.int().nonnegative().optional(),
  /** A regular expression that must be found in the text. */
  pattern: z.string().min(1).max(500).optional(),
  /** `enum`: what is allowed. */
  values: z.array(z.string().max(200)).min(1).max(500).optional(),
  /** `phone`: the country of numbers without a country code. */
  region: z
    .string()
    .regex(/^[A-Z]{2}$/, 'Write the country as two letters, such as DE.')
    .optional(),
  /** `array`: what divides a text into a list. */
  separator: z.string().min(1).max(5).optional(),
});
export type FieldValidation = z.output<typeof fieldValidationSchema>;

const languageSchema = z.enum(['jsonata', 'javascript']);
const name = z
  .string()
  .trim()
  .regex(/^[A-Za-z][\w.-]{0,59}$/, 'Use letters, digits, dots, hyphens and underscores, at most 60.');

/** What a mapping says, without whose it is. */
const ruleFields = {
  externalField: path,
  internalField: writablePath,
  fieldType: fieldTypeSchema,
  isRequired: z.boolean().default(false),
  /** Taken where the record has nothing. */
  defaultValue: plainValue.default(null),
  /** An expression over `value`, `record` and `context`; null takes the value as it is. */
  transformation: z.string().trim().min(1).max(10_000).nullable().default(null),
  /** Without it a transformation with a `return` is JavaScript, any other JSONata. */
  language: languageSchema.nullable().default(null),
  validation: fieldValidationSchema.prefault({}),
};
export const mappingRuleSchema = z.strictObject(ruleFields);
export type MappingRule = z.output<typeof mappingRuleSchema>;

export const dataMappingModel = defineModel('data_mappings', {
  organizationId: z.string(),
  integrationType: z.string(),
  entityType: z.string(),
  ...mappingRuleSchema.shape,
  /** Raised by each change; records mapped under an older one are mapped anew. */
  version: z.int().positive(),
  /** Where it stands among mappings that write the same place, as milliseconds since 1970; absent: where it was made. */
  position: z.number().optional(),
  createdBy: z.string(),
});

// API ------------------------------------------------------------------------------------------------------------------

export const createMappingBody = z.strictObject({ integrationType: name, entityType: name, ...ruleFields });
export type CreateMappingBody = z.output<typeof createMappingBody>;

/** Where it comes from is what a mapping is: for another field make another. */
export const changeMappingBody = z
  .strictObject({
    internalField: ruleFields.internalField.optional(),
    fieldType: ruleFields.fieldType.optional(),
    isRequired: z.boolean().optional(),
    defaultValue: plainValue.optional(),
    transformation: z.string().trim().min(1).max(10_000).nullable().optional(),
    language: languageSchema.nullable().optional(),
    validation: fieldValidationSchema.optional(),
    /** Refused when somebody changed it meanwhile. */
    expectedVersion: z.int().positive(),
  })
  .refine((body) => Object.keys(body).length > 1, 'Say what to change.');
export type ChangeMappingBody = z.output<typeof changeMappingBody>;

/** All mappings of a kind of record, in the order in which they are applied; what is left out is deleted. */
export const saveMappingsBody = z.strictObject({
  integrationType: name,
  entityType: name,
  /** Versions of all mappings this is based on, by id. Refused when others are stored. */
  expected: z
    .record(z.string().min(1).max(100), z.int().positive())
    .refine((all) => Object.keys(all).length <= 400, 'Name at most 400 mappings.'),
  mappings: z.array(mappingRuleSchema).max(200),
});
export type SaveMappingsBody = z.output<typeof saveMappingsBody>;

export const mappingParams = z.object({ id: z.string().min(1).max(100) });
export const mappingQuery = pageQuery.extend({
  integrationType: name.optional(),
  entityType: name.optional(),
});
export type MappingQuery = z.output<typeof mappingQuery>;

export const previewBody = z.strictObject({
  integrationType: name,
  entityType: name,
  /** A record as the vendor sends it. */
  record: z.record(z.string(), json),
  context: z.record(z.string(), json).default({}),
  /** Tried instead of the stored ones. */
  mappings: z.array(mappingRuleSchema).min(1).max(200).optional(),
});
export type PreviewBody = z.output<typeof previewBody>;

export const mappingView = dataMappingModel.schema.omit({ organizationId: true });
export type MappingView = z.output<typeof mappingView>;

export const previewView = z.object({
  before: z.record(z.string(), json),
  after: z.record(z.string(), json),
  errors: z.array(
    z.object({
      field: z.string(),
      step: z.enum(['expression', 'transformation', 'conversion', 'validation', 'required']),
      message: z.string(),
      /** Of an expression that does not compile: counted from 1. */
      line: z.int().optional(),
      character: z.int().optional(),
    }),
  ),
});
export type PreviewView = z.output<typeof previewView>;

export const templateView = z.object({
  id: z.string(),
  name: z.string(),
  integrationType: z.string(),
  entityType: z.string(),
  mappings: z.array(mappingRuleSchema),
});
export type TemplateView = z.output<typeof templateView>;

export const savedView = z.object({
  items: z.array(mappingView),
  created: z.int(),
  changed: z.int(),
  deleted: z.int(),
});
export type SavedView = z.output<typeof savedView>;

export const appliedView = z.object({ created: z.int(), kept: z.int() });
