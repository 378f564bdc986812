import 'server-only';
import { readMetric } from '@/core/telemetry/metrics';
import type { AlertFacts } from './alert-rules';

/** This process's counters since its start, in the words of the rules. */
export async function readAlertFacts(): Promise<AlertFacts> {
  const sum = async (
    metric: string,
    counts: (labels: Record<string, string | number>, name: string) => boolean,
  ) =>
    (await readMetric(metric))
      .filter(({ labels, metricName }) => counts(labels, metricName ?? metric))
      .reduce((total, { value }) => total + value, 0);
  const isSyncCount = (name: string) => name === 'sync_duration_seconds_count';
  const [
    requests,
    requestsFailed,
    syncs,
    fastSyncs,
    refreshes,
    refreshesFailed,
    webhooksRefused,
    apiVersionsRefused,
  ] = await Promise.all([
    sum('http_requests_total', () => true),
    // 503 says that something is not configured or overloaded on purpose; 500 and 502 are failures.
    sum('http_requests_total', ({ status_code: status }) => status === '500' || status === '502'),
    sum('sync_duration_seconds', (_labels, name) => isSyncCount(name)),
    sum('sync_duration_seconds', ({ le }, name) => !isSyncCount(name) && Number(le) === 5),
    sum('credential_refreshes_total', () => true),
    sum('credential_refreshes_total', ({ outcome }) => outcome === 'failed'),
    sum('webhook_verification_failures_total', () => true),
    sum('api_versions_refused_total', () => true),
  ]);
  return {
    requests,
    requestsFailed,
    syncs,
    syncsOver5s: syncs - fastSyncs,
    credentialRefreshes: refreshes,
    credentialRefreshesFailed: refreshesFailed,
    webhooksRefused,
    apiVersionsRefused,
  };
}
