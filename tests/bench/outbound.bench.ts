import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { OutboundHttp } from '@/core/http/outbound';
import { outboundFetch } from '@/core/http/outbound-fetch';
import { type BenchRow, ratioRow } from './harness';

export const emulators = false;

/** What our HTTP client costs beyond the library it stands on: a JSON call of the size of an AI completion. */
export async function run(): Promise<BenchRow[]> {
  const answer = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(2_000) } }] });
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat`;
  const init = {
    method: 'POST',
    body: JSON.stringify({ messages: [{ role: 'user', content: 'y'.repeat(1_000) }] }),
    headers: { 'content-type': 'application/json' },
  };
  const outbound = new OutboundHttp();
  const ours = outboundFetch(outbound, { provider: 'bench' });
  const dispatcher = new Agent();
  const row = await ratioRow({
    name: 'outbound fetch ÷ undici fetch (p50)',
    target: 1.15,
    rounds: 2_000,
    baseline: async () => (await undiciFetch(url, { ...init, dispatcher })).json(),
    measured: async () => (await ours(url, init)).json(),
  });
  await outbound.close();
  await dispatcher.close();
  server.closeAllConnections();
  server.close();
  return [row];
}
