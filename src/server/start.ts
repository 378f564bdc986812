import 'server-only';
import { env } from '@/core/config/env';
import { logger } from '@/core/telemetry/logger';
import { startTelemetry } from '@/core/telemetry/otel';
import './services';
import { startWorker } from './worker';

/** What a server process does once before its first request. */
export async function startServer(): Promise<void> {
  const settings = env();
  logger.info(
    { project: settings.FIREBASE_PROJECT_ID, emulators: Boolean(settings.FIRESTORE_EMULATOR_HOST) },
    'server starting',
  );
  await startTelemetry(settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (settings.WORKER_INLINE) startWorker();
}
