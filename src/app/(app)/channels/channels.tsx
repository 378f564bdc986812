'use client';

import { ChannelsScreen } from '@/features/platforms/ui/channels-screen';
import { useShellSession } from '../shell/session';

/** Hands the session's organisation to the screen. */
export function Channels() {
  const { organization, permissions } = useShellSession();
  return <ChannelsScreen organizationId={organization.id} manage={permissions.includes('channels.manage')} />;
}
