'use client';

import { useSyncExternalStore } from 'react';
import { liveStatus, watchLiveStatus } from '@/client/live-status';
import { LiveDot, type LiveState } from '@/ui/live-dot';
import { useOnline } from '@/ui/use-online';

const STATES = {
  idle: 'paused',
  loading: 'connecting',
  live: 'live',
  offline: 'offline',
  error: 'offline',
} as const satisfies Record<ReturnType<typeof liveStatus>, LiveState>;

/** Tells from the page's own listeners whether what you see is live. */
export function LiveConnection() {
  const status = useSyncExternalStore(watchLiveStatus, liveStatus, () => 'idle' as const);
  const online = useOnline();
  return <LiveDot state={online ? STATES[status] : 'offline'} className="px-1.5" />;
}
