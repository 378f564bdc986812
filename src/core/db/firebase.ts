import 'server-only';
import { type App, cert, getApps, initializeApp } from 'firebase-admin/app';
import { type Auth, getAuth } from 'firebase-admin/auth';
import { type Firestore, getFirestore } from 'firebase-admin/firestore';
import type { Env } from '@/core/config/env';

/** The admin app of this process: service account where one is set, application default credentials on Google Cloud, emulator locally. */
export function adminApp(env: Env): App {
  const existing = getApps()[0];
  if (existing) return existing;
  return initializeApp({
    projectId: env.FIREBASE_PROJECT_ID,
    ...(env.FIREBASE_STORAGE_BUCKET ? { storageBucket: env.FIREBASE_STORAGE_BUCKET } : {}),
    ...(env.FIREBASE_CLIENT_EMAIL && env.FIREBASE_PRIVATE_KEY
      ? {
          credential: cert({
            projectId: env.FIREBASE_PROJECT_ID,
            clientEmail: env.FIREBASE_CLIENT_EMAIL,
            // Hosting dashboards store the key on one line with literal \n.
            privateKey: env.FIREBASE_PRIVATE_KEY.replaceAll('\\n', '\n'),
          }),
        }
      : {}),
  });
}

const configured = new WeakSet<Firestore>();

export function adminFirestore(env: Env): Firestore {
  const firestore = getFirestore(adminApp(env), env.FIRESTORE_DATABASE);
  if (!configured.has(firestore)) {
    configured.add(firestore);
    try {
      firestore.settings({ ignoreUndefinedProperties: true });
    } catch (error) {
      // A hot reload finds the instance already in use; its settings were made by the first load.
      if (!(error instanceof Error && error.message.includes('already been initialized'))) throw error;
    }
  }
  return firestore;
}

export function adminAuth(env: Env): Auth {
  return getAuth(adminApp(env));
}
