'use client';
import { lazy, type ReactNode, Suspense } from 'react';
import { useSession } from '@/client/session';
import { DeletionBanner } from '@/features/organizations/ui/deletion-banner';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { ShellSessionProvider } from './shell/session';
import { Shell, type ShellProps } from './shell/shell';

// Schemas and listeners come after the frame is on the screen.
const LiveTokenMeter = lazy(() => import('./token-meter'));
const NotificationBell = lazy(() => import('@/features/notifications/ui/notification-bell'));

/** Hands the live session to the shell. */
export function Frame({
  children,
  ...props
}: Omit<ShellProps, 'tokens' | 'notifications'> & { children: ReactNode }) {
  const session = useSession();
  const reported = (work: Promise<void>) => {
    work.catch((error: unknown) => toast.error(error instanceof Error ? error.message : String(error)));
  };
  return (
    <ShellSessionProvider
      value={{
        ...session,
        switchOrganization: (id) => reported(session.switchOrganization(id)),
        signOut: () => reported(session.signOut()),
      }}
    >
      <Shell
        {...props}
        notifications={
          <Suspense fallback={<Skeleton className="size-8" />}>
            <NotificationBell userId={session.user.uid} />
          </Suspense>
        }
        tokens={(collapsed) => (
          <Suspense fallback={<Skeleton className={collapsed ? 'size-8' : 'mx-2.5 h-12'} />}>
            <LiveTokenMeter collapsed={collapsed} />
          </Suspense>
        )}
      >
        <DeletionBanner />
        {children}
      </Shell>
    </ShellSessionProvider>
  );
}
