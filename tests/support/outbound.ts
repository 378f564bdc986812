import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { OutboundHttp } from '@/core/http/outbound';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

/** A server of the test's own, and clients that are closed after each test. Call it at the top of a file. */
export function outboundWorld() {
  const world = {
    /** How the server answers; set anew by each test. */
    handler: ((_request, response) => response.end()) as Handler,
    seen: [] as http.IncomingMessage[],
    port: 0,
    base: '',
    client(settings: ConstructorParameters<typeof OutboundHttp>[0] = {}): OutboundHttp {
      const made = new OutboundHttp({ connectTimeoutMs: 1_000, ...settings });
      opened.push(made);
      return made;
    },
  };
  const opened: OutboundHttp[] = [];
  const server = http.createServer((request, response) => {
    world.seen.push(request);
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => world.handler(request, response, body));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    world.port = (server.address() as AddressInfo).port;
    world.base = `http://127.0.0.1:${world.port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(async () => {
    world.seen = [];
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  return world;
}

/** The classified failure that some work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<ExternalServiceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ExternalServiceError);
  return error as ExternalServiceError;
}
