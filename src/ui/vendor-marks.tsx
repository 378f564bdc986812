import type { ReactNode } from 'react';

export interface VendorDrawing {
  name: string;
  colour: string;
  glyph: ReactNode;
}

/** One line of our own on a grid of 24, set into the mark's 16 with a margin around it. */
function line(d: string): ReactNode {
  return (
    <path
      d={d}
      transform="translate(1.4 1.4) scale(0.55)"
      fill="none"
      stroke="#fff"
      strokeWidth="2.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  );
}

// Plain shapes in each vendor's spirit and colour; nobody's logo is copied.
export const VENDOR_DRAWINGS: Record<string, VendorDrawing> = {
  hubspot: {
    name: 'HubSpot',
    colour: '#c4471f',
    glyph: line(
      'M14.5 10.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM14.5 10.5V7M14.5 3.5a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM11 12L5 6.5M11.2 18.2L8 21',
    ),
  },
  salesforce: {
    name: 'Salesforce',
    colour: '#0b6fae',
    glyph: line(
      'M6.8 19a4.3 4.3 0 0 1-.9-8.5A5.2 5.2 0 0 1 15.3 7.4a5.4 5.4 0 0 1 3.9 10A5 5 0 0 1 16.5 19z',
    ),
  },
  notion: { name: 'Notion', colour: '#2a2a30', glyph: line('M4 6l3-2.5h13V18l-3 2.5H4zM8.5 16V9l7 7V9') },
  github: {
    name: 'GitHub',
    colour: '#24292f',
    glyph: line(
      'M9 21v-3.2a6.5 6.5 0 0 1-4-6.2V4l4 2.2a10 10 0 0 1 6 0L19 4v7.6a6.5 6.5 0 0 1-4 6.2V21M9 19.2c-3.5.8-3.5-2-5.5-2',
    ),
  },
  slack: {
    name: 'Slack',
    colour: '#5b2a5e',
    glyph: line('M9 3v10.5M3 9h7M15 21V10.5M21 15h-7M15 3v3.5M9 21v-3.5M3 15h3.5M21 9h-3.5'),
  },
  google: { name: 'Google', colour: '#2f62c9', glyph: line('M18.5 6a9 9 0 1 0 2.5 6.5h-8.5') },
  google_sheets: {
    name: 'Google Sheets',
    colour: '#157a45',
    glyph: line('M5 3h10l4 4v14H5zM5 11h14M5 16h14M12 11v10'),
  },
  teams: {
    name: 'Microsoft Teams',
    colour: '#4b53bc',
    glyph: line('M3 8h10M8 8v11M18 3.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM16 12h5v4.5a4.5 4.5 0 0 1-6 4.2'),
  },
  stripe: {
    name: 'Stripe',
    colour: '#5a4fcf',
    glyph: line(
      'M17.5 6.5c-2-1.2-3.8-1.7-5.7-1.7-2.7 0-4.4 1.2-4.4 3.1 0 4.6 9.7 2.3 9.7 7.6 0 2.3-2 3.7-5.1 3.7-2.2 0-4.3-.7-5.8-1.7',
    ),
  },
  shopify: {
    name: 'Shopify',
    colour: '#4c7a1e',
    glyph: line('M5.5 8h13l1.5 13H4zM8.5 11V7a3.5 3.5 0 0 1 7 0v4'),
  },
  meta: {
    name: 'Meta',
    colour: '#0a63d1',
    glyph: line(
      'M2.5 14.5C2.5 10 4.5 6.5 7 6.5c4.2 0 5.8 11 10 11 2.5 0 4.5-2 4.5-4.5C21.5 9.5 19.5 6.5 17 6.5c-4.2 0-5.8 11-10 11-2.5 0-4.5-1-4.5-3z',
    ),
  },
  webhook: { name: 'Webhook', colour: '#616271', glyph: line('M3 12h11M9.5 7l5 5-5 5M20 4v16') },
};
