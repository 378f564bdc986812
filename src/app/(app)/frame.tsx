'use client';
import type { ReactNode } from 'react';
import { useSession } from '@/client/session';
import { DeletionBanner } from '@/features/organizations/ui/deletion-banner';
import { toast } from '@/ui/toast';
import { ShellSessionProvider } from './shell/session';
import { Shell, type ShellProps } from './shell/shell';
import { LiveTokenMeter } from './token-meter';

/** Hands the live session to the shell. */
export function Frame({ children, ...props }: Omit<ShellProps, 'tokens'> & { children: ReactNode }) {
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
      <Shell {...props} tokens={(collapsed) => <LiveTokenMeter collapsed={collapsed} />}>
        <DeletionBanner />
        {children}
      </Shell>
    </ShellSessionProvider>
  );
}
