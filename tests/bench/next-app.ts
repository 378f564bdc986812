import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const next = join(root, 'node_modules/.bin/next');

/** The product's code behind its API without its pages and routes, as Next configures it. */
const CONFIG = {
  'package.json': JSON.stringify({ name: 'bench', version: '0.0.0', private: true, type: 'module' }),
  'tsconfig.json': readFileSync(join(root, 'tsconfig.json'), 'utf8'),
  'next.config.mjs': `export default {
    turbopack: { root: ${JSON.stringify(root)} },
    outputFileTracingRoot: ${JSON.stringify(root)},
    typescript: { ignoreBuildErrors: true },
    serverExternalPackages: ['firebase-admin', '@google-cloud/firestore', '@google-cloud/storage', '@google-cloud/kms',
      '@opentelemetry/sdk-node', 'bullmq', 'ioredis', 'nodemailer', 'pino', 'prom-client', 'sharp', 'twitter-api-v2',
      '@atproto/api', 'undici'],
  };`,
  'src/app/layout.tsx': `export default function Layout({ children }: { children: React.ReactNode }) {
    return <html lang="en"><body>{children}</body></html>;
  }`,
};

/** A production build of an app of its own around the product's code, with only the routes that a bench asks. */
export interface BenchApp {
  /** Starts it on a free port; stop it with {@link BenchServer.stop}. */
  serve(env?: Record<string, string>): Promise<BenchServer>;
  remove(): void;
}

export interface BenchServer {
  url: string;
  process: ChildProcess;
  stop(): void;
}

/**
 * @param name folder below `.irisync`.
 * @param files source files by path, beside the product's; one route must be `/api/bare`.
 */
export function buildApp(name: string, files: Record<string, string>): BenchApp {
  const app = join(root, '.irisync', name);
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  cpSync(join(root, 'src'), join(app, 'src'), {
    recursive: true,
    filter: (path) =>
      !/^(app|pages|proxy\.ts)/.test(relative(join(root, 'src'), path)) && !/\.test\.tsx?$/.test(path),
  });
  // Figures of one caller at full speed, not the limit, are what is measured.
  const limits = join(app, 'src/core/http/rate-limits.ts');
  writeFileSync(
    limits,
    readFileSync(limits, 'utf8').replaceAll(/perMinute: \d+/g, 'perMinute: 1_000_000_000'),
  );
  for (const [path, text] of Object.entries({ ...CONFIG, ...files })) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), text);
  }
  const built = spawnSync(next, ['build', app], { cwd: app, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`The bench app does not build:\n${built.stdout}\n${built.stderr}`);
  return {
    serve: (env) => serve(app, env ?? {}),
    remove: () => rmSync(app, { recursive: true, force: true }),
  };
}

async function serve(app: string, env: Record<string, string>): Promise<BenchServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(next, ['start', app, '--port', String(port)], {
    cwd: app,
    stdio: 'ignore',
    env: { ...process.env, APP_URL: url, ...env },
  });
  await answering(`${url}/api/bare`, server);
  return { url, process: server, stop: () => server.kill('SIGTERM') };
}

/** Waits up to half a minute until this address answers with success. */
export async function answering(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const up = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  server.kill('SIGKILL');
  throw new Error(`${url} did not come up.`);
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export const BARE_ROUTE = `export const dynamic = 'force-dynamic';
  export async function GET() { return Response.json({ ok: true, text: 'hello' }); }`;
