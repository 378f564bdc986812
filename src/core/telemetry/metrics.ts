import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Everything Prometheus may ask for. Labels have few values: never an id, never a URL. */
function build() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    httpRequests: new Counter({
      name: 'http_requests_total',
      help: 'HTTP requests answered.',
      labelNames: ['method', 'route', 'status_code'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from request to answer.',
      labelNames: ['method', 'route', 'status_code'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    aiDuration: new Histogram({
      name: 'ai_processing_duration_seconds',
      help: 'Time of one AI attempt at one provider.',
      labelNames: ['provider', 'task', 'outcome'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30],
      registers,
    }),
    queryDuration: new Histogram({
      name: 'database_query_duration_seconds',
      help: 'Time of one Firestore operation.',
      labelNames: ['operation', 'table'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    cacheLookups: new Counter({
      name: 'cache_lookups_total',
      help: 'Cache look-ups per layer and result (hit, miss, error).',
      labelNames: ['layer', 'result'],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'job_queue_depth',
      help: 'Jobs that are due and not finished.',
      labelNames: ['queue'],
      registers,
    }),
    queueAge: new Gauge({
      name: 'job_queue_oldest_age_seconds',
      help: 'Age of the oldest due job.',
      labelNames: ['queue'],
      registers,
    }),
    jobDuration: new Histogram({
      name: 'job_duration_seconds',
      help: 'Time of one try of a job, by outcome (done, retry, dead).',
      labelNames: ['type', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600],
      registers,
    }),
    publishOutcomes: new Counter({
      name: 'publish_outcomes_total',
      help: 'Finished publishing runs by network and outcome.',
      labelNames: ['platform', 'outcome'],
      registers,
    }),
    syncRecords: new Counter({
      name: 'sync_records_total',
      help: 'Records synchronised, by platform and result.',
      labelNames: ['platform', 'result'],
      registers,
    }),
    syncDuration: new Histogram({
      name: 'sync_duration_seconds',
      help: 'Time of one synchronisation.',
      labelNames: ['platform', 'outcome'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    webhookFailures: new Counter({
      name: 'webhook_verification_failures_total',
      help: 'Inbound webhooks refused, by source and reason.',
      labelNames: ['source', 'reason'],
      registers,
    }),
    tokenRefreshes: new Counter({
      name: 'credential_refreshes_total',
      help: 'OAuth refreshes by platform and outcome.',
      labelNames: ['platform', 'outcome'],
      registers,
    }),
    apiVersionRefusals: new Counter({
      name: 'api_versions_refused_total',
      help: 'Calls refused because the version of the API that we name has ended, by platform.',
      labelNames: ['platform'],
      registers,
    }),
    circuits: new Gauge({
      name: 'circuits',
      help: 'Circuit breakers per provider and state.',
      labelNames: ['provider', 'state'],
      registers,
    }),
    tokenHolds: new Gauge({ name: 'token_holds_open', help: 'Open token reservations.', registers }),
    tokenHoldTokens: new Gauge({
      name: 'token_holds_tokens',
      help: 'Tokens in open reservations.',
      registers,
    }),
    rateLimited: new Counter({
      name: 'rate_limited_total',
      help: 'Requests refused by a rate limit.',
      labelNames: ['class'],
      registers,
    }),
    outbound: new Counter({
      name: 'outbound_requests_total',
      help: 'Calls to other companies by provider and outcome (status class or failure kind).',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    integrationCallWaits: new Histogram({
      name: 'integration_call_wait_seconds',
      help: 'How long calls to integrations’ vendors waited for a place in their limits, by platform and outcome.',
      labelNames: ['platform', 'outcome'],
      buckets: [0.005, 0.05, 0.25, 1, 5, 10, 30],
      registers,
    }),
    integrationPace: new Histogram({
      name: 'integration_rate_multiplier',
      help: 'The multiplier of a connection’s limits whenever it was looked at anew.',
      labelNames: ['platform'],
      buckets: [0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 1],
      registers,
    }),
    integrationLimitAlerts: new Counter({
      name: 'integration_limit_alerts_total',
      help: 'Limits of connections nearly used up, or slowed down for long, by platform and kind.',
      labelNames: ['platform', 'kind'],
      registers,
    }),
    scrapers: new Set<() => void | Promise<void>>(),
  };
}

const KEY = Symbol.for('irisync.metrics');
type Holder = { [KEY]?: ReturnType<typeof build> };

/** One registry per process, however often a bundler loads this module. */
function all(): ReturnType<typeof build> {
  const holder = globalThis as Holder;
  holder[KEY] ??= build();
  return holder[KEY];
}

export type CacheLayer = 'memory' | 'redis' | 'firestore';

/** The product's measurements. Recording never throws and never waits. */
export const metrics = {
  http(facts: { method: string; route: string; status: number; seconds: number }): void {
    const labels = { method: facts.method, route: facts.route, status_code: String(facts.status) };
    all().httpRequests.inc(labels);
    all().httpDuration.observe(labels, facts.seconds);
  },
  ai(facts: { provider: string; task: string; outcome: string; seconds: number }): void {
    const { seconds, ...labels } = facts;
    all().aiDuration.observe(labels, seconds);
  },
  query(facts: { operation: string; table: string; seconds: number }): void {
    const { seconds, ...labels } = facts;
    all().queryDuration.observe(labels, seconds);
  },
  cache(layer: CacheLayer, result: 'hit' | 'miss' | 'error'): void {
    all().cacheLookups.inc({ layer, result });
  },
  queue(queue: string, facts: { depth: number; oldestSeconds: number }): void {
    all().queueDepth.set({ queue }, facts.depth);
    all().queueAge.set({ queue }, facts.oldestSeconds);
  },
  job(facts: { type: string; outcome: 'done' | 'retry' | 'dead'; seconds: number }): void {
    const { seconds, ...labels } = facts;
    all().jobDuration.observe(labels, seconds);
  },
  publish(platform: string, outcome: string): void {
    all().publishOutcomes.inc({ platform, outcome });
  },
  sync(facts: { platform: string; outcome: string; seconds: number; records: Record<string, number> }): void {
    all().syncDuration.observe({ platform: facts.platform, outcome: facts.outcome }, facts.seconds);
    for (const [result, count] of Object.entries(facts.records)) {
      all().syncRecords.inc({ platform: facts.platform, result }, count);
    }
  },
  webhookRefused(source: string, reason: string): void {
    all().webhookFailures.inc({ source, reason });
  },
  credentialRefresh(platform: string, outcome: 'refreshed' | 'failed' | 'needs_reauth'): void {
    all().tokenRefreshes.inc({ platform, outcome });
  },
  apiVersionRefused(platform: string): void {
    all().apiVersionRefusals.inc({ platform });
  },
  circuits(reports: readonly { provider: string; state: string }[]): void {
    all().circuits.reset();
    for (const { provider, state } of reports) all().circuits.inc({ provider, state });
  },
  tokenHolds(facts: { open: number; tokens: number }): void {
    all().tokenHolds.set(facts.open);
    all().tokenHoldTokens.set(facts.tokens);
  },
  rateLimited(className: string): void {
    all().rateLimited.inc({ class: className });
  },
  integrationCall(platform: string, outcome: 'admitted' | 'refused', seconds: number): void {
    all().integrationCallWaits.observe({ platform, outcome }, seconds);
  },
  integrationPace(platform: string, multiplier: number): void {
    all().integrationPace.observe({ platform }, multiplier);
  },
  integrationLimitAlert(platform: string, kind: string): void {
    all().integrationLimitAlerts.inc({ platform, kind });
  },
  outbound(provider: string, outcome: string): void {
    all().outbound.inc({ provider, outcome });
  },
};

/** Called before each scrape, for gauges that are looked up rather than counted. @returns the function that removes it. */
export function onScrape(collect: () => void | Promise<void>): () => void {
  all().scrapers.add(collect);
  return () => all().scrapers.delete(collect);
}

/** The Prometheus text of everything measured so far. */
export async function renderMetrics(): Promise<{ contentType: string; body: string }> {
  // A gauge that cannot be looked up must not hide the counters.
  await Promise.allSettled([...all().scrapers].map(async (collect) => collect()));
  return { contentType: all().registry.contentType, body: await all().registry.metrics() };
}

/** Current values by metric name, for alert rules. */
export async function readMetric(
  name: string,
): Promise<{ labels: Record<string, string | number>; value: number; metricName?: string }[]> {
  const metric = all().registry.getSingleMetric(name);
  if (!metric) return [];
  const { values } = await metric.get();
  return values.map((entry) => ({ ...entry, labels: entry.labels as Record<string, string | number> }));
}
