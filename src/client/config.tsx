'use client';
import { createContext, type ReactNode, useContext } from 'react';

/** What the browser needs to know about this installation; rendered by the server, so one build serves every environment. */
export interface ClientConfig {
  firebase: {
    apiKey: string;
    authDomain: string;
    projectId: string;
    /** Name of the Firestore database. */
    database: string;
    /** `host:port` of the local emulators, when the product runs on them. */
    emulators: { firestore: string; auth: string } | null;
  };
  sandbox: boolean;
  /** This installation sends mail. */
  email: boolean;
  /** Where short links live. */
  shortLinkBase: string;
  /** The operator has set up Bitly. */
  bitly: boolean;
  /** Public key that browsers subscribe to web push with (VAPID); null where this installation sends none. */
  push: string | null;
  /** Sign-in with Google needs a real Firebase project with that provider switched on. */
  googleSignIn: boolean;
}

let current: ClientConfig | undefined;

/** For modules outside React; set as soon as the provider renders. */
export function clientConfig(): ClientConfig {
  if (!current) throw new Error('Render <ClientConfigProvider> above whatever talks to Firebase.');
  return current;
}

const Context = createContext<ClientConfig | null>(null);

export function ClientConfigProvider({ value, children }: { value: ClientConfig; children: ReactNode }) {
  if (typeof window !== 'undefined') current = value;
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useClientConfig(): ClientConfig {
  const value = useContext(Context);
  if (!value) throw new Error('Render <ClientConfigProvider> above this component.');
  return value;
}
