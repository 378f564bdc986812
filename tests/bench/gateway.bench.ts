import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEYS, MODEL_OF } from '@tests/fakes/ai/harness';
import { team } from '@tests/support/accounts';
import { Pool } from 'undici';
import { fetchGateway, startBareProxy, startGateway } from './gateway';
import { absentRow, type BenchRow, limitRow, median } from './harness';
import { answering, BARE_ROUTE, buildApp } from './next-app';
import { startVendors } from './vendor';

/**
 * One completion over HTTP: the product's own route in a production build of Next, `@portkey-ai/gateway`, and a bare Node
 * proxy as the floor, before the same fake vendor. The gateway keeps no ledger, so ours is in memory for the comparison; the
 * full path, with tokens, quotas and usage in the Firestore emulator, is reported beside it.
 */
const ROUNDS = 600;
const WARM_UP = 150;
const CONNECTIONS = 32;
const BURST = 640;
const BURSTS = 5;
const ADDED = 'AI completion over HTTP: latency added ÷ @portkey-ai/gateway’s (p50, 1 connection)';
const THROUGHPUT = `AI completion over HTTP: requests/s ÷ @portkey-ai/gateway’s (${CONNECTIONS} connections)`;

const LEDGER = join(import.meta.dirname, '../fakes/ai/ledger.ts');
const ROUTES = {
  'src/app/api/bare/route.ts': BARE_ROUTE,
  'src/bench/ledger.ts': readFileSync(LEDGER, 'utf8'),
  'src/bench/toolkit.ts': `import '@/server/services';
    import { provide, singleton } from '@/core/singletons';
    import { QuotaService } from '@/features/ai/quota';
    import { AIToolkitFactory } from '@/features/ai/toolkit';
    import { UsageTracker } from '@/features/ai/usage';
    import { systemClock } from '@/core/time/clock';
    import { MemoryCache, MemoryMeter, MemoryQuotaStore, MemoryUsageStore } from './ledger';
    if (process.env.BENCH_LEDGERS === 'memory') {
      const real = singleton<AIToolkitFactory>('AIToolkitFactory').deps;
      const meter = new MemoryMeter();
      meter.balance = Number.MAX_SAFE_INTEGER;
      const usage = new MemoryUsageStore();
      setInterval(() => { usage.rows.length = 0; meter.settled.length = 0; meter.charges.clear(); }, 1_000);
      provide('AIToolkitFactory', () => new AIToolkitFactory({ ...real, meter, cache: new MemoryCache(),
        quota: new QuotaService(new MemoryQuotaStore(), systemClock),
        usage: new UsageTracker(usage, usage, systemClock), answered: () => undefined }));
    }`,
  'src/app/api/ai/completion/route.ts': `import '@/bench/toolkit';
    ${readFileSync(join(import.meta.dirname, '../../src/app/api/ai/completion/route.ts'), 'utf8')}`,
};

interface Side {
  pool: Pool;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export async function run(): Promise<BenchRow[]> {
  const lacking = fetchGateway();
  if (lacking) return [absentRow(ADDED, 'ratio', 0.5, lacking), absentRow(THROUGHPUT, 'ratio', 2, lacking)];
  const app = buildApp('bench-gateway', ROUTES);
  const vendors = await startVendors();
  const host = `${vendors.glm}/api/paas/v4`;
  const { owner } = await team({}, { tier: 'enterprise' });
  const env = { GLM_API_KEY: KEYS.glm, GLM_BASE_URL: host };
  const ours = await app.serve({ ...env, BENCH_LEDGERS: 'memory' });
  const full = await app.serve(env);
  const gateway = await startGateway();
  const proxy = await startBareProxy(vendors.glm);
  try {
    await answering(`${gateway.url}/`, gateway.process);
    return await compare({
      direct: chatSide(vendors.glm, '/api/paas/v4/chat/completions', {}),
      floor: chatSide(proxy.url, '/api/paas/v4/chat/completions', {}),
      gateway: chatSide(gateway.url, '/v1/chat/completions', {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': host,
      }),
      ours: ourSide(ours.url, owner.idToken),
      full: ourSide(full.url, owner.idToken),
    });
  } finally {
    gateway.process.kill('SIGKILL');
    proxy.server.closeAllConnections();
    proxy.server.close();
    ours.stop();
    full.stop();
    vendors.stop();
    app.remove();
  }
}

const messages = [{ role: 'user', content: 'Announce the terrace.' }];

function chatSide(url: string, path: string, headers: Record<string, string>): Side {
  return {
    pool: new Pool(url, { connections: CONNECTIONS }),
    path,
    headers: { ...headers, authorization: `Bearer ${KEYS.glm}` },
    body: JSON.stringify({ model: MODEL_OF.glm, messages, max_tokens: 200 }),
  };
}

function ourSide(url: string, idToken: string): Side {
  return {
    pool: new Pool(url, { connections: CONNECTIONS }),
    path: '/api/ai/completion',
    headers: { authorization: `Bearer ${idToken}` },
    body: JSON.stringify({ messages, provider: 'glm', model: MODEL_OF.glm, maxOutputTokens: 200 }),
  };
}

async function ask({ pool, path, headers, body }: Side): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200 || !text.includes('terrace'))
    throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
}

type Sides = Record<'direct' | 'floor' | 'gateway' | 'ours' | 'full', Side>;
type Figures = Record<keyof Sides, number>;

async function compare(sides: Sides): Promise<BenchRow[]> {
  const p50 = await latencies(sides);
  const perSecond = await throughputs(sides);
  await Promise.all(Object.values(sides).map(({ pool }) => pool.close()));
  const added = (side: keyof Sides) => p50[side] - p50.direct;
  return [
    limitRow(ADDED, 'ratio', added('ours') / added('gateway'), 0.5, {
      oursMs: added('ours'),
      gatewayMs: added('gateway'),
      bareProxyMs: added('floor'),
      oursWithFirestoreMs: added('full'),
      directMs: p50.direct,
    }),
    limitRow(
      THROUGHPUT,
      'ratio',
      perSecond.ours / perSecond.gateway,
      2,
      {
        ours: perSecond.ours,
        gateway: perSecond.gateway,
        bareProxy: perSecond.floor,
        oursWithFirestore: perSecond.full,
      },
      'higher',
    ),
  ];
}

async function latencies(sides: Sides): Promise<Figures> {
  const names = Object.keys(sides) as (keyof Sides)[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const startedAt = performance.now();
      await ask(sides[name]);
      if (round >= 0) times.get(name)?.push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Figures;
}

async function throughputs(sides: Sides): Promise<Figures> {
  const names = ['gateway', 'ours', 'floor', 'full'] as const;
  const rates = new Map(names.map((name) => [name, [] as number[]]));
  for (let burst = -1; burst < BURSTS; burst += 1) {
    for (const name of names) {
      const calls = name === 'full' ? BURST / 8 : BURST;
      const startedAt = performance.now();
      let left = calls;
      await Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          while (left-- > 0) await ask(sides[name]);
        }),
      );
      if (burst >= 0) rates.get(name)?.push(calls / ((performance.now() - startedAt) / 1_000));
    }
  }
  return {
    direct: 0,
    ...Object.fromEntries(names.map((name) => [name, median(rates.get(name) ?? [])])),
  } as Figures;
}
