import 'server-only';
import Anthropic from '@anthropic-ai/sdk';
import type {
  ContentBlock,
  ContentBlockParam,
  Message,
  MessageCreateParamsBase,
  MessageDeltaUsage,
  MessageParam,
  OutputConfig,
  Tool,
  Usage,
} from '@anthropic-ai/sdk/resources/messages/messages';
import { outboundFetch } from '@/core/http/outbound-fetch';
import type { ChatMessage, FinishReason, NativeTurn, ToolCall, ToolDefinition } from '../schema';
import { CataloguedProvider, TRANSPORT_IDLE_MS, TRANSPORT_TOTAL_MS } from './base';
import { cutStream, fromSdk, malformedAnswer, policyRefusal, vendorError } from './errors';
import { parseModelJson, strictSubset } from './json-schema';
import type {
  AIProvider,
  GeneratedImage,
  ImageGenerationRequest,
  ModelUsage,
  StreamPart,
  StructuredRequest,
  StructuredResult,
  TextRequest,
  TextResult,
} from './types';

/** Claude through the Messages API. */
export class AnthropicProvider extends CataloguedProvider implements AIProvider {
  readonly id = 'anthropic' as const;
  #sdk: Anthropic | undefined;

  async generateText(request: TextRequest): Promise<TextResult> {
    return readAnswer(await this.#create(request, {}), request.model);
  }

  async *streamText(request: TextRequest): AsyncIterable<StreamPart> {
    try {
      const stream = await this.#client().messages.create(
        { ...this.#params(request, {}), stream: true },
        { signal: request.signal },
      );
      const turn = new TurnAssembler();
      let stopReason: string | null = null;
      let ended = false;
      for await (const event of stream) {
        if (event.type === 'message_start') turn.usage(event.message.usage);
        else if (event.type === 'content_block_start') turn.start(event.index, event.content_block);
        else if (event.type === 'content_block_delta') {
          if (event.delta.type === 'text_delta') yield { type: 'text', text: event.delta.text };
          turn.delta(event.index, event.delta);
        } else if (event.type === 'message_delta') {
          stopReason = event.delta.stop_reason;
          turn.usage(event.usage);
        } else if (event.type === 'message_stop') ended = true;
      }
      if (!ended) throw cutStream('anthropic');
      const content = turn.content();
      const toolCalls = callsIn(content);
      const reason = finishReasonOf(stopReason);
      for (const call of toolCalls) yield { type: 'tool_call', call };
      yield { type: 'usage', usage: turn.total() };
      yield {
        type: 'finish',
        reason,
        ...(toolCalls.length > 0 ? { native: nativeTurn(request.model, content) } : {}),
      };
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  async generateStructured(request: StructuredRequest): Promise<StructuredResult> {
    const format = { type: 'json_schema' as const, schema: strictSubset(request.jsonSchema) };
    const { text, usage, finishReason } = readAnswer(await this.#create(request, { format }), request.model);
    return { data: parseModelJson(text), raw: text, usage, finishReason };
  }

  async generateImage(_request: ImageGenerationRequest): Promise<GeneratedImage[]> {
    throw vendorError('anthropic', { status: 400, message: 'this provider makes no images' });
  }

  async isHealthy(signal: AbortSignal): Promise<boolean> {
    return this.listModels(signal).then(
      () => true,
      () => false,
    );
  }

  async listModels(signal: AbortSignal): Promise<string[]> {
    try {
      return (await this.#client().models.list({ limit: 100 }, { signal })).data.map(({ id }) => id);
    } catch (error) {
      throw this.#classified(error, signal);
    }
  }

  async #create(request: TextRequest, output: OutputConfig): Promise<Message> {
    try {
      return await this.#client().messages.create(
        { ...this.#params(request, output), stream: false },
        { signal: request.signal },
      );
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  #params(request: TextRequest, output: OutputConfig): MessageCreateParamsBase {
    const model = this.model(request.model);
    const effort = model.effort && model.effort !== 'none' ? { effort: model.effort } : {};
    const config = { ...effort, ...output };
    const system = request.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
    return {
      model: request.model,
      max_tokens: request.maxOutputTokens + model.thinkingTokens,
      messages: toMessages(request.messages),
      ...(system.length > 0 ? { system: system.join('\n\n') } : {}),
      ...(Object.keys(config).length > 0 ? { output_config: config } : {}),
      ...(request.tools?.length ? { tools: request.tools.map(toTool) } : {}),
      ...(request.temperature !== undefined && model.sampling
        ? { temperature: Math.min(request.temperature, 1) }
        : {}),
    };
  }

  #client(): Anthropic {
    this.#sdk ??= new Anthropic({
      apiKey: this.apiKey(),
      authToken: null,
      ...(this.settings.baseUrl ? { baseURL: this.settings.baseUrl } : {}),
      maxRetries: 0,
      timeout: TRANSPORT_TOTAL_MS,
      fetch: outboundFetch(this.deps.http, {
        provider: 'anthropic',
        timeoutMs: TRANSPORT_TOTAL_MS,
        idleTimeoutMs: TRANSPORT_IDLE_MS,
      }),
    });
    return this.#sdk;
  }

  #classified(error: unknown, signal: AbortSignal): unknown {
    return fromSdk('anthropic', error, { signal, now: this.deps.clock.now() });
  }
}

function toTool(tool: ToolDefinition): Tool {
  return {
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.parameters, type: 'object' },
  };
}

/** Tool results travel in the user's turn; turns of one role in a row become one. */
function toMessages(messages: readonly ChatMessage[]): MessageParam[] {
  const turns: { role: 'user' | 'assistant'; content: ContentBlockParam[] }[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

function blocksOf(message: Exclude<ChatMessage, { role: 'system' }>): ContentBlockParam[] {
  if (message.role === 'tool')
    return [{ type: 'tool_result', tool_use_id: message.toolCallId, content: message.content }];
  if (message.role === 'assistant') {
    if (message.native?.provider === 'anthropic') return message.native.content as ContentBlockParam[];
    const said: ContentBlockParam[] = message.content ? [{ type: 'text', text: message.content }] : [];
    const calls = (message.toolCalls ?? []).map((call) => ({
      type: 'tool_use' as const,
      id: call.id,
      name: call.name,
      input: call.arguments,
    }));
    return [...said, ...calls];
  }
  if (typeof message.content === 'string') return [{ type: 'text', text: message.content }];
  return message.content.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text }
      : { type: 'image', source: { type: 'base64', media_type: part.mime, data: part.base64 } },
  );
}

function readAnswer(message: Message, model: string): TextResult {
  if (!Array.isArray(message.content)) throw malformedAnswer('anthropic', 'no content');
  const finishReason = finishReasonOf(message.stop_reason);
  const toolCalls = callsIn(message.content);
  const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  return {
    text,
    toolCalls,
    finishReason,
    usage: readUsage(message.usage),
    ...(toolCalls.length > 0 ? { native: nativeTurn(model, message.content) } : {}),
  };
}

function callsIn(content: readonly ContentBlock[]): ToolCall[] {
  return content.flatMap((block) =>
    block.type === 'tool_use'
      ? [{ id: block.id, name: block.name, arguments: (block.input ?? {}) as Record<string, unknown> }]
      : [],
  );
}

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
function finishReasonOf(reason: string | null): FinishReason {
  if (reason === 'refusal') throw policyRefusal('anthropic', 'refusal');
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length';
  return reason === 'tool_use' ? 'tool_calls' : 'stop';
}

function nativeTurn(model: string, content: readonly ContentBlock[]): NativeTurn {
  return { provider: 'anthropic', model, content: [...content] };
}

/** Claude counts the cached part beside the fresh one; we count everything that was sent. */
function readUsage(usage: Partial<Usage | MessageDeltaUsage> | undefined): ModelUsage {
  if (usage?.input_tokens === undefined || usage.input_tokens === null)
    return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: true };
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    inputTokens: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
    cachedInputTokens: cached,
    outputTokens: usage.output_tokens ?? 0,
    estimated: false,
  };
}

type Delta = { type: string; text?: string; partial_json?: string; thinking?: string; signature?: string };

/** Puts the blocks of a streamed turn together again, thinking included, as tool use needs them back. */
class TurnAssembler {
  readonly #blocks = new Map<number, { block: ContentBlock; json: string }>();
  #usage: Partial<Usage> = {};

  usage(part: Partial<Usage | MessageDeltaUsage>): void {
    const known = Object.entries(part).filter(([, value]) => value !== null && value !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(known) };
  }

  start(index: number, block: ContentBlock): void {
    this.#blocks.set(index, { block: { ...block }, json: '' });
  }

  delta(index: number, delta: Delta): void {
    const entry = this.#blocks.get(index);
    if (!entry) return;
    const { block } = entry;
    if (block.type === 'text' && delta.text) block.text += delta.text;
    if (block.type === 'thinking' && delta.thinking) block.thinking += delta.thinking;
    if (block.type === 'thinking' && delta.signature) block.signature += delta.signature;
    if (delta.partial_json) entry.json += delta.partial_json;
  }

  content(): ContentBlock[] {
    return [...this.#blocks.values()].map(({ block, json }) => {
      if (block.type !== 'tool_use') return block;
      const input = json ? parseModelJson(json) : (block.input ?? {});
      if (input === undefined) throw malformedAnswer('anthropic', 'tool arguments are not JSON');
      return { ...block, input };
    });
  }

  total(): ModelUsage {
    return readUsage(this.#usage);
  }
}
