import 'server-only';
import type { ClientConfig } from '@/client/config';
import { sandboxAllowed } from '@/core/config/env';
import { core } from './core';

/** Public facts only: everything here is sent to every visitor of the app. */
export function clientConfigOf(): ClientConfig {
  const { env } = core;
  const emulators =
    env.FIRESTORE_EMULATOR_HOST && env.FIREBASE_AUTH_EMULATOR_HOST
      ? { firestore: env.FIRESTORE_EMULATOR_HOST, auth: env.FIREBASE_AUTH_EMULATOR_HOST }
      : null;
  return {
    firebase: {
      // The Auth emulator accepts any key, but the SDK wants one.
      apiKey: env.FIREBASE_WEB_API_KEY ?? 'emulator',
      authDomain: env.FIREBASE_AUTH_DOMAIN ?? `${env.FIREBASE_PROJECT_ID}.firebaseapp.com`,
      projectId: env.FIREBASE_PROJECT_ID,
      database: env.FIRESTORE_DATABASE,
      emulators,
    },
    sandbox: sandboxAllowed(env),
    email: Boolean(env.SMTP_URL),
    shortLinkBase: env.SHORT_LINK_URL ?? env.APP_URL,
    bitly: Boolean(env.BITLY_ACCESS_TOKEN),
    push: env.VAPID_PUBLIC_KEY ?? null,
    googleSignIn: emulators === null && Boolean(env.FIREBASE_AUTH_DOMAIN),
  };
}
