import { team } from '@tests/support/accounts';
import { Pool } from 'undici';
import { type BenchRow, ratioRow } from './harness';
import { BARE_ROUTE, buildApp } from './next-app';

/** What `route()` costs on top of Next: an authenticated GET against a bare Next handler of the same build. */
const ROUNDS = 1_500;

const ROUTES = {
  'src/app/api/bare/route.ts': BARE_ROUTE,
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

export async function run(): Promise<BenchRow[]> {
  const app = buildApp('bench-app', ROUTES);
  const { owner } = await team();
  const server = await app.serve();
  const client = new Pool(server.url, { connections: 1 });
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
    server.stop();
    app.remove();
  }
}
