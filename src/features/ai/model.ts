import { z } from 'zod';
import { defineModel } from '@/core/db/model';
import { brandRules } from './brand-rules';
import { imageRequest } from './image-schema';
import { localeTag, platformName, policy, providerId, taskType, tokenFacts, usageFacts } from './schema';

/** Documents of the AI room. Money is whole micro-dollars; model tokens are what a provider counts. */

const amount = z.int().min(0);

// ── Usage ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One row per call to a provider, whoever pays for it. `id` is `{requestId}_{attempt}`. */
export const aiUsageModel = defineModel('ai_usage', {
  organizationId: z.string(),
  userId: z.string(),
  requestId: z.string(),
  attempt: amount,
  provider: providerId,
  model: z.string(),
  taskType,
  inputTokens: amount,
  cachedInputTokens: amount,
  outputTokens: amount,
  images: amount,
  costMicros: amount,
  latencyMs: amount,
  ttftMs: amount.nullable(),
  success: z.boolean(),
  errorClass: z.string().nullable(),
  /** Answered from our own cache: nothing was sent. */
  cached: z.boolean(),
  /** The vendor reported no usage; the numbers are ours. */
  estimated: z.boolean(),
  credentialOwner: z.string(),
  templateVersion: z.string().nullable(),
  voiceVersion: z.string().nullable(),
  at: z.date(),
  expiresAt: z.date(),
});

const counts = z.object({ requests: amount, failures: amount, inputTokens: amount, outputTokens: amount });
export type UsageCounts = z.output<typeof counts>;
const costed = counts.extend({ costMicros: amount });
export type UsageCosts = z.output<typeof costed>;

/** A day of an organisation as its members may see it: no cost, no names. `id` is `{org}_{yyyy-mm-dd}`. */
export const aiUsageRollupModel = defineModel('ai_usage_rollups', {
  organizationId: z.string(),
  day: z.iso.date(),
  total: counts,
  byProvider: z.record(z.string(), counts),
  byTask: z.record(z.string(), counts),
  expiresAt: z.date(),
});

/** A member's day with its cost, for the API alone. `id` is `{org}_{uid}_{yyyy-mm-dd}`. */
export const aiUsageLedgerModel = defineModel('ai_usage_ledgers', {
  organizationId: z.string(),
  userId: z.string(),
  day: z.iso.date(),
  total: costed,
  byProvider: z.record(z.string(), costed),
  byModel: z.record(z.string(), costed),
  byTask: z.record(z.string(), costed),
  expiresAt: z.date(),
});

// ── Quotas ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const quotaAmounts = z.object({ tokens: amount, requests: amount, costMicros: amount });
export type QuotaAmounts = z.output<typeof quotaAmounts>;

/** Null means no limit. */
export const quotaLimits = z.strictObject({
  tokens: z.int().positive().nullable().default(null),
  requests: z.int().positive().nullable().default(null),
  costMicros: z.int().positive().nullable().default(null),
});
export type QuotaLimits = z.output<typeof quotaLimits>;

/** `id` is `{orgId}_{yyyy-mm}`, or `{orgId}_{uid}_{yyyy-mm}` for one member. */
export const aiQuotaModel = defineModel('ai_quotas', {
  organizationId: z.string(),
  userId: z.string().nullable(),
  period: z.string().regex(/^\d{4}-\d{2}$/),
  used: quotaAmounts,
  held: quotaAmounts,
  /** Thresholds in percent that were announced. */
  alerted: z.array(z.int()),
  expiresAt: z.date(),
});

/** An open claim, so that one left behind by a crash can be given back. `id` is the request's. */
export const aiQuotaClaimModel = defineModel('ai_quota_claims', {
  organizationId: z.string(),
  userId: z.string(),
  period: z.string(),
  amounts: quotaAmounts,
  status: z.enum(['open', 'settled', 'released']),
  /** When the sweep may give it back. */
  dueAt: z.date(),
  expiresAt: z.date(),
});

// ── Pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What became of a request for pictures. `id` is the AI request's own. */
export const aiImageJobModel = defineModel('ai_image_jobs', {
  organizationId: z.string(),
  userId: z.string(),
  request: imageRequest,
  status: z.enum(['queued', 'running', 'done', 'failed']),
  assetIds: z.array(z.string()),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  usage: usageFacts.nullable(),
  tokens: tokenFacts.nullable(),
  expiresAt: z.date(),
});

// ── Settings ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const aiSettingsFields = z.strictObject({
  policy: policy.default('hybrid'),
  /** Null: every configured provider. */
  allowedProviders: z.array(providerId).min(1).nullable().default(null),
  blockedModels: z.array(z.string().max(120)).max(100).default([]),
  /** Enterprise only: whom to ask first. */
  preference: z.array(providerId).max(7).nullable().default(null),
  weights: z.partialRecord(providerId, z.number().min(0).max(100)).default({}),
  moderation: z.boolean().default(false),
  rules: brandRules.default(() => brandRules.parse({})),
  defaultVoiceId: z.string().max(200).nullable().default(null),
  /** Voice per channel id. */
  channelVoices: z.record(z.string().max(200), z.string().max(200)).default({}),
  quota: quotaLimits.default(() => quotaLimits.parse({})),
  memberQuota: quotaLimits.default(() => quotaLimits.parse({})),
});
export type AiSettings = z.output<typeof aiSettingsFields>;

/** `id` is the organisation's. */
export const aiSettingsModel = defineModel('ai_settings', {
  ...aiSettingsFields.shape,
  organizationId: z.string(),
});

// ── Prompt templates and brand voices ───────────────────────────────────────────────────────────────────────────────

const name = z.string().trim().min(1).max(120);
const line = z.string().trim().min(1).max(300);
export const versionStatus = z.enum(['draft', 'published', 'archived']);

export const promptVariable = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'Use lower-case letters, digits and _.'),
  type: z.enum(['text', 'number', 'boolean', 'choice']),
  description: z.string().trim().max(300).default(''),
  required: z.boolean().default(true),
  maxLength: z.int().min(1).max(20_000).default(2_000),
  choices: z.array(line).max(50).optional(),
});
export type PromptVariable = z.output<typeof promptVariable>;

export const promptFields = z
  .strictObject({
    name,
    task: taskType,
    /** Text with `{{variable}}` places. */
    body: z.string().trim().min(1).max(20_000),
    variables: z.array(promptVariable).max(30).default([]),
  })
  .superRefine((template, context) => {
    const declared = new Set(template.variables.map((variable) => variable.name));
    if (declared.size < template.variables.length)
      context.addIssue({ code: 'custom', path: ['variables'], message: 'Each variable may be named once.' });
    for (const [, used] of template.body.matchAll(/\{\{\s*(\w+)\s*\}\}/g)) {
      if (used && !declared.has(used))
        context.addIssue({
          code: 'custom',
          path: ['body'],
          message: `{{${used}}} is not declared as a variable.`,
        });
    }
  });
export type PromptFields = z.output<typeof promptFields>;

export const voiceFields = z.strictObject({
  name,
  tone: z.string().trim().max(1_000).default(''),
  audience: z.string().trim().max(1_000).default(''),
  dos: z.array(line).max(20).default([]),
  donts: z.array(line).max(20).default([]),
  examples: z.array(z.string().trim().min(1).max(2_000)).max(10).default([]),
  bannedWords: z.array(z.string().trim().min(2).max(80)).max(100).default([]),
  emoji: z.enum(['never', 'sparingly', 'freely']).default('sparingly'),
  hashtags: z.enum(['never', 'few', 'many']).default('few'),
  locale: localeTag.optional(),
  platforms: z.array(platformName).max(20).default([]),
});
export type VoiceFields = z.output<typeof voiceFields>;

const pointer = {
  organizationId: z.string(),
  name,
  status: versionStatus,
  latestVersion: z.int().min(1),
  publishedVersion: z.int().min(1).nullable(),
  updatedBy: z.string(),
};
const version = {
  organizationId: z.string(),
  version: z.int().min(1),
  createdBy: z.string(),
};

export const promptTemplateModel = defineModel('prompt_templates', { ...pointer, task: taskType });
export const promptVersionModel = defineModel('prompt_templates/{templateId}/versions', {
  ...version,
  ...promptFields.shape,
});
export const brandVoiceModel = defineModel('brand_voices', pointer);
export const voiceVersionModel = defineModel('brand_voices/{voiceId}/versions', {
  ...version,
  ...voiceFields.shape,
});
