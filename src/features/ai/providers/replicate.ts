import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { statusFailure } from '@/core/http/outbound-failure';
import type { OutboundResponse } from '@/core/http/outbound-response';
import type { ImageSize } from '../image-schema';
import { CataloguedProvider } from './base';
import { malformedAnswer, policyRefusal, vendorError } from './errors';
import type {
  AIProvider,
  GeneratedImage,
  ImageGenerationRequest,
  StreamPart,
  StructuredRequest,
  StructuredResult,
  TextRequest,
  TextResult,
} from './types';

const DEFAULT_BASE_URL = 'https://api.replicate.com';
const POLL_MS = 1_000;
const MAX_IMAGE_BYTES = 20 * 1024 * 1024;

const ASPECT: Record<ImageSize, string> = { '1024x1024': '1:1', '1024x1536': '2:3', '1536x1024': '3:2' };

/** https://replicate.com/docs/reference/http#predictions.get */
const prediction = z.object({
  id: z.string().min(1),
  status: z.enum(['starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted']),
  output: z.union([z.url(), z.array(z.url())]).nullish(),
  error: z.string().nullish(),
});
type Prediction = z.output<typeof prediction>;

/** Images on Replicate. No SDK: three HTTP calls. One prediction per image, side by side. */
export class ReplicateProvider extends CataloguedProvider implements AIProvider {
  readonly id = 'replicate' as const;

  async generateImage(request: ImageGenerationRequest): Promise<GeneratedImage[]> {
    const one = async () => this.#download(await this.#predict(request), request.signal);
    return Promise.all(Array.from({ length: request.count }, one));
  }

  async generateText(_request: TextRequest): Promise<TextResult> {
    throw vendorError('replicate', { status: 400, message: 'this provider makes images only' });
  }

  // biome-ignore lint/correctness/useYield: refusing is all a text stream can do here.
  async *streamText(_request: TextRequest): AsyncIterable<StreamPart> {
    throw vendorError('replicate', { status: 400, message: 'this provider makes images only' });
  }

  async generateStructured(_request: StructuredRequest): Promise<StructuredResult> {
    throw vendorError('replicate', { status: 400, message: 'this provider makes images only' });
  }

  override estimateCost(): number {
    return 0;
  }

  async isHealthy(signal: AbortSignal): Promise<boolean> {
    return this.#call('GET', '/v1/account', { signal }).then(
      async (response) => {
        await response.discard();
        return true;
      },
      () => false,
    );
  }

  async #predict(request: ImageGenerationRequest): Promise<string> {
    this.model(request.model);
    const created = await this.#call('POST', `/v1/models/${request.model}/predictions`, {
      signal: request.signal,
      headers: { prefer: 'wait=10' },
      body: JSON.stringify({
        input: { prompt: request.prompt, aspect_ratio: ASPECT[request.size], output_format: 'png' },
      }),
    });
    let state = await this.#read(created);
    try {
      while (state.status === 'starting' || state.status === 'processing') {
        await sleep(POLL_MS, undefined, { signal: request.signal });
        const poll = await this.#call('GET', `/v1/predictions/${encodeURIComponent(state.id)}`, {
          signal: request.signal,
        });
        state = await this.#read(poll);
      }
    } catch (error) {
      if (!request.signal.aborted) throw error;
      await this.#cancel(state.id);
      throw request.signal.reason;
    }
    return outputOf(state);
  }

  /** A prediction left alone would run on and be billed. */
  async #cancel(id: string): Promise<void> {
    const path = `/v1/predictions/${encodeURIComponent(id)}/cancel`;
    await this.#call('POST', path, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.discard(),
      () => undefined,
    );
  }

  /** The address comes from the vendor's answer, so it is treated like any foreign one. */
  async #download(url: string, signal: AbortSignal): Promise<GeneratedImage> {
    const response = await this.deps.http.request({
      provider: 'replicate',
      url,
      guarded: true,
      maxResponseBytes: MAX_IMAGE_BYTES,
      signal,
    });
    if (!response.ok) throw await this.#failure(response);
    const mime = response.headers.get('content-type')?.split(';')[0];
    if (mime !== 'image/png' && mime !== 'image/jpeg' && mime !== 'image/webp')
      throw malformedAnswer('replicate', `an image of type ${mime ?? 'unknown'}`);
    return { bytes: await response.bytes(), mime };
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    options: { signal: AbortSignal; body?: string; headers?: Record<string, string> },
  ): Promise<OutboundResponse> {
    const base = (this.settings.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, '');
    try {
      const response = await this.deps.http.request({
        provider: 'replicate',
        method,
        url: `${base}${path}`,
        signal: options.signal,
        headers: {
          authorization: `Bearer ${this.apiKey()}`,
          'content-type': 'application/json',
          ...options.headers,
        },
        ...(options.body ? { body: options.body } : {}),
      });
      if (!response.ok) throw await this.#failure(response);
      return response;
    } catch (error) {
      throw options.signal.aborted ? options.signal.reason : error;
    }
  }

  async #failure(response: OutboundResponse): Promise<unknown> {
    await response.discard();
    const { status } = response;
    const retired = status === 404 ? { kind: 'unavailable' as const, vendorCode: 'model_retired' } : {};
    const failure = statusFailure('replicate', response, { now: this.deps.clock.now(), ...retired });
    return failure;
  }

  async #read(response: OutboundResponse): Promise<Prediction> {
    const parsed = prediction.safeParse(await response.json());
    if (!parsed.success)
      throw malformedAnswer('replicate', 'a prediction without id or status', parsed.error);
    return parsed.data;
  }
}

function outputOf(state: Prediction): string {
  if (state.status !== 'succeeded') {
    const message = state.error ?? state.status;
    if (/nsfw|sensitive|flagged|safety/i.test(message)) throw policyRefusal('replicate', 'flagged');
    throw vendorError('replicate', { status: 500, message });
  }
  const url = Array.isArray(state.output) ? state.output[0] : state.output;
  if (!url) throw malformedAnswer('replicate', 'a finished prediction without output');
  return url;
}
