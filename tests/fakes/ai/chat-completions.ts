import type { IncomingMessage } from 'node:http';
import { fillSchema } from '@/features/ai/providers/sandbox/schema-fill';
import { Contract } from './contract';
import { type Exchange, FakeVendor, pieces, tokensIn, WRONG_JSON } from './server';

type Json = Record<string, unknown>;

/** A vendor with OpenAI's chat completions: Mistral (held against its OpenAPI description) and Z.ai (shaped by hand). */
export class FakeChatCompletions extends FakeVendor {
  readonly contract: Contract | undefined;
  toolCall: { name: string; arguments: Json } | undefined;

  constructor(
    readonly vendor: 'mistral' | 'glm',
    readonly apiKey = `sk-test-${vendor}`,
  ) {
    super();
    this.contract = vendor === 'mistral' ? new Contract('mistral') : undefined;
  }

  protected authorised(headers: IncomingMessage['headers']): boolean {
    return headers.authorization === `Bearer ${this.apiKey}`;
  }

  protected errorBody(status: number, code: string | undefined, message: string): unknown {
    if (this.vendor === 'glm') return { error: { code: code ?? String(status), message } };
    return { object: 'error', message, type: 'invalid_request_error', param: null, code: code ?? null };
  }

  protected async answer(exchange: Exchange, url: URL): Promise<void> {
    if (url.pathname.endsWith('/models')) return this.#models(exchange);
    if (url.pathname.endsWith('/moderations')) return this.#moderations(exchange);
    const { body } = exchange.seen;
    this.#hold('request', this.contract?.request('post', '/v1/chat/completions', body));
    const text = this.#textFor(exchange);
    const finish =
      exchange.fault?.kind === 'refusal' ? 'content_filter' : this.toolCall ? 'tool_calls' : 'stop';
    if (body.stream === true) return this.sse(exchange, this.#chunks(body, text, finish));
    const answer = {
      id: 'cmpl-1',
      object: 'chat.completion',
      created: 1_790_000_000,
      model: body.model,
      choices: [
        {
          index: 0,
          finish_reason: finish,
          message: {
            role: 'assistant',
            content: this.toolCall ? '' : text,
            ...(this.toolCall ? { tool_calls: [this.#call()] } : {}),
          },
        },
      ],
      ...(this.reportUsage ? { usage: usageOf(body, text) } : {}),
    };
    if (finish !== 'content_filter')
      this.#hold('answer', this.contract?.schema('ChatCompletionChoice', answer.choices[0]));
    exchange.json(200, answer);
  }

  #hold(what: string, faults: string[] | undefined): void {
    this.violations.push(...(faults ?? []).map((fault) => `${what} ${fault}`));
  }

  #textFor({ seen, fault }: Exchange): string {
    const format = seen.body.response_format as Json | undefined;
    if (!format || format.type === 'text') return this.nextReply();
    if (fault?.kind === 'wrong_json') return WRONG_JSON;
    const schema = (format.json_schema as Json | undefined)?.schema ?? schemaInPrompt(seen.body);
    return JSON.stringify(fillSchema(schema as Json, this.nextReply()));
  }

  #call() {
    return {
      id: 'call00001',
      type: 'function',
      index: 0,
      function: {
        name: this.toolCall?.name ?? '',
        arguments: JSON.stringify(this.toolCall?.arguments ?? {}),
      },
    };
  }

  #chunks(body: Json, text: string, finish: string): string[] {
    const base = { id: 'cmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model: body.model };
    const choice = (delta: Json, reason: string | null) => ({
      ...base,
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
    const chunks: Json[] = this.toolCall
      ? [choice({ role: 'assistant', tool_calls: [this.#call()] }, null)]
      : finish === 'content_filter'
        ? []
        : pieces(text).map((content) => choice({ role: 'assistant', content }, null));
    const last = choice({ content: '' }, finish);
    const asked =
      (body.stream_options as Json | undefined)?.include_usage === true || this.vendor === 'mistral';
    chunks.push(asked && this.reportUsage ? { ...last, usage: usageOf(body, text) } : last);
    if (finish !== 'content_filter')
      for (const chunk of chunks) this.#hold('chunk', this.contract?.schema('CompletionChunk', chunk));
    return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'];
  }

  #models(exchange: Exchange): void {
    const data = ['mistral-small-2603', 'glm-4.7'].map((id) => ({
      id,
      object: 'model',
      created: 1,
      owned_by: this.vendor,
    }));
    exchange.json(200, { object: 'list', data });
  }

  #moderations(exchange: Exchange): void {
    this.#hold('request', this.contract?.request('post', '/v1/moderations', exchange.seen.body));
    const texts = exchange.seen.body.input as string[];
    const results = texts.map((text) => ({
      categories: { violence_and_threats: text.includes('violence') },
      category_scores: { violence_and_threats: text.includes('violence') ? 0.9 : 0.01 },
    }));
    const answer = { id: 'mod-1', model: 'mistral-moderation-latest', results };
    this.#hold('answer', this.contract?.response('post', '/v1/moderations', 200, answer));
    exchange.json(200, answer);
  }
}

function usageOf(body: Json, text: string) {
  const prompt_tokens = tokensIn(body.messages);
  const completion_tokens = Math.ceil(text.length / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/** Without a schema mode the schema stands in the system message, as a real model would read it. */
function schemaInPrompt(body: Json): Json {
  const system = (body.messages as { role: string; content: string }[]).find(({ role }) => role === 'system');
  const json = system?.content.slice(system.content.indexOf('{'));
  return JSON.parse(json ?? '{}') as Json;
}
