import { recordServerQueries } from './indexes/recorder';

/** Emulator suites never touch a real project: without the emulators they refuse to start. */
if (!process.env.FIRESTORE_EMULATOR_HOST || !process.env.FIREBASE_AUTH_EMULATOR_HOST) {
  throw new Error('Start these tests with: npm run test:emulator -- <files>');
}
process.env.FIREBASE_PROJECT_ID ??= 'demo-irisync';
process.env.LOG_LEVEL ??= 'silent';
process.env.CRON_SECRET ??= 'cron-secret-for-tests-only';
process.env.METRICS_TOKEN ??= 'metrics-token-for-tests-only';

recordServerQueries();
