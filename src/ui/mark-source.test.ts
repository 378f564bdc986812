import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { appIconSvg, faviconSvg, MARK, shareImageSvg } from './mark-source';

it('draws the favicon file from the one source', () => {
  expect(readFileSync(new URL('../app/icon.svg', import.meta.url), 'utf8')).toBe(faviconSvg());
});

it('draws every other form from the same strokes', () => {
  for (const svg of [appIconSvg(), shareImageSvg()]) {
    expect(svg).toContain(MARK.outer);
    expect(svg).toContain(MARK.inner);
  }
});
