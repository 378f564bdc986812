import type { IncomingMessage } from 'node:http';
import { fillSchema } from '@/features/ai/providers/sandbox/schema-fill';
import { Contract } from './contract';
import { type Exchange, FakeVendor, pieces, tokensIn, WRONG_JSON } from './server';

type Json = Record<string, unknown>;

/** 1×1 transparent PNG. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** OpenAI: responses, images, moderations, models. Requests and answers are held against its OpenAPI description. */
export class FakeOpenAI extends FakeVendor {
  readonly contract = new Contract('openai');
  /** Words the moderation endpoint flags. */
  flagged = ['violence'];
  /** The next answer calls this tool. */
  toolCall: { name: string; arguments: Json } | undefined;
  #count = 0;

  protected authorised(headers: IncomingMessage['headers']): boolean {
    return headers.authorization === 'Bearer sk-test-openai';
  }

  protected errorBody(_status: number, code: string | undefined, message: string): unknown {
    return { error: { message, type: 'invalid_request_error', param: null, code: code ?? null } };
  }

  protected async answer(exchange: Exchange, url: URL): Promise<void> {
    const route = url.pathname.replace(/^\/v1/, '');
    const method = exchange.seen.method.toLowerCase();
    this.violations.push(...this.contract.request(method, route, exchange.seen.body));
    if (route === '/responses') return this.#respond(exchange);
    if (route === '/images/generations') return this.#send(exchange, route, this.#images(exchange.seen.body));
    if (route === '/moderations') return this.#send(exchange, route, this.#moderation(exchange.seen.body));
    if (route === '/models') return this.#send(exchange, route, this.#models(), 'get');
    exchange.json(404, this.errorBody(404, 'not_found', `no route ${route}`));
  }

  #send(exchange: Exchange, route: string, body: unknown, method = 'post'): void {
    this.violations.push(...this.contract.response(method, route, 200, body));
    exchange.json(200, body);
  }

  async #respond(exchange: Exchange): Promise<void> {
    const { body } = exchange.seen;
    const text = this.#textFor(exchange);
    const refused = exchange.fault?.kind === 'refusal';
    const output = refused ? [refusal()] : this.toolCall ? [this.#functionCall()] : [message(text)];
    const response = this.#response(body, output, text);
    if (body.stream !== true) return this.#send(exchange, '/responses', response);
    return this.sse(exchange, this.#events(response, refused ? '' : text));
  }

  #textFor({ seen, fault }: Exchange): string {
    const format = (seen.body.text as Json | undefined)?.format as Json | undefined;
    if (format?.type !== 'json_schema') return this.nextReply();
    if (fault?.kind === 'wrong_json') return WRONG_JSON;
    return JSON.stringify(fillSchema(format.schema as Json, this.nextReply()));
  }

  #functionCall() {
    return {
      id: `fc_${this.#count}`,
      type: 'function_call',
      call_id: `call_${this.#count}`,
      name: this.toolCall?.name ?? '',
      arguments: JSON.stringify(this.toolCall?.arguments ?? {}),
      status: 'completed',
    };
  }

  #response(body: Json, output: Json[], text: string): Json {
    this.#count += 1;
    const input = tokensIn(body.input);
    const out = Math.ceil(text.length / 4);
    return {
      id: `resp_${this.#count}`,
      object: 'response',
      created_at: 1_790_000_000,
      completed_at: 1_790_000_001,
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: null,
      max_output_tokens: body.max_output_tokens ?? null,
      model: body.model,
      output,
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: 1,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_p: 1,
      truncation: 'disabled',
      metadata: {},
      ...(this.reportUsage
        ? {
            usage: {
              input_tokens: input,
              input_tokens_details: { cached_tokens: Math.floor(input / 4), cache_write_tokens: 0 },
              output_tokens: out,
              output_tokens_details: { reasoning_tokens: 0 },
              total_tokens: input + out,
            },
          }
        : {}),
    };
  }

  #events(response: Json, text: string): string[] {
    const started = { ...response, status: 'in_progress', output: [], completed_at: null };
    const events: Json[] = [{ type: 'response.created', response: started }];
    if (!this.toolCall) {
      for (const delta of pieces(text)) {
        events.push({
          type: 'response.output_text.delta',
          item_id: 'msg_1',
          output_index: 0,
          content_index: 0,
          delta,
          logprobs: [],
        });
      }
    }
    events.push({ type: 'response.completed', response });
    return events.map((event, index) => {
      const numbered = { ...event, sequence_number: index };
      this.violations.push(...this.contract.schema('ResponseStreamEvent', numbered));
      return `event: ${event.type}\ndata: ${JSON.stringify(numbered)}\n\n`;
    });
  }

  #images({ n, size, quality }: Json): Json {
    return {
      created: 1_790_000_000,
      background: 'opaque',
      output_format: 'png',
      size,
      quality,
      data: Array.from({ length: Number(n ?? 1) }, () => ({ b64_json: PIXEL })),
    };
  }

  #moderation({ input }: Json): Json {
    const texts = Array.isArray(input) ? input : [input];
    const names = MODERATION_CATEGORIES;
    return {
      id: 'modr-1',
      model: 'omni-moderation-latest',
      results: texts.map((text) => {
        const hit = this.flagged.some((word) => String(text).includes(word));
        return {
          flagged: hit,
          categories: Object.fromEntries(names.map((name) => [name, hit && name === 'violence'])),
          category_scores: Object.fromEntries(
            names.map((name) => [name, hit && name === 'violence' ? 0.9 : 0.01]),
          ),
          category_applied_input_types: Object.fromEntries(names.map((name) => [name, ['text']])),
        };
      }),
    };
  }

  #models(): Json {
    const model = (id: string) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'openai' });
    return { object: 'list', data: [model('gpt-6-luna'), model('gpt-6.1-terra')] };
  }
}

const MODERATION_CATEGORIES = [
  'hate',
  'hate/threatening',
  'harassment',
  'harassment/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/intent',
  'self-harm/instructions',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

function message(text: string): Json {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
}

function refusal(): Json {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'refusal', refusal: 'I cannot help with that.' }],
  };
}
