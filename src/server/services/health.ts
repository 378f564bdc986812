import 'server-only';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { appVersion } from '@/core/config/version';
import { CheckpointRepository } from '@/core/crypto/checkpoints';
import { reencryptStore } from '@/core/crypto/reencryption';
import { cronRunModel } from '@/core/jobs/cron';
import { purgeExpired } from '@/core/jobs/retention';
import { EXPIRING } from '@/core/jobs/retention.data';
import { provide, singleton } from '@/core/singletons';
import { metrics, onScrape } from '@/core/telemetry/metrics';
import { readAlertFacts } from '@/features/health/alert-facts';
import { AlertRepository } from '@/features/health/alert-repository';
import { AlertService, type AlertSink } from '@/features/health/alert-service';
import {
  alertCheck,
  cacheCheck,
  circuitCheck,
  cpuCheck,
  databaseCheck,
  mailCheck,
  memoryCheck,
  queueCheck,
  redisCheck,
} from '@/features/health/checks';
import { ChatWebhookSink } from '@/features/health/providers/chat-webhook';
import { HealthService } from '@/features/health/service';
import type { SmtpMail } from '@/features/mail/providers/smtp';
import { core } from '../core';

/** Health, metrics, and the scheduled upkeep that belongs to no feature. */
const AI_PROVIDERS = ['openai', 'anthropic', 'google', 'glm', 'mistral', 'replicate'];
const isAi = (provider: string) => AI_PROVIDERS.includes(provider);

function configuredAi(): number {
  const { env } = core;
  const keys = [
    env.OPENAI_API_KEY,
    env.ANTHROPIC_API_KEY,
    env.GOOGLE_AI_API_KEY,
    env.GLM_API_KEY,
    env.MISTRAL_API_KEY,
    env.REPLICATE_API_KEY,
  ];
  return keys.filter(Boolean).length;
}

provide('AlertService', () => {
  const { env, outbound, clock, ids } = core;
  return new AlertService({
    repository: new AlertRepository(core.db),
    clock,
    ids,
    facts: readAlertFacts,
    queueDepth: async () => (await core.jobs.stats()).due,
    sinks: [
      ...(env.ALERT_WEBHOOK_URL ? [new ChatWebhookSink(outbound, env.ALERT_WEBHOOK_URL, env.APP_URL)] : []),
      ...singleton<AlertSink[]>('ChannelAlertSinks'),
    ],
  });
});

provide('HealthService', () => {
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  const delayMs = () => {
    const p99 = loop.percentile(99) / 1e6;
    loop.reset();
    return Number.isFinite(p99) ? p99 : 0;
  };
  const { redis, env } = core;
  const circuits = () => core.resilience.circuits();
  const settings = { version: appVersion(env.APP_COMMIT), metricsToken: env.METRICS_TOKEN };
  return new HealthService(core.clock, settings, [
    databaseCheck(() => core.db.get(core.db.doc(cronRunModel, 'jobs'))),
    redisCheck(redis ? () => redis.ping() : null),
    cacheCheck(core.cache),
    queueCheck(core.jobs),
    mailCheck(() => singleton<SmtpMail | null>('SmtpMail')?.state ?? null, Boolean(env.SMTP_URL)),
    alertCheck(() => AlertService.getInstance().firing()),
    circuitCheck('ai', circuits, isAi, {
      count: configuredAi(),
      without: 'No AI provider is configured; the sandbox model answers where it is allowed.',
    }),
    circuitCheck('external', circuits, (provider) => !isAi(provider)),
    memoryCheck(),
    cpuCheck(delayMs),
  ]);
});

onScrape(async () => {
  metrics.circuits(core.resilience.circuits());
  const { due, oldestSeconds } = await core.jobs.stats();
  metrics.queue(core.jobs.driver, { depth: due, oldestSeconds });
});

core.cron.on('jobs', 'jobs', async ({ until }) => ({ ...(await core.jobs.drain({ until, limit: 500 })) }));
core.cron.on('jobs', 'alerts', () => AlertService.getInstance().evaluate());
core.cron.on('outbox', 'outbox', async ({ until, signal }) => {
  const total = { due: 0, done: 0 };
  for (let found = 1; found > 0 && !signal.aborted && core.clock.now() < until; ) {
    const swept = await core.outbox.sweep();
    total.due += swept.due;
    total.done += swept.done;
    found = swept.done;
  }
  return total;
});
core.cron.on('maintenance', 'retention', ({ until, signal }) =>
  purgeExpired(core.db, EXPIRING, {
    now: core.clock.now(),
    open: () => !signal.aborted && core.clock.now() < until,
  }),
);
core.cron.on('maintenance', 'reencryption', async ({ until }) => {
  const checkpoints = new CheckpointRepository(core.db);
  const counts: Record<string, number> = {};
  for (const store of core.secretStores.values()) {
    const report = await reencryptStore(core.encryption, store, checkpoints, { clock: core.clock, until });
    counts[`${store.name}_scanned`] = report.scanned;
    counts[`${store.name}_reencrypted`] = report.reencrypted;
    counts[`${store.name}_undecryptable`] = report.undecryptable;
  }
  return counts;
});
