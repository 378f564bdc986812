'use client';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { allowedPermissions } from '@/features/organizations/permissions';
import type { MembershipView } from '@/features/organizations/schema';
import type { SessionView, UserSettings } from '@/features/users/schema';
import { api, setActiveOrganization } from './api';
import { loadAuth } from './firebase';
import type { SessionFacts } from './session-live';

const SessionLive = lazy(() => import('./session-live'));
const NOTHING_YET: SessionFacts = { account: null, membership: null, home: null, ended: false };

export interface Session {
  user: {
    uid: string;
    displayName: string;
    email: string;
    emailVerified: boolean;
    photoURL: string | null;
    timezone: string;
    locale: string;
  };
  /** Null until the account document arrived. */
  settings: UserSettings | null;
  /** Where the person works now; changes of name, role, plan and deletion show without a reload. */
  organization: MembershipView & { deletion: { purgeAt: Date } | null };
  organizations: readonly MembershipView[];
  /** What the person's role allows here, live. The interface hides by it; the API decides by its own. */
  permissions: readonly string[];
  switchOrganization(id: string): Promise<void>;
  /** Asks the server again; after joining or leaving. */
  refresh(): Promise<void>;
  signOut(): Promise<void>;
}

const Context = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('Render <SessionProvider> above this component.');
  return session;
}

/** Whether the person may do something here. */
export function useCan(permission: string): boolean {
  return useSession().permissions.includes(permission);
}

interface Props {
  /** From `requireSession()`. */
  initial: SessionView & { organization: MembershipView };
  children: ReactNode;
}

/** Who is signed in, live: a role changed by somebody else counts here within a second. */
export function SessionProvider({ initial, children }: Props) {
  const router = useRouter();
  const queries = useQueryClient();
  const [session, setSession] = useState<SessionView>(initial);
  const [organizationId, setOrganizationId] = useState(initial.organization.id);
  useSignedInGuard(initial.user.uid);
  // Children call the API in their own effects, which run before this component's.
  setActiveOrganization(organizationId);

  const refresh = useCallback(async () => {
    const fresh = await api<SessionView>('GET', '/api/auth/session');
    setSession(fresh);
    if (fresh.organizations.some((one) => one.id === organizationId)) return;
    const next = fresh.organizations[0];
    if (!next) window.location.assign('/welcome');
    else setOrganizationId(next.id);
    queries.clear();
    router.refresh();
  }, [organizationId, queries, router]);

  const { live, listener } = useLiveFacts(session, organizationId, refresh);
  const switchOrganization = useCallback(
    async (id: string) => {
      await api('PUT', '/api/users/me/default-organization', { body: { organizationId: id } });
      setOrganizationId(id);
      queries.clear();
      router.refresh();
    },
    [queries, router],
  );
  const value = useMemo<Session>(
    () => ({ ...live, switchOrganization, refresh, signOut }),
    [live, switchOrganization, refresh],
  );
  return (
    <Context value={value}>
      {children}
      {listener}
    </Context>
  );
}

/** What the server said first, overlaid with what the listeners say now. */
function useLiveFacts(session: SessionView, organizationId: string, refresh: () => Promise<void>) {
  const { user, organizations } = session;
  const [facts, setFacts] = useState(NOTHING_YET);
  const [factsOf, setFactsOf] = useState(organizationId);
  // The facts of the organisation left behind say nothing about this one.
  if (factsOf !== organizationId) {
    setFactsOf(organizationId);
    setFacts({ ...NOTHING_YET, account: facts.account });
  }
  const { account, membership, home, ended } = facts;
  const known = organizations.find((one) => one.id === organizationId);
  useEffect(() => {
    if (ended) void refresh();
  }, [ended, refresh]);
  const listener = (
    <Suspense>
      <SessionLive uid={user.uid} organizationId={organizationId} onFacts={setFacts} />
    </Suspense>
  );

  const live = useMemo(() => {
    const role = membership?.role ?? known?.role ?? 'viewer';
    const deletion = home?.deletion ?? null;
    const deleting = home ? deletion !== null : (known?.deleting ?? false);
    const organization = {
      id: organizationId,
      name: home?.profile.name ?? known?.name ?? '',
      tier: home?.billing.tier ?? known?.tier ?? 'free',
      personal: known?.personal ?? false,
      role,
      deleting,
      deletion: deletion && { purgeAt: deletion.purgeAt },
    };
    const profile = account?.profile;
    return {
      user: {
        uid: user.uid,
        emailVerified: user.emailVerified,
        displayName: profile?.displayName ?? user.displayName,
        email: profile?.email ?? user.email,
        photoURL: profile ? profile.photoURL : user.photoURL,
        timezone: profile?.timezone ?? user.timezone,
        locale: profile?.locale ?? user.locale,
      },
      settings: account?.settings ?? null,
      organization,
      organizations: organizations.map((one) => (one.id === organizationId ? organization : one)),
      permissions: [...allowedPermissions(role, deleting)],
    };
  }, [account, membership, home, known, organizationId, organizations, user]);
  return { live, listener };
}

/**
 * The cookie signs in to the API, Firebase to the listeners; both must be the same person. Signing out in another tab, or a
 * browser that forgot one of them, leads back to the sign-in.
 */
function useSignedInGuard(uid: string): void {
  useEffect(() => {
    let stop: (() => void) | undefined;
    let left = false;
    void (async () => {
      const [auth, { onAuthStateChanged }] = await Promise.all([loadAuth(), import('firebase/auth')]);
      await auth.authStateReady();
      if (left) return;
      stop = onAuthStateChanged(auth, (person) => {
        if (person?.uid === uid) return;
        const here = `${window.location.pathname}${window.location.search}`;
        window.location.assign(`/sign-in?again=1&next=${encodeURIComponent(here)}`);
      });
    })();
    return () => {
      left = true;
      stop?.();
    };
  }, [uid]);
}

/** Ends every session of the person. What the page held in memory goes with the page itself. */
async function signOut(): Promise<void> {
  await api('POST', '/api/auth/logout');
  const [auth, sdk, live] = await Promise.all([loadAuth(), import('firebase/auth'), import('./live-store')]);
  live.closeAllListeners();
  await sdk.signOut(auth);
  window.location.assign('/sign-in');
}
