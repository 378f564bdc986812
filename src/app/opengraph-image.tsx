import { ImageResponse } from 'next/og';
import { shareImageSvg } from '@/ui/mark-source';

export const size = { width: 1200, height: 630 };
export const contentType = 'image/png';
export const alt = 'IriSync';

export default function OpenGraphImage() {
  const source = `data:image/svg+xml;base64,${Buffer.from(shareImageSvg()).toString('base64')}`;
  // biome-ignore lint/performance/noImgElement: this is drawn to a PNG, not shown in a page
  return new ImageResponse(<img src={source} width={1200} height={630} alt="" />, size);
}
