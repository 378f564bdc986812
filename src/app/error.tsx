'use client';

import { Fatal } from './fatal';

export default function RootError({ error, retry }: { error: unknown; retry: () => void }) {
  return <Fatal error={error} onRetry={retry} />;
}
