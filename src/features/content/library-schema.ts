import { z } from 'zod';
import { pageOf, pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { CONTENT_LIMITS, idSchema } from './schema';

/** What posts are written with and sorted by: campaigns, templates, signatures, groups of hashtags. */

const daySchema = z.iso.date({ error: 'Write the day as year-month-day: 2026-05-01.' });

const campaignShape = {
  name: z.string().trim().min(1, 'Give the campaign a name.').max(120),
  description: z.string().trim().max(2_000).optional(),
  /** First and last day, for orientation; posts may lie outside. */
  startsOn: daySchema.optional(),
  endsOn: daySchema.optional(),
};

export const campaignModel = defineModel('campaigns', {
  organizationId: z.string(),
  ...campaignShape,
  /** Archived ones are kept with their posts and no longer offered. */
  archived: z.boolean(),
  createdBy: z.string(),
});
export type Campaign = DocOf<typeof campaignModel>;

const inOrder = (days: { startsOn?: string | null | undefined; endsOn?: string | null | undefined }) =>
  !days.startsOn || !days.endsOn || days.startsOn <= days.endsOn;
const BACKWARDS = { message: 'A campaign ends after it begins.', path: ['endsOn'] };

export const createCampaignSchema = z.strictObject(campaignShape).refine(inOrder, BACKWARDS);
export type CreateCampaign = z.output<typeof createCampaignSchema>;
/** Only what is given changes; `null` clears. */
export const updateCampaignSchema = z
  .strictObject({
    name: campaignShape.name.optional(),
    description: z.string().trim().max(2_000).nullable().optional(),
    startsOn: daySchema.nullable().optional(),
    endsOn: daySchema.nullable().optional(),
    archived: z.boolean().optional(),
  })
  .refine(inOrder, BACKWARDS);
export type UpdateCampaign = z.output<typeof updateCampaignSchema>;
export const campaignSchema = campaignModel.schema;
export const campaignPage = pageOf(campaignSchema);
export const libraryIdParams = z.strictObject({ id: idSchema });

// Templates ------------------------------------------------------------------------------------------------------------

/** `post` has places to fill, `{{like this}}`; `signature` ends a post; `hashtags` is a group that is inserted together; `reply` is a saved answer of the inbox. */
export const TEMPLATE_KINDS = ['post', 'signature', 'hashtags', 'reply'] as const;
export const templateKindSchema = z.enum(TEMPLATE_KINDS);
export type TemplateKind = z.infer<typeof templateKindSchema>;

const templateShape = {
  name: z.string().trim().min(1, 'Give it a name.').max(120),
  text: z.string().trim().min(1, 'Write what it says.').max(10_000),
};

export const templateModel = defineModel('content_templates', {
  organizationId: z.string(),
  kind: templateKindSchema,
  ...templateShape,
  createdBy: z.string(),
});
export type ContentTemplate = DocOf<typeof templateModel>;

/** What the text of a template must be like, by its kind. */
export function templateFault(kind: TemplateKind, text: string): string | null {
  if (kind === 'signature' && text.length > CONTENT_LIMITS.signatureMax)
    return `A signature has at most ${CONTENT_LIMITS.signatureMax} characters.`;
  if (kind === 'hashtags') {
    const words = text.split(/\s+/);
    if (words.length > 60) return 'A group has at most 60 hashtags.';
    const wrong = words.find((word) => !/^#[\p{L}\p{M}\p{N}_]+$/u.test(word));
    if (wrong) return `"${wrong.slice(0, 40)}" is no hashtag. Write them like #spring, with spaces between.`;
  }
  return null;
}

export const createTemplateSchema = z
  .strictObject({ kind: templateKindSchema, ...templateShape })
  .check((ctx) => {
    const message = templateFault(ctx.value.kind, ctx.value.text);
    if (message) ctx.issues.push({ code: 'custom', message, path: ['text'], input: ctx.value.text });
  });
export type CreateTemplate = z.output<typeof createTemplateSchema>;
export const updateTemplateSchema = z.strictObject({
  name: templateShape.name.optional(),
  text: templateShape.text.optional(),
});
export type UpdateTemplate = z.output<typeof updateTemplateSchema>;
export const listTemplatesQuery = pageQuery.extend({ kind: templateKindSchema.optional() });
export type ListTemplatesQuery = z.output<typeof listTemplatesQuery>;
export const templateSchema = templateModel.schema;
export const templatePage = pageOf(templateSchema);
