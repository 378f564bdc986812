import { z } from 'zod';
import type { IntegrationType } from './schema';
import { parseRange } from './sheet-range';

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

/** Of a spreadsheet's address only the id is kept. */
const spreadsheetId = z
  .string()
  .trim()
  .transform((text) => /\/spreadsheets\/d\/([\w-]+)/.exec(text)?.[1] ?? text)
  .pipe(z.string().regex(/^(?:[\w-]{20,100})?$/, 'Paste the address of the spreadsheet, or its id.'))
  .default('');

export const googleSheetsSettings = z.strictObject({
  spreadsheetId,
  range: z
    .string()
    .trim()
    .max(200)
    .transform((text) => text || 'A:Z')
    .refine(
      (text) => parseRange(text) !== null,
      'Write a range such as Contacts!A1:F, at most 100 columns wide.',
    )
    .default('A:Z'),
  /** Empty: a row is known by its number. */
  keyColumn: z.string().trim().max(200).default(''),
});
export type GoogleSheetsSettings = z.output<typeof googleSheetsSettings>;

type Settings = Record<string, z.core.util.JSONType>;
const SETTINGS: Partial<Record<IntegrationType, z.ZodType<Settings>>> = {
  github: githubSettings,
  google_sheets: googleSheetsSettings,
};
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
  google_sheets: [
    { name: 'spreadsheetId', form: 'text', required: true },
    { name: 'range', form: 'text', required: false },
    { name: 'keyColumn', form: 'text', required: false },
  ],
};
