import { expect, it } from 'vitest';
import { aiSettingsFields } from '../model';
import { moved, settingsOf, settingsValues } from './settings-values';

const settings = aiSettingsFields.parse({
  policy: 'weighted',
  allowedProviders: ['openai', 'glm'],
  blockedModels: ['gpt-6.2-sol'],
  preference: ['glm', 'openai'],
  weights: { openai: 70, glm: 30.5 },
  moderation: true,
  rules: {
    bannedWords: ['cheap', 'best in town'],
    competitors: ['Beanhouse'],
    forbiddenClaims: ['cures fatigue, always', 'guaranteed'],
    disclosures: [{ when: 'giveaway', require: 'Terms => website' }],
    personalData: 'block',
  },
  defaultVoiceId: 'voice_1',
  channelVoices: { con_1: 'voice_2' },
  quota: { tokens: 400, costMicros: 12_340_000 },
  memberQuota: { requests: 20 },
});

it('settings survive their form', () => {
  expect(aiSettingsFields.parse(settingsOf(settingsValues(settings)))).toEqual(settings);
  const defaults = aiSettingsFields.parse({});
  expect(settingsOf(settingsValues(defaults))).toEqual(defaults);
});

it('an empty limit is no limit, and dollars are whole micro-dollars', () => {
  const values = settingsValues(settings);
  const sent = settingsOf({ ...values, quota: { tokens: '', requests: ' ', cost: '0.1' } });
  expect(sent.quota).toEqual({ tokens: null, requests: null, costMicros: 100_000 });
});

it.each([
  ['quota', { tokens: '-3', requests: '', cost: '' }],
  ['quota', { tokens: '1.5', requests: '', cost: '' }],
  ['quota', { tokens: 'many', requests: '', cost: '' }],
])('what is no limit is refused, not read as none: %s %o', (field, quota) => {
  const sent = settingsOf({ ...settingsValues(settings), [field]: quota });
  expect(aiSettingsFields.safeParse(sent).error?.issues[0]?.path).toEqual(['quota', 'tokens']);
});

it('a channel set back to the default voice is not sent', () => {
  const sent = settingsOf({ ...settingsValues(settings), channelVoices: { con_1: '' } });
  expect(sent.channelVoices).toEqual({});
});

it('a disclosure without its note is a fault of that field', () => {
  const sent = settingsOf({ ...settingsValues(settings), disclosures: 'giveaway' });
  expect(aiSettingsFields.safeParse(sent).error?.issues[0]?.path.slice(0, 2)).toEqual([
    'rules',
    'disclosures',
  ]);
});

it('an entry moves by one place and never out of the list', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
});
