'use client';

import { createContext, type ReactNode, useContext } from 'react';

/** What the shell knows of the person and where they act. */
export type ShellSession = {
  user: {
    uid: string;
    displayName: string;
    email: string;
    photoURL?: string | null | undefined;
    timezone: string;
  };
  organization: { id: string; name: string; role: string; tier: string };
  organizations: readonly { id: string; name: string }[];
  permissions: readonly string[];
  switchOrganization: (id: string) => void;
  signOut: () => void;
};

const Context = createContext<ShellSession | null>(null);

export function ShellSessionProvider({ value, children }: { value: ShellSession; children: ReactNode }) {
  return <Context value={value}>{children}</Context>;
}

export function useShellSession(): ShellSession {
  const session = useContext(Context);
  if (!session) throw new Error('Render <Shell> above this component.');
  return session;
}
