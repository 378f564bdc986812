import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { ExternalServiceError } from '@/core/errors';

const DECODERS: Record<string, () => NodeJS.ReadWriteStream> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Up to here reading on is cheaper than a new connection. */
const DRAIN_BYTES = 64 * 1024;

export interface ResponseParts {
  provider: string;
  url: string;
  status: number;
  headers: Headers;
  body: Dispatcher.ResponseData['body'];
  maxBytes: number;
  /** Turns what the transport threw while the body was read into a classified failure. */
  classify: (error: unknown) => ExternalServiceError;
  /** Called once when the exchange is over, whatever way. */
  release: () => void;
}

/** An answer whose body is read at most once, streamed or whole, and never past its cap (counted after decompression). */
export class OutboundResponse {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly #parts: ResponseParts;

  constructor(parts: ResponseParts) {
    this.#parts = parts;
    this.url = parts.url;
    this.status = parts.status;
    this.headers = parts.headers;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** Body chunks as they arrive. @throws ExternalServiceError outcome `unknown` when the stream is cut, late or too large. */
  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    const { body, maxBytes, classify, release } = this.#parts;
    let received = 0;
    let finished = false;
    try {
      for await (const chunk of this.#decoded()) {
        received += chunk.byteLength;
        if (received > maxBytes) throw this.#tooLarge();
        yield chunk;
      }
      finished = true;
    } catch (error) {
      throw classify(error);
    } finally {
      if (!finished) this.#abandon(body);
      release();
    }
  }

  stream(): Readable {
    return Readable.from(this.chunks(), { objectMode: false });
  }

  async bytes(): Promise<Uint8Array> {
    const declared = Number(this.headers.get('content-length') ?? 0);
    if (declared > this.#parts.maxBytes) {
      await this.discard();
      throw this.#tooLarge();
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.chunks()) chunks.push(chunk);
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /** @throws ExternalServiceError kind `unknown`, outcome `unknown` when the body is not JSON: the vendor broke its contract. */
  async json(): Promise<unknown> {
    const text = await this.text();
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ExternalServiceError(
        `${this.#parts.provider} answered ${this.status} with a body that is not JSON.`,
        {
          provider: this.#parts.provider,
          kind: 'unknown',
          retryable: false,
          outcome: 'unknown',
          vendorStatus: this.status,
          vendorCode: 'malformed_body',
        },
        { cause: error },
      );
    }
  }

  /** Ends the exchange: nobody wants the (rest of the) body. */
  async discard(): Promise<void> {
    await this.drain();
    this.#parts.release();
  }

  /** Reads a short rest away so that the connection can be used again; gives a long one up. */
  async drain(): Promise<void> {
    const { body } = this.#parts;
    if (!body.destroyed) await body.dump({ limit: DRAIN_BYTES }).catch(() => this.#abandon(body));
  }

  #abandon(body: Readable): void {
    // A destroyed body emits its error once more; nobody is left to hear it.
    body.on('error', () => undefined);
    body.destroy();
  }

  #decoded(): AsyncIterable<Uint8Array> {
    const { body } = this.#parts;
    const encoding = this.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
    const decoder = DECODERS[encoding]?.();
    if (!decoder) return body;
    body.on('error', (error) => (decoder as unknown as Readable).destroy(error));
    return body.pipe(decoder) as unknown as AsyncIterable<Uint8Array>;
  }

  #tooLarge(): ExternalServiceError {
    const { provider, maxBytes } = this.#parts;
    return new ExternalServiceError(`${provider} sent more than the ${maxBytes} bytes allowed here.`, {
      provider,
      kind: 'invalid_request',
      retryable: false,
      outcome: 'unknown',
      vendorStatus: this.status,
      vendorCode: 'response_too_large',
    });
  }
}
