'use client';

import { DashboardScreen } from '@/features/dashboard/ui/dashboard-screen';
import { useShellSession } from '../shell/session';

/** Hands the session to the screen; another organisation starts afresh. */
export function Dashboard() {
  const { organization, permissions } = useShellSession();
  return <DashboardScreen key={organization.id} organizationId={organization.id} permissions={permissions} />;
}
