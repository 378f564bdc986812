import { z } from 'zod';
import { pageOf } from '@/core/db/cursor';
import { aiSettingsFields, promptFields, promptVariable, versionStatus, voiceFields } from './model';
import { taskType } from './schema';

/** What the API takes and answers about prompt templates, brand voices and settings. */
export const idParams = z.object({ id: z.string().max(200) });
export const publishRequest = z.strictObject({ version: z.int().min(1) });

const head = z.object({
  id: z.string(),
  name: z.string(),
  status: versionStatus,
  latestVersion: z.int(),
  publishedVersion: z.int().nullable(),
  updatedAt: z.date(),
});
const version = { version: z.int(), createdBy: z.string() };

export const promptHead = head.extend({ task: taskType });
export const promptDetail = promptHead.extend({
  current: z.object({
    ...version,
    name: z.string(),
    task: taskType,
    body: z.string(),
    variables: z.array(promptVariable),
  }),
});
export type PromptDetailView = z.output<typeof promptDetail>;
export const promptPage = pageOf(promptHead);
export const promptRequest = promptFields;

export const voiceHead = head;
export const voiceDetail = head.extend({ current: voiceFields.strip().extend(version) });
export type VoiceDetailView = z.output<typeof voiceDetail>;
export const voicePage = pageOf(voiceHead);
export const voiceRequest = voiceFields;

export const settingsRequest = aiSettingsFields;
export const settingsResponse = aiSettingsFields;
