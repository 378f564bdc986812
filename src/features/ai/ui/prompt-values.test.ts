import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promptFields } from '../model';
import { renderTemplate } from '../prompts/render';
import {
  isVariableName,
  placesOf,
  previewParts,
  promptFieldsOf,
  promptValues,
  typedValues,
} from './prompt-values';

const prompt = promptFields.parse({
  name: 'Launch',
  task: 'post_text',
  body: 'Announce {{ product }} in {{tone}}. {{product}} costs {{price}}.',
  variables: [
    { name: 'product', type: 'text', maxLength: 80 },
    { name: 'tone', type: 'choice', choices: ['calm', 'loud'] },
    { name: 'price', type: 'number', required: false },
  ],
});

describe('a template', () => {
  it('survives its form', () => {
    expect(promptFields.parse(promptFieldsOf(promptValues(prompt)))).toEqual(prompt);
  });

  it('declares each place of its text once, and no others', () => {
    const values = { ...promptValues(prompt), body: 'Only {{price}} and {{place}}, {{price}}.' };
    expect(promptFieldsOf(values).variables.map(({ name, type }) => [name, type])).toEqual([
      ['price', 'number'],
      ['place', 'text'],
    ]);
    // The settings wait for the place to come back.
    expect(promptFieldsOf({ ...values, body: prompt.body }).variables).toHaveLength(3);
  });

  it('names with capitals are not variables', () => {
    expect(placesOf('{{Product}} {{ok_1}}').map(isVariableName)).toEqual([false, true]);
  });
});

describe('the preview', () => {
  it('shows what is missing as its place, and what is given as given', () => {
    const parts = previewParts('A {{x}} and {{y}}!', { x: '{{y}}', y: '' });
    expect(parts.map(({ text, place }) => [text, place])).toEqual([
      ['A ', undefined],
      ['{{y}}', 'x'],
      [' and ', undefined],
      ['{{y}}', 'y'],
      ['!', undefined],
    ]);
  });

  it('an optional value that is missing leaves nothing behind, as in the text that is sent', () => {
    const values = { product: 'Huila', tone: 'calm' };
    const shown = previewParts(prompt.body, values, new Set(['price'])).map(({ text }) => text);
    expect(shown.join('')).toBe(renderTemplate(prompt, values));
  });

  it('reads like the text that is sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a ', '{{x}}', ' {{ x }}', '}}', '{{', '{{y}}')),
        fc.string({ minLength: 1 }),
        (pieces, x) => {
          const body = pieces.join('');
          const values = Object.fromEntries(placesOf(body).map((name) => [name, x]));
          const variables = placesOf(body).map((name) => ({
            name,
            type: 'text' as const,
            description: '',
            required: true,
            maxLength: 2_000,
          }));
          const shown = previewParts(body, values).map(({ text }) => text);
          expect(shown.join('')).toBe(renderTemplate({ body, variables }, values));
        },
      ),
    );
  });
});

it('typed values have the type of their variable; an empty field is no value', () => {
  const typed = { product: '', tone: 'calm', price: '12.5' };
  expect(typedValues(prompt.variables, typed)).toEqual({ tone: 'calm', price: 12.5 });
  const yes = { name: 'sale', type: 'boolean', description: '', required: true, maxLength: 10 } as const;
  expect(typedValues([yes], {})).toEqual({ sale: false });
});
