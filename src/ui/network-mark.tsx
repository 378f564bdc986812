import type { ReactNode } from 'react';
import { cn } from './cn';
import { VENDOR_DRAWINGS } from './vendor-marks';

type Drawing = { name: string; colour: string; glyph: ReactNode };

function letter(text: string, size = 11): ReactNode {
  return (
    <text
      x="8"
      y="8.5"
      textAnchor="middle"
      dominantBaseline="central"
      fontSize={size}
      fontWeight="700"
      fill="#fff"
      className="font-display"
    >
      {text}
    </text>
  );
}

function stroke(d: string): ReactNode {
  return (
    <path d={d} fill="none" stroke="#fff" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
  );
}

// Letters and plain shapes of our own in the network's colour; nobody's logo is copied. These are the
// only colours outside the theme: they belong to the networks and are the same in light and dark.
const DRAWINGS: Record<string, Drawing> = {
  x: { name: 'X', colour: '#1c1c22', glyph: stroke('M5 5l6 6M11 5l-6 6') },
  bluesky: {
    name: 'Bluesky',
    colour: '#0f6fde',
    glyph: stroke('M3.5 10.5a3 3 0 0 1 3-3 3 3 0 0 1 6 .8 2.2 2.2 0 0 1 0 2.2z'),
  },
  mastodon: { name: 'Mastodon', colour: '#5b4bd6', glyph: letter('m') },
  facebook: { name: 'Facebook', colour: '#1768d6', glyph: letter('f', 12) },
  instagram: {
    name: 'Instagram',
    colour: '#c3306b',
    glyph: (
      <>
        <circle cx="8" cy="8" r="3.2" fill="none" stroke="#fff" strokeWidth="1.6" />
        <circle cx="12" cy="4" r="1" fill="#fff" />
      </>
    ),
  },
  linkedin: { name: 'LinkedIn', colour: '#0a62b3', glyph: letter('in', 9.5) },
  tiktok: {
    name: 'TikTok',
    colour: '#17171c',
    glyph: stroke('M8.5 3.5v6.2a2.2 2.2 0 1 1-2.2-2.2M8.5 3.5c.3 1.9 1.5 2.9 3.2 3'),
  },
  youtube: { name: 'YouTube', colour: '#c8201f', glyph: <path d="M6 4.5l6 3.5-6 3.5z" fill="#fff" /> },
  pinterest: { name: 'Pinterest', colour: '#bd1026', glyph: letter('p') },
  threads: { name: 'Threads', colour: '#2a2a30', glyph: letter('@', 10) },
  reddit: { name: 'Reddit', colour: '#c93a0a', glyph: letter('r', 12) },
  sandbox_crm: {
    name: 'Sandbox CRM',
    colour: '#975d00',
    glyph: stroke('M8 7.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M4 12.5c.4-2.4 2-3.5 4-3.5s3.6 1.1 4 3.5'),
  },
  ...VENDOR_DRAWINGS,
  sandbox: { name: 'Sandbox', colour: '#975d00', glyph: stroke('M3 10l7-7M6 13l7-7M3 5l2-2M11 13l2-2') },
};

/** The network's own spelling of its name; an unknown id is shown as it is. */
export function networkName(platform: string): string {
  return DRAWINGS[platform]?.name ?? platform;
}

export type NetworkMarkProps = {
  /** Platform id as in our data, e.g. `bluesky`. */
  platform: string;
  /** Pixels; 16 by default. */
  size?: number | undefined;
  /** True where the name stands beside it already. */
  decorative?: boolean | undefined;
  className?: string | undefined;
};

/** A small mark beside a network's name. */
export function NetworkMark({ platform, size = 16, decorative = false, className }: NetworkMarkProps) {
  const drawing = DRAWINGS[platform];
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={cn('shrink-0', className)}
      role={decorative ? undefined : 'img'}
      aria-label={decorative ? undefined : networkName(platform)}
      aria-hidden={decorative ? true : undefined}
    >
      <rect
        x="0.5"
        y="0.5"
        width="15"
        height="15"
        rx="4"
        fill={drawing?.colour ?? '#616271'}
        className="stroke-ink/20"
        strokeWidth="1"
      />
      {drawing?.glyph ?? letter(platform.charAt(0).toUpperCase())}
    </svg>
  );
}
