import type { IncomingMessage } from 'node:http';
import type { GenerateContentRequest, GenerateContentResponse } from '@google/generative-ai';
import { fillSchema } from '@/features/ai/providers/sandbox/schema-fill';
import { type Exchange, FakeVendor, pieces, tokensIn, WRONG_JSON } from './server';

/** Gemini's generateContent, shaped by the types of its own SDK. */
export class FakeGoogle extends FakeVendor {
  toolCall: { name: string; arguments: Record<string, unknown> } | undefined;

  protected authorised(headers: IncomingMessage['headers']): boolean {
    return headers['x-goog-api-key'] === 'test-google';
  }

  protected errorBody(status: number, code: string | undefined, message: string): unknown {
    const details = code ? [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code }] : [];
    // Gemini names the wait in the body, not in a header.
    if (status === 429)
      details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' } as never);
    return { error: { code: status, message, status: 'ERROR', details } };
  }

  protected async answer(exchange: Exchange, url: URL): Promise<void> {
    if (url.pathname === '/v1beta/models')
      return exchange.json(200, { models: [{ name: 'models/gemini-3.8-flash' }] });
    const match = /^\/v1beta\/models\/([^:]+):(generateContent|streamGenerateContent)$/.exec(url.pathname);
    if (!match) return exchange.json(404, this.errorBody(404, undefined, `no route ${url.pathname}`));
    const body = exchange.seen.body as unknown as GenerateContentRequest;
    this.#judge(body);
    if (exchange.fault?.kind === 'refusal')
      return this.#send(exchange, match[2] === 'streamGenerateContent', [
        { promptFeedback: { blockReason: 'SAFETY' } } as GenerateContentResponse,
      ]);
    const text = this.#textFor(body, exchange);
    const parts = this.toolCall
      ? [
          {
            functionCall: { name: this.toolCall.name, args: this.toolCall.arguments },
            thoughtSignature: 'sig_1',
          },
        ]
      : match[2] === 'streamGenerateContent'
        ? pieces(text).map((piece) => ({ text: piece }))
        : [{ text }];
    const usageMetadata = {
      promptTokenCount: tokensIn(body.contents),
      candidatesTokenCount: Math.ceil(text.length / 4),
      thoughtsTokenCount: 3,
      totalTokenCount: 0,
    };
    const chunks = parts.map((part, index) => ({
      candidates: [
        {
          index: 0,
          content: { role: 'model', parts: [part] },
          ...(index === parts.length - 1 ? { finishReason: 'STOP' } : {}),
        },
      ],
      ...(this.reportUsage ? { usageMetadata } : {}),
    }));
    await this.#send(
      exchange,
      match[2] === 'streamGenerateContent',
      chunks as unknown as GenerateContentResponse[],
    );
  }

  #judge(body: GenerateContentRequest): void {
    if (!body.contents?.length) this.violations.push('contents is required');
    const declarations = JSON.stringify(body.tools ?? []);
    if (declarations.includes('additionalProperties'))
      this.violations.push('additionalProperties is not part of the dialect');
  }

  #textFor(body: GenerateContentRequest, { fault }: Exchange): string {
    if (body.generationConfig?.responseMimeType !== 'application/json') return this.nextReply();
    if (fault?.kind === 'wrong_json') return WRONG_JSON;
    const system = body.systemInstruction as { parts: { text: string }[] };
    const told = system.parts[0]?.text ?? '';
    // The instruction's schema is one line of JSON.
    const schema = told.split('\n').find((line) => line.startsWith('{')) ?? '{}';
    return JSON.stringify(fillSchema(JSON.parse(schema) as Record<string, unknown>, this.nextReply()));
  }

  async #send(exchange: Exchange, stream: boolean, chunks: GenerateContentResponse[]): Promise<void> {
    if (!stream) return exchange.json(200, chunks[0]);
    return this.sse(
      exchange,
      chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`),
    );
  }
}
