'use client';

import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { LibrarySheet } from './library-sheet';
import type { Head, Kind } from './use-library';

type SheetWaitingProps = {
  kind: Kind;
  head: Head;
  live: { error: unknown; retry: () => void };
  onClose: () => void;
};

/** The sheet before its versions have arrived, or when they cannot be read. */
export function SheetWaiting({ kind, head, live, onClose }: SheetWaitingProps) {
  const panel = live.error ? (
    <ErrorState error={live.error} onRetry={live.retry} compact />
  ) : (
    <Skeleton className="h-80" />
  );
  return (
    <LibrarySheet
      kind={kind}
      head={head}
      versionCount={head.latestVersion}
      tab="edit"
      onTabChange={() => undefined}
      dirty={false}
      collect={async () => null}
      onClose={onClose}
      panels={{ edit: panel, try: panel, versions: panel }}
    />
  );
}
