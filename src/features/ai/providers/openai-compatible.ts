import 'server-only';
import OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import { outboundFetch } from '@/core/http/outbound-fetch';
import type { ChatMessage, FinishReason, ToolCall, ToolDefinition } from '../schema';
import {
  CataloguedProvider,
  type ProviderDeps,
  type ProviderSettings,
  TRANSPORT_IDLE_MS,
  TRANSPORT_TOTAL_MS,
} from './base';
import { cutStream, fromSdk, malformedAnswer, policyRefusal, vendorError } from './errors';
import { isFullyRequired, parseModelJson, schemaInstruction, strictSubset } from './json-schema';
import type {
  AIProvider,
  GeneratedImage,
  ImageGenerationRequest,
  ModelUsage,
  ModerationResult,
  StreamPart,
  StructuredRequest,
  StructuredResult,
  TextRequest,
  TextResult,
} from './types';

/** What differs between vendors that speak OpenAI's chat completions. */
export interface CompatibleVendor {
  id: 'glm' | 'mistral';
  baseUrl: string;
  /** `schema`: takes a JSON Schema; `object`: JSON mode only, the schema goes into the prompt. */
  json: 'schema' | 'object';
  /** Asks for usage at the end of a stream; vendors that always send it refuse the field. */
  streamOptions: boolean;
  moderationModel?: string;
  /** The vendor's own error numbers, as codes the classifier knows. */
  codes?: ReadonlyMap<string, string>;
}

/** Z.ai. Error numbers: https://docs.z.ai/api-reference/api-code */
export const GLM: CompatibleVendor = {
  id: 'glm',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  json: 'object',
  streamOptions: true,
  codes: new Map([
    ['1000', 'authentication_error'],
    ['1001', 'authentication_error'],
    ['1002', 'authentication_error'],
    ['1003', 'authentication_error'],
    ['1004', 'authentication_error'],
    ['1113', 'insufficient_quota'],
    ['1211', 'model_not_found'],
    ['1220', 'permission_error'],
    ['1261', 'context_length_exceeded'],
    ['1300', 'content_policy_violation'],
    ['1301', 'content_policy_violation'],
    ['1305', 'overloaded'],
    ['1312', 'overloaded'],
  ]),
};

export const MISTRAL: CompatibleVendor = {
  id: 'mistral',
  baseUrl: 'https://api.mistral.ai/v1',
  json: 'schema',
  streamOptions: false,
  moderationModel: 'mistral-moderation-latest',
};

/** One adapter for every vendor with OpenAI's chat completions; the descriptor says what differs. */
export class OpenAICompatibleProvider extends CataloguedProvider implements AIProvider {
  readonly id: CompatibleVendor['id'];
  #sdk: OpenAI | undefined;
  readonly moderate?: (texts: readonly string[], signal: AbortSignal) => Promise<ModerationResult>;

  constructor(
    readonly vendor: CompatibleVendor,
    settings: ProviderSettings,
    deps: ProviderDeps,
  ) {
    super(settings, deps);
    this.id = vendor.id;
    const { moderationModel } = vendor;
    if (moderationModel) this.moderate = (texts, signal) => this.#moderate(moderationModel, texts, signal);
  }

  async generateText(request: TextRequest): Promise<TextResult> {
    return this.#read(await this.#create(request, {}));
  }

  async *streamText(request: TextRequest): AsyncIterable<StreamPart> {
    try {
      const stream = await this.#client().chat.completions.create(
        {
          ...this.#params(request),
          stream: true,
          ...(this.vendor.streamOptions ? { stream_options: { include_usage: true } } : {}),
        },
        { signal: request.signal },
      );
      const calls = new CallAssembler();
      let reason: FinishReason | undefined;
      let usage: ModelUsage | undefined;
      for await (const chunk of stream) {
        const choice = chunk.choices[0];
        if (choice?.delta?.content) yield { type: 'text', text: choice.delta.content };
        for (const delta of choice?.delta?.tool_calls ?? []) calls.add(delta);
        if (choice?.finish_reason) reason = this.#reason(choice.finish_reason);
        if (chunk.usage) usage = readUsage(chunk.usage);
      }
      // A connection that closed early looks like a short stream; only the vendor's reason says it is whole.
      if (!reason) throw cutStream(this.id);
      for (const call of calls.finished(this.id)) yield { type: 'tool_call', call };
      if (usage) yield { type: 'usage', usage };
      yield { type: 'finish', reason };
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  async generateStructured(request: StructuredRequest): Promise<StructuredResult> {
    const schema = strictSubset(request.jsonSchema);
    const native = this.vendor.json === 'schema';
    const messages: ChatMessage[] = native
      ? [...request.messages]
      : [{ role: 'system', content: schemaInstruction(schema) }, ...request.messages];
    const response_format: ChatCompletionCreateParams['response_format'] = native
      ? {
          type: 'json_schema',
          json_schema: { name: request.schemaName, schema, strict: isFullyRequired(schema) },
        }
      : { type: 'json_object' };
    const { text, usage, finishReason } = this.#read(
      await this.#create({ ...request, messages }, { response_format }),
    );
    return { data: parseModelJson(text), raw: text, usage, finishReason };
  }

  async generateImage(_request: ImageGenerationRequest): Promise<GeneratedImage[]> {
    throw vendorError(this.id, { status: 400, message: 'this provider makes no images' });
  }

  async isHealthy(signal: AbortSignal): Promise<boolean> {
    return this.listModels(signal).then(
      () => true,
      () => false,
    );
  }

  async listModels(signal: AbortSignal): Promise<string[]> {
    try {
      return (await this.#client().models.list({ signal })).data.map(({ id }) => id);
    } catch (error) {
      throw this.#classified(error, signal);
    }
  }

  async #moderate(model: string, texts: readonly string[], signal: AbortSignal): Promise<ModerationResult> {
    try {
      const answer = await this.#client().moderations.create({ model, input: [...texts] }, { signal });
      const categories = answer.results.flatMap((result) =>
        Object.entries(result.categories).flatMap(([name, hit]) => (hit ? [name] : [])),
      );
      return { flagged: categories.length > 0, categories: [...new Set(categories)] };
    } catch (error) {
      throw this.#classified(error, signal);
    }
  }

  async #create(
    request: TextRequest,
    extra: Pick<ChatCompletionCreateParams, 'response_format'>,
  ): Promise<ChatCompletion> {
    try {
      return await this.#client().chat.completions.create(
        { ...this.#params(request), ...extra, stream: false },
        { signal: request.signal },
      );
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  #params(request: TextRequest): Omit<ChatCompletionCreateParams, 'stream'> {
    const model = this.model(request.model);
    return {
      model: request.model,
      messages: request.messages.map(toMessage),
      max_tokens: request.maxOutputTokens + model.thinkingTokens,
      ...(request.tools?.length ? { tools: request.tools.map(toTool) } : {}),
      ...(request.temperature !== undefined && model.sampling
        ? { temperature: Math.min(request.temperature, 1) }
        : {}),
    };
  }

  #read(answer: ChatCompletion): TextResult {
    const choice = answer.choices?.[0];
    if (!choice?.message) throw malformedAnswer(this.id, 'no choices');
    const toolCalls = (choice.message.tool_calls ?? []).flatMap((call) =>
      call.type === 'custom' ? [] : [readCall(this.id, call.id, call.function.name, call.function.arguments)],
    );
    return {
      text: choice.message.content ?? '',
      toolCalls,
      finishReason: toolCalls.length > 0 ? 'tool_calls' : this.#reason(choice.finish_reason),
      usage: readUsage(answer.usage),
    };
  }

  #reason(reason: string): FinishReason {
    if (reason === 'content_filter' || reason === 'sensitive') throw policyRefusal(this.id, reason);
    if (reason === 'error' || reason === 'network_error')
      throw vendorError(this.id, { status: 500, message: `finish reason ${reason}` });
    if (reason === 'length' || reason === 'model_length') return 'length';
    return reason === 'tool_calls' ? 'tool_calls' : 'stop';
  }

  #client(): OpenAI {
    this.#sdk ??= new OpenAI({
      apiKey: this.apiKey(),
      baseURL: this.settings.baseUrl ?? this.vendor.baseUrl,
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: TRANSPORT_TOTAL_MS,
      fetch: outboundFetch(this.deps.http, {
        provider: this.id,
        timeoutMs: TRANSPORT_TOTAL_MS,
        idleTimeoutMs: TRANSPORT_IDLE_MS,
      }),
    });
    return this.#sdk;
  }

  #classified(error: unknown, signal: AbortSignal): unknown {
    const { codes } = this.vendor;
    return fromSdk(this.id, error, { signal, now: this.deps.clock.now(), ...(codes ? { codes } : {}) });
  }
}

function toTool(tool: ToolDefinition) {
  return {
    type: 'function' as const,
    function: { name: tool.name, description: tool.description, parameters: tool.parameters },
  };
}

function toMessage(message: ChatMessage): ChatCompletionMessageParam {
  if (message.role === 'tool')
    return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  if (message.role === 'assistant') {
    const tool_calls = (message.toolCalls ?? []).map((call) => ({
      id: call.id,
      type: 'function' as const,
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    }));
    return { role: 'assistant', content: message.content, ...(tool_calls.length > 0 ? { tool_calls } : {}) };
  }
  if (message.role === 'system' || typeof message.content === 'string')
    return { role: message.role, content: message.content as string };
  return {
    role: 'user',
    content: message.content.map((part) =>
      part.type === 'text'
        ? { type: 'text' as const, text: part.text }
        : { type: 'image_url' as const, image_url: { url: `data:${part.mime};base64,${part.base64}` } },
    ),
  };
}

function readCall(provider: CompatibleVendor['id'], id: string, name: string, json: unknown): ToolCall {
  // Mistral may send the arguments as an object already.
  const parsed = typeof json === 'string' ? parseModelJson(json || '{}') : json;
  if (typeof parsed !== 'object' || parsed === null)
    throw malformedAnswer(provider, 'tool arguments are not JSON');
  return { id, name, arguments: parsed as Record<string, unknown> };
}

type CallDelta = NonNullable<ChatCompletionChunk.Choice.Delta['tool_calls']>[number];

/** Tool calls arrive in pieces; arguments are text until the last one. */
class CallAssembler {
  readonly #calls = new Map<number, { id: string; name: string; json: string }>();

  add(delta: CallDelta): void {
    const call = this.#calls.get(delta.index) ?? { id: '', name: '', json: '' };
    if (delta.id) call.id = delta.id;
    if (delta.function?.name) call.name = delta.function.name;
    const piece: unknown = delta.function?.arguments ?? '';
    call.json += typeof piece === 'string' ? piece : JSON.stringify(piece);
    this.#calls.set(delta.index, call);
  }

  finished(provider: CompatibleVendor['id']): ToolCall[] {
    return [...this.#calls.values()].map(({ id, name, json }) => readCall(provider, id, name, json));
  }
}

function readUsage(usage: CompletionUsage | null | undefined): ModelUsage {
  if (!usage) return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: true };
  return {
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.completion_tokens,
    estimated: false,
  };
}
