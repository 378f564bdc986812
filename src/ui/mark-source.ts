/**
 * The one source of the IriSync mark: an iris that is also a signal and an eye. Two strokes and a dot
 * in a 32 × 32 box. `Mark`, the favicon, the app icon and the Open Graph image are all drawn from this.
 */
export const MARK = {
  viewBox: '0 0 32 32',
  strokeWidth: 3.6,
  /** The outer arc: an open eye, the signal leaving. */
  outer: 'M16 3.8A12.2 12.2 0 1 0 28.2 16',
  /** The inner arc, turned the other way: the signal coming back. */
  inner: 'M16 22.4A6.4 6.4 0 1 0 9.6 16',
  dot: { cx: 25.4, cy: 6.6, r: 3.4 },
} as const;

/** Draws the mark as an SVG document for files that no stylesheet reaches. */
export function markSvg(colours: { stroke: string; dot: string; background?: string }): string {
  const ground = colours.background
    ? `<rect width="32" height="32" rx="7" fill="${colours.background}"/>`
    : '';
  const scale = colours.background ? ' transform="translate(4.8 4.8) scale(.7)"' : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${MARK.viewBox}">${ground}<g${scale}><g fill="none" stroke="${colours.stroke}" stroke-width="${MARK.strokeWidth}" stroke-linecap="round"><path d="${MARK.outer}"/><path d="${MARK.inner}"/></g><circle cx="${MARK.dot.cx}" cy="${MARK.dot.cy}" r="${MARK.dot.r}" fill="${colours.dot}"/></g></svg>`;
}
