import { ImageResponse } from 'next/og';
import { appIconSvg } from '@/ui/mark-source';

export const size = { width: 180, height: 180 };
export const contentType = 'image/png';

export default function AppleIcon() {
  const source = `data:image/svg+xml;base64,${Buffer.from(appIconSvg()).toString('base64')}`;
  // biome-ignore lint/performance/noImgElement: this is drawn to a PNG, not shown in a page
  return new ImageResponse(<img src={source} width={180} height={180} alt="" />, size);
}
