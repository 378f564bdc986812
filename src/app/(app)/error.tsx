'use client';

import { ErrorState } from '@/ui/error-state';

/** A page of the app failed; the shell around it stays. */
export default function AppError({ error, retry }: { error: unknown; retry: () => void }) {
  return <ErrorState error={error} onRetry={retry} />;
}
