import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import messages from '@/messages/en/common.json';
import { CountRing } from './count-ring';
import { countShare, countState } from './count-state';

describe('countState', () => {
  it.each([
    [0, 300, 'calm'],
    [239, 300, 'calm'],
    [240, 300, 'near'],
    [299, 300, 'near'],
    [300, 300, 'full'],
    [301, 300, 'over'],
    [0, 0, 'full'],
    [1, 0, 'over'],
  ] as const)('%i of %i is %s', (used, limit, state) => {
    expect(countState(used, limit)).toBe(state);
  });
});

describe('countShare', () => {
  it('stays between 0 and 1', () => {
    expect(countShare(150, 300)).toBe(0.5);
    expect(countShare(900, 300)).toBe(1);
    expect(countShare(-5, 300)).toBe(0);
    expect(countShare(0, 0)).toBe(0);
    expect(countShare(1, 0)).toBe(1);
  });
});

describe('CountRing', () => {
  const draw = (used: number) =>
    renderToStaticMarkup(
      <NextIntlClientProvider locale="en" timeZone="UTC" messages={{ common: messages }}>
        <CountRing used={used} limit={300} label="Characters" rule="Bluesky allows 300 characters" />
      </NextIntlClientProvider>,
    );
  it('is silent far from the limit', () => {
    expect(draw(100)).toContain('aria-label="Characters: 200 of 300 left"');
    expect(draw(100)).not.toContain('>200<');
  });
  it('counts down near the limit', () => {
    expect(draw(290)).toContain('>10<');
    expect(draw(290)).not.toContain('Bluesky allows');
  });
  it('names the rule once it is broken', () => {
    expect(draw(312)).toContain('aria-label="Characters: 12 over the limit of 300"');
    expect(draw(312)).toContain('Bluesky allows 300 characters');
  });
});
