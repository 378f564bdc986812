'use client';

import { TokensScreen } from '@/features/tokens/ui/tokens-screen';
import { useShellSession } from '../shell/session';

/** Hands the session to the screen. */
export function Tokens() {
  const { organization, permissions, user } = useShellSession();
  return <TokensScreen organizationId={organization.id} userId={user.uid} permissions={permissions} />;
}
