import 'server-only';
import OpenAI from 'openai';
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsBase,
  ResponseInput,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import { outboundFetch } from '@/core/http/outbound-fetch';
import type { ChatMessage, FinishReason, NativeTurn, ToolCall, ToolDefinition } from '../schema';
import { CataloguedProvider, TRANSPORT_IDLE_MS, TRANSPORT_TOTAL_MS } from './base';
import { cutStream, fromSdk, malformedAnswer, policyRefusal, vendorError } from './errors';
import { isFullyRequired, parseModelJson, strictSubset } from './json-schema';
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

const MODERATION_MODEL = 'omni-moderation-latest';

/**
 * OpenAI through its Responses API, which is where its current models take tools
 * (https://developers.openai.com/api/docs/guides/migrate-to-responses). Nothing is stored there: `store: false`.
 */
export class OpenAIProvider extends CataloguedProvider implements AIProvider {
  readonly id = 'openai' as const;
  #sdk: OpenAI | undefined;

  async generateText(request: TextRequest): Promise<TextResult> {
    return readAnswer(await this.#create(request), request.model);
  }

  async *streamText(request: TextRequest): AsyncIterable<StreamPart> {
    try {
      const stream = await this.#client().responses.create(
        { ...this.#params(request), stream: true },
        { signal: request.signal },
      );
      let ended = false;
      for await (const event of stream) {
        if (event.type === 'response.output_text.delta') yield { type: 'text', text: event.delta };
        else if (event.type === 'response.refusal.delta') throw policyRefusal('openai', 'refusal');
        else if (event.type === 'error')
          throw vendorError('openai', { code: event.code?.toLowerCase(), message: event.message });
        else if (event.type === 'response.failed') throw failed(event.response);
        else if (event.type === 'response.completed' || event.type === 'response.incomplete') {
          const answer = readAnswer(event.response, request.model);
          for (const call of answer.toolCalls) yield { type: 'tool_call', call };
          yield { type: 'usage', usage: answer.usage };
          yield {
            type: 'finish',
            reason: answer.finishReason,
            ...(answer.native ? { native: answer.native } : {}),
          };
          ended = true;
        }
      }
      if (!ended) throw cutStream('openai');
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  async generateStructured(request: StructuredRequest): Promise<StructuredResult> {
    const schema = strictSubset(request.jsonSchema);
    const format = {
      type: 'json_schema' as const,
      name: request.schemaName,
      schema,
      strict: isFullyRequired(schema),
    };
    const { text, usage, finishReason } = readAnswer(
      await this.#create(request, { text: { format } }),
      request.model,
    );
    return { data: parseModelJson(text), raw: text, usage, finishReason };
  }

  async generateImage(request: ImageGenerationRequest): Promise<GeneratedImage[]> {
    try {
      const answer = await this.#client().images.generate(
        {
          model: request.model,
          prompt: request.prompt,
          n: request.count,
          size: request.size,
          quality: request.quality,
          output_format: 'png',
        },
        { signal: request.signal },
      );
      const images = (answer.data ?? []).flatMap(({ b64_json }) => b64_json ?? []);
      if (images.length === 0) throw malformedAnswer('openai', 'no image in the answer');
      return images.map((base64) => ({ bytes: Buffer.from(base64, 'base64'), mime: 'image/png' as const }));
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  /** Free of charge; https://developers.openai.com/api/docs/guides/moderation */
  async moderate(texts: readonly string[], signal: AbortSignal): Promise<ModerationResult> {
    try {
      const answer = await this.#client().moderations.create(
        { model: MODERATION_MODEL, input: [...texts] },
        { signal },
      );
      const categories = answer.results.flatMap((result) =>
        Object.entries(result.categories).flatMap(([name, hit]) => (hit ? [name] : [])),
      );
      return { flagged: answer.results.some(({ flagged }) => flagged), categories: [...new Set(categories)] };
    } catch (error) {
      throw this.#classified(error, signal);
    }
  }

  async isHealthy(signal: AbortSignal): Promise<boolean> {
    return this.listModels(signal).then(
      () => true,
      () => false,
    );
  }

  async listModels(signal: AbortSignal): Promise<string[]> {
    try {
      const page = await this.#client().models.list({ signal });
      return page.data.map(({ id }) => id);
    } catch (error) {
      throw this.#classified(error, signal);
    }
  }

  async #create(request: TextRequest, extra: Partial<ResponseCreateParamsBase> = {}): Promise<Response> {
    try {
      const response = await this.#client().responses.create(
        { ...this.#params(request), ...extra, stream: false },
        { signal: request.signal },
      );
      if (response.status === 'failed') throw failed(response);
      return response;
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  #params(request: TextRequest): ResponseCreateParamsBase {
    const model = this.model(request.model);
    return {
      model: request.model,
      input: toInput(request.messages),
      max_output_tokens: request.maxOutputTokens + model.thinkingTokens,
      store: false,
      ...(model.effort ? { reasoning: { effort: model.effort } } : {}),
      // Thinking has to come back with the next turn of a tool conversation, and we keep nothing at the vendor.
      ...(request.tools?.length
        ? { tools: request.tools.map(toTool), include: ['reasoning.encrypted_content' as const] }
        : {}),
      ...(request.temperature !== undefined && model.sampling ? { temperature: request.temperature } : {}),
    };
  }

  #client(): OpenAI {
    this.#sdk ??= new OpenAI({
      apiKey: this.apiKey(),
      ...(this.settings.baseUrl ? { baseURL: this.settings.baseUrl } : {}),
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: TRANSPORT_TOTAL_MS,
      fetch: outboundFetch(this.deps.http, {
        provider: 'openai',
        timeoutMs: TRANSPORT_TOTAL_MS,
        idleTimeoutMs: TRANSPORT_IDLE_MS,
        maxResponseBytes: 64 * 1024 * 1024,
      }),
    });
    return this.#sdk;
  }

  #classified(error: unknown, signal: AbortSignal): unknown {
    return fromSdk('openai', error, { signal, now: this.deps.clock.now() });
  }
}

function toTool(tool: ToolDefinition): FunctionTool {
  return {
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    strict: false,
  };
}

function toInput(messages: readonly ChatMessage[]): ResponseInput {
  return messages.flatMap((message): ResponseInputItem[] => {
    if (message.role === 'system') return [{ role: 'developer', content: message.content }];
    if (message.role === 'tool')
      return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.content }];
    if (message.role === 'assistant') return assistantItems(message);
    if (typeof message.content === 'string') return [{ role: 'user', content: message.content }];
    return [
      {
        role: 'user',
        content: message.content.map((part) =>
          part.type === 'text'
            ? { type: 'input_text' as const, text: part.text }
            : {
                type: 'input_image' as const,
                image_url: `data:${part.mime};base64,${part.base64}`,
                detail: 'auto' as const,
              },
        ),
      },
    ];
  });
}

function assistantItems(message: Extract<ChatMessage, { role: 'assistant' }>): ResponseInputItem[] {
  if (message.native?.provider === 'openai') return message.native.content as ResponseInputItem[];
  const said: ResponseInputItem[] = message.content ? [{ role: 'assistant', content: message.content }] : [];
  const calls = (message.toolCalls ?? []).map((call) => ({
    type: 'function_call' as const,
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  return [...said, ...calls];
}

function readAnswer(response: Response, model: string): TextResult {
  if (!Array.isArray(response.output)) throw malformedAnswer('openai', 'no output');
  let text = '';
  const toolCalls: ToolCall[] = [];
  for (const item of response.output) {
    if (item.type === 'function_call') toolCalls.push(readCall(item));
    if (item.type !== 'message') continue;
    for (const part of item.content) {
      if (part.type === 'refusal') throw policyRefusal('openai', 'refusal');
      text += part.text;
    }
  }
  return {
    text,
    toolCalls,
    finishReason: finishReasonOf(response, toolCalls),
    usage: readUsage(response.usage),
    ...(toolCalls.length > 0 ? { native: nativeTurn(model, response.output) } : {}),
  };
}

function readCall(item: { call_id: string; name: string; arguments: string }): ToolCall {
  const parsed = parseModelJson(item.arguments || '{}');
  if (typeof parsed !== 'object' || parsed === null)
    throw malformedAnswer('openai', 'tool arguments are not JSON');
  return { id: item.call_id, name: item.name, arguments: parsed as Record<string, unknown> };
}

function finishReasonOf(response: Response, toolCalls: readonly ToolCall[]): FinishReason {
  if (response.status === 'incomplete') {
    if (response.incomplete_details?.reason === 'content_filter')
      throw policyRefusal('openai', 'content_filter');
    return 'length';
  }
  return toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

function nativeTurn(model: string, output: readonly ResponseOutputItem[]): NativeTurn {
  return { provider: 'openai', model, content: [...output] };
}

function readUsage(usage: ResponseUsage | undefined): ModelUsage {
  if (!usage) return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: true };
  return {
    inputTokens: usage.input_tokens,
    cachedInputTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.output_tokens,
    estimated: false,
  };
}

const FAILED_STATUS: Record<string, number> = {
  server_error: 500,
  rate_limit_exceeded: 429,
  invalid_prompt: 400,
};

function failed(response: Response) {
  const code = response.error?.code ?? 'server_error';
  const policy = code.endsWith('policy') || code.endsWith('policy_violation');
  return vendorError('openai', {
    status: FAILED_STATUS[code] ?? 400,
    code: policy ? 'content_policy_violation' : code,
    message: response.error?.message ?? 'the response failed',
  });
}
