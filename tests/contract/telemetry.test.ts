import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { propagation } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newContext, runInContext } from '@/core/http/context';
import { OutboundHttp } from '@/core/http/outbound';
import { startTelemetry } from '@/core/telemetry/otel';
import { withSpan } from '@/core/telemetry/span';

/** Stands in for an OpenTelemetry collector and for another service of ours. */
const received: { path: string; body: Buffer; headers: http.IncomingHttpHeaders }[] = [];
const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  received.push({ path: request.url ?? '', body, headers: request.headers });
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
});
let endpoint = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(
  () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
);

it('loads nothing and sends nothing without an endpoint', async () => {
  const stop = await startTelemetry(undefined);
  expect(await withSpan('quiet', {}, async (span) => span.isRecording())).toBe(false);
  await stop();
  expect(received).toEqual([]);
});

it('sends spans to the collector, and lets trace and request follow a call to a trusted service', async () => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  const stop = await startTelemetry(endpoint);
  const outbound = new OutboundHttp();
  const call = (trusted: boolean) =>
    outbound.request({ url: `${endpoint}/api/other`, provider: 'sister', trusted });
  await runInContext(newContext('req_42'), () =>
    withSpan('publish a post', { 'post.channel': 'bluesky' }, async () => {
      await (await call(true)).discard();
      await (await call(false)).discard();
    }),
  );
  await expect(withSpan('fails', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await outbound.close();
  await stop();

  const [trusted, untrusted] = received.filter(({ path }) => path === '/api/other');
  expect(trusted?.headers).toMatchObject({
    'x-request-id': 'req_42',
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-/),
  });
  expect(untrusted?.headers.traceparent).toBeUndefined();
  expect(untrusted?.headers['x-request-id']).toBeUndefined();
  const traces = received
    .filter(({ path }) => path === '/v1/traces')
    .map(({ body }) => body.toString('latin1'))
    .join('');
  for (const text of ['publish a post', 'post.channel', 'GET sister', 'fails', 'irisync'])
    expect(traces).toContain(text);
  expect(propagation.fields()).toContain('traceparent');
});
