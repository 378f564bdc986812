import { ValidationError } from '@/core/errors';
import type { PromptFields, PromptVariable, VoiceFields } from '../model';

export type VariableValues = Readonly<Record<string, string | number | boolean>>;

/**
 * Fills a template's places with the values given, literally: a value that looks like a place stays text.
 * @throws ValidationError at `body.variables.<name>` for a missing, unknown, mistyped or too long value.
 */
export function renderTemplate(
  template: Pick<PromptFields, 'body' | 'variables'>,
  values: VariableValues,
): string {
  const faults = [
    ...template.variables.flatMap((variable) => faultOf(variable, values[variable.name])),
    ...Object.keys(values)
      .filter((name) => !template.variables.some((variable) => variable.name === name))
      .map((name) => ({ path: `body.variables.${name}`, message: 'The template has no such variable.' })),
  ];
  if (faults.length > 0) {
    throw new ValidationError(
      faults.length === 1
        ? 'One variable of the template needs your attention.'
        : `${faults.length} variables need your attention.`,
      faults,
    );
  }
  return template.body.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => String(values[name] ?? ''));
}

function faultOf(variable: PromptVariable, value: string | number | boolean | undefined) {
  const at = (message: string) => [{ path: `body.variables.${variable.name}`, message }];
  if (value === undefined || value === '') return variable.required ? at('This variable is needed.') : [];
  if (variable.type === 'number' && typeof value !== 'number') return at('Give a number.');
  if (variable.type === 'boolean' && typeof value !== 'boolean') return at('Give true or false.');
  if ((variable.type === 'text' || variable.type === 'choice') && typeof value !== 'string')
    return at('Give a text.');
  if (variable.type === 'choice' && !variable.choices?.includes(String(value)))
    return at(`Choose one of: ${(variable.choices ?? []).join(', ')}.`);
  if (String(value).length > variable.maxLength) return at(`At most ${variable.maxLength} characters.`);
  return [];
}

const EMOJI = { never: 'Use no emoji.', sparingly: 'Use at most one emoji.', freely: 'Emoji are welcome.' };
const HASHTAGS = { never: 'Use no hashtags.', few: 'Use few hashtags.', many: 'Use many hashtags.' };

/** A brand voice in words, as a model reads it. */
export function voiceText(voice: VoiceFields): string {
  const list = (title: string, items: readonly string[]) =>
    items.length > 0 ? `${title}\n${items.map((item) => `- ${item}`).join('\n')}` : '';
  return [
    voice.tone && `Tone: ${voice.tone}`,
    voice.audience && `Audience: ${voice.audience}`,
    list('Do:', voice.dos),
    list('Do not:', voice.donts),
    voice.bannedWords.length > 0 && `Never use these words: ${voice.bannedWords.join(', ')}.`,
    `${EMOJI[voice.emoji]} ${HASHTAGS[voice.hashtags]}`,
    voice.locale && `Write in ${voice.locale} unless the brief asks for another language.`,
    list('Examples of the voice:', voice.examples),
  ]
    .filter(Boolean)
    .join('\n');
}
