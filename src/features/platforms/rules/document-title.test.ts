import { expect, it } from 'vitest';
import { documentTitle } from './document-title';

it.each([
  ['the title of the post', { altText: 'b', title: 'c', filename: 'd.pdf' }, 'a', 'a'],
  ['the words given to the file', { altText: ' b ', title: 'c', filename: 'd.pdf' }, ' ', 'b'],
  ['what it calls itself', { title: 'c', filename: 'd.pdf' }, undefined, 'c'],
  ['its name', { filename: 'v1.2 final.pdf' }, undefined, 'v1.2 final'],
  ['what it is', { filename: '.pdf' }, undefined, 'Document'],
])('a document goes by %s', (_, media, postTitle, expected) => {
  expect(documentTitle(media, postTitle)).toBe(expected);
});
