import { describe, expect, it } from 'vitest';
import { plainText, sameText } from '@/features/platforms/providers/same-text';

describe('plainText', () => {
  it.each([
    ['<p>One</p><p>Two<br />three</p>', 'One\n\nTwo\nthree'],
    ['Tom &amp; Jerry &lt;3', 'Tom & Jerry <3'],
    ['1 < 2 and <a href="https://example.com/?a=1&b=2" target="_blank">a page</a>', '1 < 2 and a page'],
    ['<3 <!-- note -->irises<wbr>', '<3 irises'],
  ])('%s', (html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it('leaves what can be compared', () => {
    expect(
      sameText('1 < 2:  https://example.com', plainText('1 < 2:<br><a href="x">https://example.com</a>')),
    ).toBe(true);
  });
});
