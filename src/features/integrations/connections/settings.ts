import { z } from 'zod';
import type { IntegrationType } from './schema';

/** What people choose for a connection beyond its account. A vendor that is not here has nothing to choose. */

/** GitHub takes names in any case. */
const repository = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z\d](?:[a-z\d-]{0,38})\/[\w.-]{1,100}$/, 'Write a repository as owner/name.')
  .refine((name) => !/\/\.{1,2}$/.test(name), 'Write a repository as owner/name.');

export const githubSettings = z.strictObject({
  repositories: z
    .array(repository)
    .max(50, 'Choose at most 50 repositories.')
    .transform((names) => [...new Set(names)])
    .default([]),
});

type Settings = Record<string, z.core.util.JSONType>;
const SETTINGS: Partial<Record<IntegrationType, z.ZodType<Settings>>> = { github: githubSettings };
const nothing: z.ZodType<Settings> = z.strictObject({});

export function settingsSchemaOf(type: IntegrationType): z.ZodType<Settings> {
  return SETTINGS[type] ?? nothing;
}

/** A field of the form; `lines` takes several values, one a line. */
export interface SettingField {
  name: string;
  form: 'lines' | 'text';
  required: boolean;
}
export const SETTING_FIELDS: Partial<Record<IntegrationType, readonly SettingField[]>> = {
  github: [{ name: 'repositories', form: 'lines', required: true }],
};
