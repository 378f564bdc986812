import type { IncomingMessage } from 'node:http';
import { PIXEL } from './openai';
import { type Exchange, FakeVendor } from './server';

interface Prediction {
  id: string;
  status: 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled';
  output: string[] | null;
  error: string | null;
  polls: number;
}

/** Replicate's predictions: created, polled, cancelled, and a picture to download. */
export class FakeReplicate extends FakeVendor {
  readonly predictions = new Map<string, Prediction>();
  /** How many polls a prediction takes. */
  polls = 1;
  /** The next prediction ends like this. */
  failWith: string | undefined;

  protected authorised(headers: IncomingMessage['headers'], url: URL): boolean {
    return url.pathname.startsWith('/files/') || headers.authorization === 'Bearer r8-test';
  }

  protected errorBody(status: number, _code: string | undefined, message: string): unknown {
    return { title: 'Error', detail: message, status };
  }

  protected async answer(exchange: Exchange, url: URL): Promise<void> {
    const { method } = exchange.seen;
    const path = url.pathname;
    if (path === '/v1/account') return exchange.json(200, { type: 'user', username: 'iris' });
    if (method === 'POST' && /^\/v1\/models\/[\w-]+\/[\w.-]+\/predictions$/.test(path))
      return this.#create(exchange);
    const found = /^\/v1\/predictions\/(\w+)(\/cancel)?$/.exec(path);
    const prediction = this.predictions.get(found?.[1] ?? '');
    if (prediction && found?.[2]) {
      prediction.status = 'canceled';
      return exchange.json(200, this.#shown(prediction));
    }
    if (prediction) return this.#poll(exchange, prediction);
    if (path.startsWith('/files/')) {
      exchange.response.writeHead(200, { 'content-type': 'image/png' });
      exchange.response.end(Buffer.from(PIXEL, 'base64'));
      return;
    }
    exchange.json(404, this.errorBody(404, undefined, 'not found'));
  }

  async #create(exchange: Exchange): Promise<void> {
    const input = exchange.seen.body.input as { prompt?: string; aspect_ratio?: string } | undefined;
    if (!input?.prompt) return exchange.json(422, this.errorBody(422, undefined, 'prompt is required'));
    const id = `p${this.predictions.size + 1}`;
    const prediction: Prediction = { id, status: 'starting', output: null, error: null, polls: 0 };
    this.predictions.set(id, prediction);
    exchange.json(201, this.#shown(prediction));
  }

  async #poll(exchange: Exchange, prediction: Prediction): Promise<void> {
    prediction.polls += 1;
    if (prediction.status === 'starting' && prediction.polls >= this.polls) {
      prediction.status = this.failWith ? 'failed' : 'succeeded';
      prediction.error = this.failWith ?? null;
      prediction.output = this.failWith ? null : [`${this.url}/files/${prediction.id}.png`];
    }
    exchange.json(200, this.#shown(prediction));
  }

  #shown({ id, status, output, error }: Prediction) {
    return { id, status, output, error, urls: { get: `${this.url}/v1/predictions/${id}` } };
  }
}
