'use client';

import { Fatal } from './fatal';
import './globals.css';

/** Replaces the whole document when even the root layout failed. */
export default function GlobalError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <Fatal error={error} onRetry={retry} />
      </body>
    </html>
  );
}
