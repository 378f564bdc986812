import type { FirebaseApp } from 'firebase/app';
import type { Auth } from 'firebase/auth';
import type { Firestore } from 'firebase/firestore';
import { clientConfig } from './config';

/**
 * The Firebase SDK is loaded after the page is up: it is larger than everything else together, and no first paint needs it.
 * Each part is loaded once.
 */
let app: Promise<FirebaseApp> | undefined;
let auth: Promise<Auth> | undefined;
let firestore: Promise<{ db: Firestore; sdk: typeof import('firebase/firestore') }> | undefined;

function loadApp(): Promise<FirebaseApp> {
  app ??= import('firebase/app').then(({ getApps, initializeApp }) => {
    const { apiKey, authDomain, projectId } = clientConfig().firebase;
    return getApps()[0] ?? initializeApp({ apiKey, authDomain, projectId });
  });
  return app;
}

/** The signed-in state lives in IndexedDB, so listeners survive a reload. */
export function loadAuth(): Promise<Auth> {
  auth ??= Promise.all([loadApp(), import('firebase/auth')]).then(([loaded, sdk]) => {
    const made = sdk.initializeAuth(loaded, {
      persistence: [sdk.indexedDBLocalPersistence, sdk.browserLocalPersistence],
      popupRedirectResolver: sdk.browserPopupRedirectResolver,
    });
    const { emulators } = clientConfig().firebase;
    if (emulators) sdk.connectAuthEmulator(made, `http://${emulators.auth}`, { disableWarnings: true });
    return made;
  });
  return auth;
}

/** Firestore once somebody is signed in, so that no listener starts before its credentials. */
export function loadFirestore(): Promise<{ db: Firestore; sdk: typeof import('firebase/firestore') }> {
  firestore ??= Promise.all([loadApp(), import('firebase/firestore'), loadAuth()]).then(
    async ([loaded, sdk, signedIn]) => {
      const { emulators, database } = clientConfig().firebase;
      const db = sdk.initializeFirestore(loaded, { ignoreUndefinedProperties: true }, database);
      if (emulators) {
        const [host = '127.0.0.1', port = '8080'] = emulators.firestore.split(':');
        sdk.connectFirestoreEmulator(db, host, Number(port));
      }
      await signedIn.authStateReady();
      return { db, sdk };
    },
  );
  return firestore;
}
