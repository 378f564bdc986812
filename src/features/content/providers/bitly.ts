import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';

const answerSchema = z.object({ link: z.url({ protocol: /^https?$/ }) });

/** Another company's shortener. */
export interface ExternalShortener {
  /** @throws ExternalServiceError whatever goes wrong: the caller sends the long address then. */
  shorten(url: string): Promise<string>;
}

/** @see https://dev.bitly.com/api-reference/#createBitlink */
export class BitlyShortener implements ExternalShortener {
  constructor(
    readonly http: Pick<OutboundHttp, 'request'>,
    readonly token: string,
    readonly baseUrl = 'https://api-ssl.bitly.com',
  ) {}

  async shorten(url: string): Promise<string> {
    const response = await this.http.request({
      provider: 'bitly',
      method: 'POST',
      url: `${this.baseUrl}/v4/shorten`,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ long_url: url }),
      // The post waits for this answer, and has another way out.
      timeoutMs: 5_000,
      maxResponseBytes: 64 * 1024,
    });
    const parsed = answerSchema.safeParse(response.ok ? await response.json() : await response.drain());
    if (parsed.success) return parsed.data.link;
    throw new ExternalServiceError(`Bitly answered ${response.status}.`, {
      provider: 'bitly',
      kind: 'unavailable',
      retryable: false,
      outcome: 'unknown',
    });
  }
}
