import { expect, it } from 'vitest';
import { names } from './mentions';

it.each([
  ['Thanks @iris.garden!', true],
  ['(@Iris.Garden)', true],
  ['By @iris.garden. And others', true],
  ['@iris.gardens', false],
  ['@iris.garden.shop', false],
  ['me@iris.garden', false],
  ['@irisxgarden', false],
  ['iris.garden', false],
])('%s names the account: %s', (text, expected) => {
  expect(names(text, 'iris.garden')).toBe(expected);
});
