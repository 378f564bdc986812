import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { team } from '@tests/support/accounts';
import { Pool } from 'undici';
import { type BenchRow, ratioRow } from './harness';

/**
 * What `route()` costs on top of Next: an authenticated GET against a bare Next handler of the same build. The build is an
 * app of its own around the product's code, with these routes and nothing else.
 */
const root = resolve(import.meta.dirname, '../..');
const app = join(root, '.irisync', 'bench-app');
const ROUNDS = 1_500;

const FILES = {
  'package.json': JSON.stringify({ name: 'bench', version: '0.0.0', private: true, type: 'module' }),
  'tsconfig.json': readFileSync(join(root, 'tsconfig.json'), 'utf8'),
  'next.config.mjs': `export default {
    turbopack: { root: ${JSON.stringify(root)} },
    outputFileTracingRoot: ${JSON.stringify(root)},
    typescript: { ignoreBuildErrors: true },
    serverExternalPackages: ['firebase-admin', '@google-cloud/firestore', '@google-cloud/storage', '@google-cloud/kms',
      '@opentelemetry/sdk-node', 'bullmq', 'ioredis', 'pino', 'prom-client', 'sharp', 'undici'],
  };`,
  'src/app/layout.tsx': `export default function Layout({ children }: { children: React.ReactNode }) {
    return <html lang="en"><body>{children}</body></html>;
  }`,
  'src/app/api/bare/route.ts': `export const dynamic = 'force-dynamic';
    export async function GET() { return Response.json({ ok: true, text: 'hello' }); }`,
  ...Object.fromEntries(
    ['user', 'member'].map((auth) => [
      `src/app/api/${auth}/route.ts`,
      `import { z } from 'zod';
    import { route } from '@/server/route';
    export const GET = route({ method: 'GET', path: '/api/${auth}', summary: '', tag: '', auth: '${auth}', rateLimit: 'read',
      response: z.object({ ok: z.boolean(), text: z.string() }) }, async () => ({ ok: true, text: 'hello' }));`,
    ]),
  ),
};

function build(): void {
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  cpSync(join(root, 'src'), join(app, 'src'), {
    recursive: true,
    // Pages and the proxy are the product's; here only what stands behind its API is built.
    filter: (path) =>
      !/^(app|pages|proxy\.ts)/.test(relative(join(root, 'src'), path)) && !/\.test\.tsx?$/.test(path),
  });
  // Figures of one caller at full speed, not the limit, are what is measured.
  const limits = join(app, 'src/core/http/rate-limits.ts');
  writeFileSync(
    limits,
    readFileSync(limits, 'utf8').replaceAll(/perMinute: \d+/g, 'perMinute: 1_000_000_000'),
  );
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(app, name, '..'), { recursive: true });
    writeFileSync(join(app, name), text);
  }
  const built = spawnSync(join(root, 'node_modules/.bin/next'), ['build', app], {
    cwd: app,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`The bench app does not build:\n${built.stdout}\n${built.stderr}`);
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function serve(port: number): Promise<ChildProcess> {
  const server = spawn(join(root, 'node_modules/.bin/next'), ['start', app, '--port', String(port)], {
    cwd: app,
    stdio: 'ignore',
    env: { ...process.env, APP_URL: `http://127.0.0.1:${port}` },
  });
  for (let tries = 0; tries < 300; tries += 1) {
    const up = await fetch(`http://127.0.0.1:${port}/api/bare`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return server;
    await new Promise((done) => setTimeout(done, 100));
  }
  server.kill('SIGKILL');
  throw new Error('The built app did not start.');
}

export async function run(): Promise<BenchRow[]> {
  build();
  const { owner } = await team();
  const port = await freePort();
  const server = await serve(port);
  const client = new Pool(`http://127.0.0.1:${port}`, { connections: 1 });
  const headers = { authorization: `Bearer ${owner.idToken}` };
  const get = async (path: string) => {
    const { statusCode, body } = await client.request({ method: 'GET', path, headers });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text}`);
  };
  const against = (auth: string, rounds: number, target: number) =>
    ratioRow({
      name: `route() with auth ${auth} ÷ bare Next handler (p50)`,
      target,
      rounds,
      warmUp: 300,
      baseline: () => get('/api/bare'),
      measured: () => get(`/api/${auth}`),
    });
  try {
    return [await against('user', ROUNDS, 1.5), await against('member', ROUNDS, 1.5)];
  } finally {
    await client.close();
    server.kill('SIGTERM');
    rmSync(app, { recursive: true, force: true });
  }
}
