import type { IncomingMessage } from 'node:http';
import type {
  Message,
  MessageCreateParamsBase,
  RawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/messages/messages';
import { fillSchema } from '@/features/ai/providers/sandbox/schema-fill';
import { type Exchange, FakeVendor, pieces, tokensIn, WRONG_JSON } from './server';

/** Claude's Messages API, shaped by the types of its own SDK. */
export class FakeAnthropic extends FakeVendor {
  toolCall: { name: string; arguments: Record<string, unknown> } | undefined;

  protected authorised(headers: IncomingMessage['headers']): boolean {
    const key = headers['x-api-key'] ?? headers.authorization?.replace(/^Bearer /, '');
    return key === 'sk-test-anthropic' && Boolean(headers['anthropic-version']);
  }

  protected errorBody(status: number, code: string | undefined, message: string): unknown {
    return {
      type: 'error',
      error: { type: ERROR_TYPES[status] ?? code ?? 'api_error', message },
      request_id: 'req_1',
    };
  }

  protected async answer(exchange: Exchange, url: URL): Promise<void> {
    if (url.pathname === '/v1/models')
      return exchange.json(200, { data: [{ id: 'claude-sonnet-5-5', type: 'model' }], has_more: false });
    if (url.pathname !== '/v1/messages')
      return exchange.json(404, this.errorBody(404, undefined, `no route ${url.pathname}`));
    const body = exchange.seen.body as unknown as MessageCreateParamsBase;
    this.#judge(body);
    const text = this.#textFor(body, exchange);
    const message = this.#message(body, text, exchange.fault?.kind === 'refusal');
    if (!body.stream) return exchange.json(200, message);
    return this.sse(
      exchange,
      this.#events(message, text).map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    );
  }

  /** What the real API refuses with 400. */
  #judge(body: MessageCreateParamsBase): void {
    if (!body.max_tokens) this.violations.push('max_tokens is required');
    if (body.messages[0]?.role !== 'user') this.violations.push('the first turn is not the user’s');
    for (const [index, turn] of body.messages.entries()) {
      if (turn.role === body.messages[index - 1]?.role)
        this.violations.push(`two turns of ${turn.role} in a row`);
    }
    if ((body as { temperature?: number }).temperature !== undefined)
      this.violations.push('this generation refuses a temperature');
  }

  #textFor(body: MessageCreateParamsBase, { fault }: Exchange): string {
    const schema = body.output_config?.format?.schema;
    if (!schema) return this.nextReply();
    return fault?.kind === 'wrong_json' ? WRONG_JSON : JSON.stringify(fillSchema(schema, this.nextReply()));
  }

  #message(body: MessageCreateParamsBase, text: string, refuse: boolean): Message {
    const content = this.toolCall
      ? [
          { type: 'thinking', thinking: '', signature: 'sig_1' },
          { type: 'tool_use', id: 'toolu_1', name: this.toolCall.name, input: this.toolCall.arguments },
        ]
      : [{ type: 'text', text: refuse ? '' : text, citations: null }];
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: body.model,
      content,
      stop_reason: refuse ? 'refusal' : this.toolCall ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      ...(this.reportUsage ? { usage: this.#usage(body, text) } : {}),
    };
    return message as unknown as Message;
  }

  #usage(body: MessageCreateParamsBase, text: string) {
    return {
      input_tokens: tokensIn(body.messages),
      cache_read_input_tokens: 8,
      cache_creation_input_tokens: 0,
      output_tokens: Math.ceil(text.length / 4),
    };
  }

  #events(message: Message, text: string): RawMessageStreamEvent[] {
    const { output_tokens, ...input } = message.usage;
    const events: unknown[] = [
      {
        type: 'message_start',
        message: { ...message, content: [], stop_reason: null, usage: { ...input, output_tokens: 1 } },
      },
    ];
    if (this.toolCall) {
      events.push(
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'thinking', thinking: '', signature: '' },
        },
        { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'sig_1' } },
        { type: 'content_block_stop', index: 0 },
        {
          type: 'content_block_start',
          index: 1,
          content_block: { type: 'tool_use', id: 'toolu_1', name: this.toolCall.name, input: {} },
        },
        {
          type: 'content_block_delta',
          index: 1,
          delta: { type: 'input_json_delta', partial_json: JSON.stringify(this.toolCall.arguments) },
        },
        { type: 'content_block_stop', index: 1 },
      );
    } else {
      events.push({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'text', text: '', citations: null },
      });
      for (const piece of pieces(text))
        events.push({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } });
      events.push({ type: 'content_block_stop', index: 0 });
    }
    events.push(
      {
        type: 'message_delta',
        delta: { stop_reason: message.stop_reason, stop_sequence: null },
        usage: { output_tokens },
      },
      { type: 'message_stop' },
    );
    return events as RawMessageStreamEvent[];
  }
}

const ERROR_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};
