import type { TaskType } from '@/features/tokens/prices';
import { type PromptFields, type PromptVariable, promptVariable } from '../model';
import { termsOf } from './lines';

const PLACE = /\{\{\s*(\w+)\s*\}\}/g;

/** How one variable is asked for, as the form holds it. */
export interface VariableValues {
  type: PromptVariable['type'];
  description: string;
  required: boolean;
  maxLength: number;
  /** Separated by commas. */
  choices: string;
}

export interface PromptValues {
  name: string;
  task: TaskType;
  body: string;
  /** By the variable's name; those the text no longer uses are kept while the form is open. */
  variables: Record<string, VariableValues>;
}

export const NEW_VARIABLE: VariableValues = {
  type: 'text',
  description: '',
  required: true,
  maxLength: 2_000,
  choices: '',
};

/** Names of the places in a text, in the order of their first use. */
export function placesOf(body: string): string[] {
  return [...new Set([...body.matchAll(PLACE)].map(([, name = '']) => name))];
}

export const isVariableName = (name: string) => promptVariable.shape.name.safeParse(name).success;

export function promptValues(prompt?: PromptFields): PromptValues {
  if (!prompt) return { name: '', task: 'post_text', body: '', variables: {} };
  return {
    name: prompt.name,
    task: prompt.task,
    body: prompt.body,
    variables: Object.fromEntries(
      prompt.variables.map(({ name, choices = [], ...rest }) => [
        name,
        { ...rest, choices: choices.join(', ') },
      ]),
    ),
  };
}

/** What is sent: exactly the variables the text uses. */
export function promptFieldsOf({ name, task, body, variables }: PromptValues): PromptFields {
  return { name, task, body, variables: variablesOf(body, variables) };
}

export function variablesOf(body: string, settings: PromptValues['variables']): PromptVariable[] {
  return placesOf(body).map((name) => {
    const { choices, ...rest } = { ...NEW_VARIABLE, ...settings[name] };
    return { name, ...rest, ...(rest.type === 'choice' ? { choices: termsOf(choices) } : {}) };
  });
}

/** A text cut at its places, so that a preview can show which words came from where. */
export type PreviewPart = { at: number; text: string; place?: string };

/** @param optional places that may stay empty; without a value they leave nothing behind. */
export function previewParts(
  body: string,
  values: Readonly<Record<string, unknown>>,
  optional: ReadonlySet<string> = new Set(),
): PreviewPart[] {
  const parts: PreviewPart[] = [];
  let end = 0;
  for (const match of body.matchAll(PLACE)) {
    const [whole, place = ''] = match;
    if (match.index > end) parts.push({ at: end, text: body.slice(end, match.index) });
    const value = values[place];
    const open = value === undefined || value === '';
    const text = open ? (optional.has(place) ? '' : whole) : String(value);
    parts.push({ at: match.index, text, place });
    end = match.index + whole.length;
  }
  if (end < body.length) parts.push({ at: end, text: body.slice(end) });
  return parts;
}

/** What a person typed, as the API takes it; nothing typed is no value. */
export function typedValues(
  variables: readonly PromptVariable[],
  typed: Readonly<Record<string, string | boolean>>,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    variables.flatMap<[string, string | number | boolean]>(({ name, type }) => {
      const value = typed[name];
      if (type === 'boolean') return [[name, value === true]];
      if (typeof value !== 'string' || value === '') return [];
      return [[name, type === 'number' && value.trim() !== '' ? Number(value) : value]];
    }),
  );
}
