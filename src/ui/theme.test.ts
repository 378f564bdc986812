import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../app/globals.css', import.meta.url), 'utf8');

type Scheme = 'light' | 'dark';
const tokens = new Map<string, Record<Scheme, string>>();
for (const [, name = '', light = '', dark = ''] of css.matchAll(
  /--color-([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g,
)) {
  tokens.set(name, { light, dark });
}

function colour(token: string, scheme: Scheme): string {
  const found = tokens.get(token)?.[scheme];
  if (!found) throw new Error(`globals.css defines no colour "${token}"`);
  return found;
}

/** Linear sRGB channels, 0 to 1. */
function linear(hex: string): [number, number, number] {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** WCAG 2.2 contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const luminance = ([r, g, blue]: [number, number, number]) => 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The decided ratios are written with one digit; the hex values they belong to are rounded as well. */
function expectRatio(a: string, b: string, decided: number) {
  expect(Math.abs(contrast(a, b) - decided), `${a} on ${b}: ${contrast(a, b)}`).toBeLessThanOrEqual(0.1);
}

describe('the theme', () => {
  it.each<[string, string, string]>([
    ['background', '#fafafd', '#0d0d16'],
    ['surface', '#ffffff', '#161620'],
    ['ink', '#191928', '#eeeef4'],
    ['muted', '#616271', '#a3a3b1'],
    ['line', '#e0e0e8', '#2d2d38'],
    ['iris', '#5f42d3', '#9085fb'],
    ['iris-text', '#5234bc', '#afabff'],
    ['coral', '#da4620', '#f9875e'],
    ['ok', '#007840', '#5ccb89'],
    ['warn', '#975d00', '#e9b452'],
    ['danger', '#c21725', '#f97770'],
    ['info', '#006aa5', '#64bced'],
  ])('defines %s as decided', (token, light, dark) => {
    expect(tokens.get(token)).toEqual({ light, dark });
  });

  it.each<[string, number, number]>([
    ['ink', 17.3, 15.5],
    ['muted', 6, 7.2],
    ['iris', 6.6, 5.9],
    ['iris-text', 8.2, 8.6],
    ['coral', 4.3, 7.4],
  ])('%s has its decided contrast on surface', (token, light, dark) => {
    expectRatio(colour(token, 'light'), colour('surface', 'light'), light);
    expectRatio(colour(token, 'dark'), colour('surface', 'dark'), dark);
  });

  it('has the decided contrast of text on an iris button', () => {
    expectRatio(colour('on-iris', 'light'), colour('iris', 'light'), 6.6);
    expectRatio(colour('on-iris', 'dark'), colour('iris', 'dark'), 6.4);
  });

  describe.each<Scheme>(['light', 'dark'])('in %s', (scheme) => {
    it.each(['ok', 'warn', 'danger', 'info'])('%s stands at least 5.4 on surface', (token) => {
      expect(contrast(colour(token, scheme), colour('surface', scheme))).toBeGreaterThanOrEqual(5.4);
    });

    const grounds = ['background', 'surface', 'sunken'];
    const texts = ['ink', 'muted', 'iris-text', 'ok', 'warn', 'danger', 'info'];
    it.each(texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)))(
      'text in %s is readable on %s (4.5)',
      (text, ground) => {
        expect(contrast(colour(text, scheme), colour(ground, scheme))).toBeGreaterThanOrEqual(4.5);
      },
    );

    it.each([
      ['iris-text', 'iris-tint'],
      ['ok', 'ok-tint'],
      ['warn', 'warn-tint'],
      ['danger', 'danger-tint'],
      ['info', 'info-tint'],
      ['ink', 'coral-tint'],
      ['ink', 'iris-tint'],
      ['ink', 'danger-tint'],
      ['muted', 'iris-tint'],
      ['on-iris', 'iris-hover'],
      ['on-danger', 'danger'],
      ['on-danger', 'danger-hover'],
    ] as const)('%s is readable on %s (4.5)', (text, ground) => {
      expect(contrast(colour(text, scheme), colour(ground, scheme))).toBeGreaterThanOrEqual(4.5);
    });

    it.each(['edge', 'iris', 'coral', 'chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6'])(
      '%s is visible as a graphic on surface (3)',
      (token) => {
        expect(contrast(colour(token, scheme), colour('surface', scheme))).toBeGreaterThanOrEqual(3);
      },
    );
  });
});

// Full colour-blindness after Machado, Oliveira and Fernandes (2009), severity 1, on linear sRGB:
// https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
const EYES = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const;

function seenBy(eye: keyof typeof EYES, hex: string): number[] {
  const rgb = linear(hex);
  return EYES[eye].map((row) =>
    Math.min(1, Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])),
  );
}

/** OKLab (https://bottosson.github.io/posts/oklab/), where distances match how different colours look. */
function oklab([r = 0, g = 0, b = 0]: number[]): [number, number, number] {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

describe('the chart palette', () => {
  const series = [1, 2, 3, 4, 5, 6].map((n) => `chart-${n}`);
  const cases = (['light', 'dark'] as const).flatMap((scheme) =>
    (Object.keys(EYES) as (keyof typeof EYES)[]).map((eye) => ({ scheme, eye })),
  );
  it.each(cases)('keeps all six apart in $scheme for $eye eyes', ({ scheme, eye }) => {
    const seen = series.map((token) => oklab(seenBy(eye, colour(token, scheme))));
    for (const [i, a] of seen.entries()) {
      for (const [j, b] of seen.entries()) {
        if (j <= i) continue;
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        expect(distance, `${series[i]} and ${series[j]}`).toBeGreaterThan(0.07);
      }
    }
  });
});

describe('shape and type', () => {
  it('has the seven decided sizes and no other', () => {
    const sizes = [...css.matchAll(/--text-\w+: ([\d.]+)rem/g)].map((match) => Number(match[1]) * 16);
    expect(sizes).toEqual([12, 13, 14, 16, 20, 28, 40]);
  });
  it('has two radii and one shadow', () => {
    expect([...css.matchAll(/--radius-\w+: (\d+)px/g)].map((match) => match[1])).toEqual(['6', '10']);
    expect([...css.matchAll(/--shadow-(?!\*)\w+:/g)]).toHaveLength(1);
  });
});
