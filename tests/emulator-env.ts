import { randomBytes } from 'node:crypto';
import { recordServerQueries } from './indexes/recorder';

/** Emulator suites never touch a real project: without the emulators they refuse to start. */
if (!process.env.FIRESTORE_EMULATOR_HOST || !process.env.FIREBASE_AUTH_EMULATOR_HOST) {
  throw new Error('Start these tests with: npm run test:emulator -- <files>');
}
// Each process has a database of its own: its sweeps find what its files made, not what hundreds of others left behind.
if (!process.env.OWN_TEST_DATABASE) {
  process.env.OWN_TEST_DATABASE = `test-${randomBytes(4).toString('hex')}`;
  process.env.FIRESTORE_DATABASE = process.env.OWN_TEST_DATABASE;
}
process.env.FIREBASE_PROJECT_ID ??= 'demo-irisync';
await emptied();
process.env.LOG_LEVEL ??= 'silent';
process.env.CRON_SECRET ??= 'cron-secret-for-tests-only';
process.env.METRICS_TOKEN ??= 'metrics-token-for-tests-only';

recordServerQueries();

/** The emulator has no indexes: a query looks through all that the files before left behind. */
async function emptied(): Promise<void> {
  const { FIRESTORE_EMULATOR_HOST, FIREBASE_PROJECT_ID, FIRESTORE_DATABASE } = process.env;
  const database = `projects/${FIREBASE_PROJECT_ID}/databases/${FIRESTORE_DATABASE}`;
  const url = `http://${FIRESTORE_EMULATOR_HOST}/emulator/v1/${database}/documents`;
  const answer = await fetch(url, { method: 'DELETE' });
  if (!answer.ok) throw new Error(`The emulator could not be emptied: ${answer.status}.`);
}
