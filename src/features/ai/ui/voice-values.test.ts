import { expect, it } from 'vitest';
import { voiceFields } from '../model';
import { voiceForm, voiceValues } from './voice-values';

const voice = voiceFields.parse({
  name: 'House voice',
  tone: 'Plain and warm',
  audience: 'Regulars',
  dos: ['Name the farm', 'Say the roast date'],
  donts: ['No superlatives'],
  examples: ['First line.\nSecond line.', 'Another one.'],
  bannedWords: ['world-class', 'pure passion'],
  emoji: 'never',
  hashtags: 'few',
  locale: 'de-AT',
  platforms: ['x'],
});

it('a voice survives its form', () => {
  expect(voiceForm.parse(voiceValues(voice))).toEqual(voice);
});

it('an empty form lacks only its name', () => {
  const result = voiceForm.safeParse(voiceValues());
  expect(result.error?.issues.map(({ path }) => path[0])).toEqual(['name']);
  expect(voiceForm.parse({ ...voiceValues(), name: 'New' })).toMatchObject({ dos: [], examples: [] });
});

it('blank lines, spaces and repeated words are not entries', () => {
  const values = { ...voiceValues(voice), dos: ' a \n\n b ', bannedWords: 'cheap, cheap\n free ' };
  expect(voiceForm.parse(values)).toMatchObject({ dos: ['a', 'b'], bannedWords: ['cheap', 'free'] });
});

it('says which field is too much', () => {
  const values = { ...voiceValues(voice), donts: Array.from({ length: 21 }, (_, n) => `no ${n}`).join('\n') };
  expect(voiceForm.safeParse(values).error?.issues.map(({ path }) => path[0])).toEqual(['donts']);
});
