import 'server-only';
import sharp from 'sharp';
import type { ImageSize } from '../../image-schema';
import { capitalised, clipped, keyPhrases, seeded } from './words';

/** Palettes that hold contrast with white lettering. */
const PALETTES = [
  ['#1d1b3a', '#5f42d3', '#f9875e'],
  ['#0d2b2a', '#007840', '#e9b452'],
  ['#2a1420', '#c21725', '#afabff'],
  ['#0f2138', '#006aa5', '#5ccb89'],
] as const;

const escapeXml = (text: string) => text.replaceAll(/[<>&"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

/** A poster drawn from the prompt: colours and shapes by its hash, its key phrases as lettering, and the sandbox stripe. */
export async function drawPicture(prompt: string, size: ImageSize, index: number): Promise<Uint8Array> {
  const [width, height] = size.split('x').map(Number) as [number, number];
  const random = seeded(`${prompt}#${index}`);
  const [ground, shape, accent] = PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0];
  const rings = Array.from({ length: 7 }, (_, ring) => {
    const x = Math.round(width * (0.15 + random() * 0.7));
    const y = Math.round(height * (0.15 + random() * 0.7));
    const radius = Math.round(width * (0.06 + random() * 0.28));
    const colour = ring % 3 === 0 ? accent : shape;
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${colour}" stroke-width="${8 + ring * 3}" opacity="${0.35 + random() * 0.5}"/>`;
  });
  const lines = keyPhrases(prompt, 3).map((phrase, line) => {
    const y = Math.round(height * 0.68) + line * Math.round(width * 0.075);
    return `<text x="${Math.round(width * 0.07)}" y="${y}" font-size="${Math.round(width * (line === 0 ? 0.062 : 0.042))}" font-weight="${line === 0 ? 700 : 400}" font-family="sans-serif" fill="#ffffff">${escapeXml(clipped(capitalised(phrase), 26))}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="${ground}"/>${rings.join('')}${lines.join('')}
<g transform="rotate(-4 ${width / 2} ${height - 40})"><rect x="-40" y="${height - 74}" width="${width + 80}" height="46" fill="#e9b452"/>
<text x="${width / 2}" y="${height - 42}" text-anchor="middle" font-size="26" font-family="sans-serif" letter-spacing="8" fill="#191928">SANDBOX PICTURE</text></g></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** What a picture looks like, measured: shape, light, its strongest colour. For captions without a vision model. */
export async function describePicture(bytes: Uint8Array): Promise<string> {
  const image = sharp(bytes, { limitInputPixels: 50_000_000 });
  const [{ width, height }, { dominant, channels }] = await Promise.all([image.metadata(), image.stats()]);
  const shape = width > height * 1.15 ? 'wide' : height > width * 1.15 ? 'tall' : 'square';
  const light = channels.slice(0, 3).reduce((sum, { mean }) => sum + mean, 0) / 3;
  const mood = light > 170 ? 'bright' : light < 80 ? 'dark' : 'softly lit';
  return `a ${mood}, ${shape} picture in ${colourName(dominant)} tones`;
}

function colourName({ r, g, b }: { r: number; g: number; b: number }): string {
  const max = Math.max(r, g, b);
  const min = Math.min(r, g, b);
  if (max - min < 24) return max > 200 ? 'white' : max < 60 ? 'black' : 'grey';
  const hue =
    max === r
      ? ((g - b) / (max - min) + 6) % 6
      : max === g
        ? (b - r) / (max - min) + 2
        : (r - g) / (max - min) + 4;
  return ['red', 'yellow', 'green', 'turquoise', 'blue', 'violet', 'red'][Math.round(hue)] ?? 'colourful';
}
