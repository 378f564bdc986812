import type { z } from 'zod';
import { api } from '@/client/api';
import { loadAuth } from '@/client/firebase';
import type { loginView } from '../schema';

type Login = z.output<typeof loginView>;

/** Remembered on this device between asking for a link and opening it. */
const LINK_EMAIL = 'irisync.sign-in-email';

/** What the browser knows and nobody should have to type. */
export function surroundings(locale: string): { timezone: string; locale: string } {
  return { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale };
}

async function startSession(locale: string): Promise<Login> {
  const auth = await loadAuth();
  const idToken = (await auth.currentUser?.getIdToken()) ?? '';
  return api<Login>('POST', '/api/auth/login', { body: { idToken, ...surroundings(locale) } });
}

/** Signs in to Firebase, for the listeners, and to the API, for everything else. */
export async function signInWithPassword(email: string, password: string, locale: string): Promise<Login> {
  const [auth, sdk] = await Promise.all([loadAuth(), import('firebase/auth')]);
  await sdk.signInWithEmailAndPassword(auth, email, password);
  return startSession(locale);
}

export async function signInWithGoogle(locale: string): Promise<Login> {
  const [auth, sdk] = await Promise.all([loadAuth(), import('firebase/auth')]);
  await sdk.signInWithPopup(auth, new sdk.GoogleAuthProvider());
  return startSession(locale);
}

/** @param link the address of the page the mailed link opened. */
export async function signInWithLink(email: string, link: string, locale: string): Promise<Login> {
  const [auth, sdk] = await Promise.all([loadAuth(), import('firebase/auth')]);
  await sdk.signInWithEmailLink(auth, email, link);
  window.localStorage.removeItem(LINK_EMAIL);
  return startSession(locale);
}

export function rememberLinkEmail(email: string): void {
  window.localStorage.setItem(LINK_EMAIL, email);
}

export function rememberedLinkEmail(): string {
  return window.localStorage.getItem(LINK_EMAIL) ?? '';
}

/** A fresh ID token of whoever is signed in here. */
export async function freshIdToken(): Promise<string | null> {
  const auth = await loadAuth();
  await auth.authStateReady();
  return (await auth.currentUser?.getIdToken(true)) ?? null;
}

/** Message keys (`auth.failure.*`) of what Firebase refuses; anything else is shown as it came. */
const FAILURES: Record<string, string> = {
  'auth/invalid-credential': 'credentials',
  'auth/wrong-password': 'credentials',
  'auth/user-not-found': 'credentials',
  'auth/invalid-email': 'credentials',
  'auth/user-disabled': 'disabled',
  'auth/too-many-requests': 'tooMany',
  'auth/network-request-failed': 'network',
  'auth/popup-closed-by-user': 'popupClosed',
  'auth/cancelled-popup-request': 'popupClosed',
  'auth/popup-blocked': 'popupBlocked',
  'auth/invalid-action-code': 'usedLink',
  'auth/expired-action-code': 'usedLink',
  'auth/account-exists-with-different-credential': 'otherWay',
};

/** @returns the key of the message for a person, or null when the error speaks for itself. */
export function failureKey(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FAILURES[code] ?? (code.startsWith('auth/') ? 'unknown' : null);
}
