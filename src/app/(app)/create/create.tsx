'use client';
import { Composer } from '@/features/content/ui/composer/composer';
import { LowBalanceBanner } from '@/features/tokens/ui/low-balance-banner';
import { useContentSession } from './use-content-session';

const NEW = { post: null, runs: [] };

export function Create() {
  const { session, zone, channelIds } = useContentSession();
  // Another organisation is another draft.
  return (
    <>
      <LowBalanceBanner organizationId={session.organizationId} className="mb-4" />
      <Composer
        key={session.organizationId}
        session={session}
        start={NEW}
        zone={zone}
        channelIds={channelIds}
      />
    </>
  );
}
