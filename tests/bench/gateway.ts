import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './next-app';

const VERSION = '1.15.2';
/** With newer ones its streams answer 500. */
const HONO_SERVER = '1.13.5';
const folder = join(tmpdir(), `irisync-bench-gateway-${VERSION}`);
const script = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');

/** It listens on every address; this keeps it to this machine. */
const LOOPBACK_ONLY = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net';
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (port, ...rest) {
    const options = typeof port === 'object' ? port : { port };
    return listen.call(this, { ...options, host: '127.0.0.1' }, ...rest.filter((part) => typeof part === 'function'));
  };`)}`;

/** Fetches `@portkey-ai/gateway` into a temporary folder, once. @returns why it cannot be had, if so. */
export function fetchGateway(): string | undefined {
  if (existsSync(script)) return undefined;
  mkdirSync(folder, { recursive: true });
  const packages = [`@portkey-ai/gateway@${VERSION}`, `@hono/node-server@${HONO_SERVER}`];
  const fetched = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...packages],
    { encoding: 'utf8', timeout: 150_000 },
  );
  if (fetched.status === 0 && existsSync(script)) return undefined;
  return `npm could not fetch @portkey-ai/gateway@${VERSION}: ${fetched.stderr.trim().split('\n').at(-1) ?? ''}`;
}

export async function startGateway(): Promise<{ url: string; process: ChildProcess }> {
  const port = await freePort();
  const gateway = spawn(
    process.execPath,
    ['--import', LOOPBACK_ONLY, script, `--port=${port}`, '--headless'],
    { cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH, NODE_ENV: 'production' } },
  );
  return { url: `http://127.0.0.1:${port}`, process: gateway };
}

/** The floor: takes a request, sends it on over kept connections, pipes the answer back. Nothing else. */
export async function startBareProxy(target: string): Promise<{ url: string; server: Server }> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
