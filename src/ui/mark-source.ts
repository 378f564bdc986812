/**
 * The one source of the IriSync mark: an iris that is also a signal and an eye. Two strokes that answer
 * each other, and a dot, in a 32 × 32 box. `Mark`, the favicon, the app icon and the Open Graph image
 * are all drawn from this.
 */
export const MARK = {
  viewBox: '0 0 32 32',
  strokeWidth: 3.2,
  outer: 'M9.6 27.09A12.8 12.8 0 1 1 28.61 13.78',
  inner: 'M19.35 10.2A6.7 6.7 0 1 1 9.4 17.16',
  dot: { cx: 16, cy: 16, r: 3 },
} as const;

/** "IriSync" set in Bricolage Grotesque Bold (SIL Open Font Licence), as outlines: the same with and without the font. */
export const WORDMARK = {
  width: 79.6,
  height: 24,
  path: 'M1.76 20V4.16H5.27V20ZM8.16 20V13.91V7.39H11.04L11.04 11.7H11.5Q11.68 10.08 12.15 9.08Q12.61 8.07 13.46 7.59Q14.31 7.1 15.56 7.1Q15.76 7.1 16.02 7.12Q16.28 7.14 16.61 7.2L16.48 10.88Q16.1 10.7 15.68 10.63Q15.25 10.57 14.92 10.57Q13.98 10.57 13.3 10.99Q12.62 11.41 12.2 12.23Q11.79 13.04 11.63 14.21V20ZM18.1 20V7.39H21.55V20ZM19.83 5.52Q18.82 5.52 18.28 5.09Q17.74 4.66 17.74 3.86Q17.74 3.02 18.28 2.59Q18.82 2.16 19.83 2.16Q20.87 2.16 21.41 2.59Q21.95 3.02 21.95 3.84Q21.95 4.66 21.41 5.09Q20.87 5.52 19.83 5.52ZM30.54 20.33Q29 20.33 27.76 20.03Q26.52 19.73 25.64 19.13Q24.75 18.52 24.26 17.6Q23.77 16.67 23.72 15.45L26.75 14.5Q26.78 15.57 27.28 16.28Q27.79 17 28.68 17.34Q29.58 17.69 30.72 17.69Q31.81 17.69 32.56 17.42Q33.31 17.14 33.69 16.7Q34.07 16.25 34.07 15.72Q34.07 15.1 33.58 14.72Q33.1 14.33 32.28 14.07Q31.45 13.81 30.38 13.57Q29.2 13.3 28.06 12.97Q26.92 12.64 26 12.11Q25.08 11.58 24.54 10.74Q24 9.9 24 8.62Q24 7.16 24.74 6.1Q25.48 5.03 26.88 4.43Q28.28 3.83 30.3 3.83Q32.3 3.83 33.73 4.42Q35.17 5 35.96 6.07Q36.76 7.14 36.82 8.6L33.71 9.46Q33.72 8.72 33.47 8.16Q33.23 7.6 32.79 7.23Q32.34 6.86 31.71 6.67Q31.08 6.48 30.27 6.48Q29.32 6.48 28.64 6.73Q27.96 6.97 27.61 7.38Q27.27 7.78 27.27 8.32Q27.27 8.99 27.8 9.41Q28.33 9.82 29.23 10.09Q30.14 10.35 31.21 10.6Q32.24 10.82 33.32 11.13Q34.4 11.45 35.32 11.97Q36.24 12.49 36.81 13.36Q37.37 14.24 37.37 15.57Q37.37 17 36.61 18.08Q35.85 19.15 34.32 19.74Q32.8 20.33 30.54 20.33ZM44.21 24.35Q43.24 24.35 42.25 24.17Q41.26 23.99 40.38 23.63Q39.51 23.28 38.9 22.7L39.88 19.73Q40.65 20.52 41.79 20.92Q42.93 21.32 44.06 21.32Q45.35 21.32 46.2 20.8Q47.04 20.28 47.49 19.21Q47.94 18.14 48 16.54L48.15 14.35H47.6Q47.38 15.96 46.83 16.96Q46.28 17.96 45.45 18.43Q44.63 18.89 43.51 18.89Q42.13 18.89 41.2 18.2Q40.26 17.51 39.79 16.12Q39.32 14.73 39.32 12.68V7.39H42.78V11.85Q42.78 14.08 43.28 15.07Q43.78 16.05 44.83 16.05Q45.39 16.05 45.84 15.75Q46.29 15.44 46.61 14.87Q46.93 14.3 47.11 13.47Q47.29 12.64 47.31 11.58V7.39H50.76V16.68Q50.76 18.18 50.49 19.41Q50.23 20.64 49.71 21.56Q49.19 22.48 48.4 23.11Q47.62 23.74 46.57 24.05Q45.53 24.35 44.21 24.35ZM53.4 20V12.35V7.39H56.24L56.22 11.16H56.68Q57 9.8 57.57 8.88Q58.15 7.96 59.03 7.51Q59.91 7.06 61.1 7.06Q63.29 7.06 64.43 8.6Q65.57 10.14 65.57 13.43V20H62.1V13.8Q62.1 11.8 61.51 10.87Q60.92 9.94 59.78 9.94Q58.81 9.94 58.16 10.54Q57.52 11.13 57.19 12.11Q56.86 13.08 56.85 14.27V20ZM73.88 20.33Q72.25 20.33 71.03 19.86Q69.81 19.38 69 18.52Q68.2 17.66 67.78 16.47Q67.37 15.28 67.37 13.86Q67.37 12.36 67.79 11.12Q68.22 9.89 69.03 8.97Q69.84 8.06 71.03 7.56Q72.22 7.06 73.78 7.06Q75.32 7.06 76.45 7.56Q77.59 8.06 78.31 8.97Q79.03 9.88 79.27 11.08L76.07 12.13Q76 11.37 75.68 10.83Q75.36 10.3 74.83 10.03Q74.29 9.76 73.61 9.76Q72.93 9.76 72.42 10.03Q71.91 10.3 71.56 10.82Q71.22 11.34 71.04 12.07Q70.86 12.8 70.86 13.72Q70.86 15.02 71.2 15.91Q71.54 16.81 72.23 17.28Q72.91 17.75 73.92 17.75Q74.87 17.75 75.44 17.38Q76.02 17 76.3 16.42Q76.58 15.84 76.65 15.21L79.66 15.88Q79.55 16.8 79.16 17.62Q78.77 18.44 78.06 19.05Q77.34 19.66 76.32 19.99Q75.29 20.33 73.88 20.33Z',
} as const;

export type MarkColours = { stroke: string; dot: string };

/** The mark as SVG elements, for files that no stylesheet reaches. */
export function markElements(colours: MarkColours): string {
  return [
    `<g fill="none" stroke="${colours.stroke}" stroke-width="${MARK.strokeWidth}" stroke-linecap="round">`,
    `<path d="${MARK.outer}"/><path d="${MARK.inner}"/></g>`,
    `<circle cx="${MARK.dot.cx}" cy="${MARK.dot.cy}" r="${MARK.dot.r}" fill="${colours.dot}"/>`,
  ].join('');
}

/** The browser-tab icon: the mark alone, brighter where the browser is dark. */
export function faviconSvg(): string {
  const style =
    'g{stroke:#5f42d3}circle{fill:#da4620}@media(prefers-color-scheme:dark){g{stroke:#9085fb}circle{fill:#f9875e}}';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${MARK.viewBox}"><title>IriSync</title><style>${style}</style>${markElements({ stroke: '#5f42d3', dot: '#da4620' }).replace(' stroke="#5f42d3"', '').replace(' fill="#da4620"', '')}</svg>\n`;
}

/** The icon on a home screen: the mark on the dark ground, with the margin a mask may cut off. */
export function appIconSvg(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${MARK.viewBox}"><rect width="32" height="32" fill="#0d0d16"/><g transform="translate(6.4 6.4) scale(.6)">${markElements({ stroke: '#9085fb', dot: '#f9875e' })}</g></svg>`;
}

/** The picture shown where a link to IriSync is shared, 1200 × 630: the mark spreading as a signal. */
export function shareImageSvg(): string {
  const rings = [150, 215, 285, 360, 440, 525]
    .map(
      (r, index) =>
        `<circle cx="945" cy="315" r="${r}" fill="none" stroke="#9085fb" stroke-opacity="${(0.34 - index * 0.05).toFixed(2)}" stroke-width="2"/>`,
    )
    .join('');
  const ticks = Array.from(
    { length: 76 },
    (_, index) =>
      `<path d="M${index * 16} 630v-${index % 5 === 0 ? 22 : 12}" stroke="#6f7082" stroke-width="2"/>`,
  ).join('');
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630" width="1200" height="630">',
    `<rect width="1200" height="630" fill="#0d0d16"/>${rings}${ticks}`,
    `<g transform="translate(833 203) scale(7)">${markElements({ stroke: '#9085fb', dot: '#f9875e' })}</g>`,
    `<path transform="translate(84 236) scale(6)" fill="#eeeef4" d="${WORDMARK.path}"/>`,
    '</svg>',
  ].join('');
}
