import 'server-only';
import { logger } from './logger';

const KEY = Symbol.for('irisync.telemetry');
type Holder = { [KEY]?: Promise<() => Promise<void>> };

/**
 * Starts OpenTelemetry traces towards an OTLP collector. Without an endpoint nothing is loaded, so nothing is paid for. The
 * remaining settings are the standard ones (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, …):
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 *
 * @returns the function that sends what is left and stops.
 */
export function startTelemetry(endpoint: string | undefined): Promise<() => Promise<void>> {
  if (!endpoint) return Promise.resolve(async () => undefined);
  const holder = globalThis as Holder;
  holder[KEY] ??= start();
  return holder[KEY];
}

async function start(): Promise<() => Promise<void>> {
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  // Metrics are Prometheus' business (/api/metrics) and logs go to stdout; only traces travel.
  const sdk = new NodeSDK({ serviceName: 'irisync', metricReaders: [], logRecordProcessors: [] });
  sdk.start();
  logger.info('traces are sent to the OpenTelemetry collector');
  return () => sdk.shutdown();
}
