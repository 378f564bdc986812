import 'server-only';
import {
  type Content,
  type EnhancedGenerateContentResponse,
  type FunctionDeclaration,
  type GenerateContentRequest,
  type GenerateContentResponse,
  type GenerationConfig,
  type GenerativeModel,
  GoogleGenerativeAI,
  GoogleGenerativeAIFetchError,
  type Part,
  type UsageMetadata,
} from '@google/generative-ai';
import type { ChatMessage, FinishReason, NativeTurn, ToolCall } from '../schema';
import { CataloguedProvider } from './base';
import { cutStream, fromSdk, malformedAnswer, policyRefusal, vendorError } from './errors';
import { parseModelJson, schemaInstruction, strictSubset } from './json-schema';
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

const DEFAULT_BASE_URL = 'https://generativelanguage.googleapis.com';
const BLOCKING = new Set(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY']);

/**
 * Gemini (the successor of PaLM). Everything that knows this vendor's SDK is in this file, so that `@google/genai` can
 * replace it here alone. The SDK takes no `fetch` of ours: time limits come from the caller's signal.
 */
export class GoogleProvider extends CataloguedProvider implements AIProvider {
  readonly id = 'google' as const;

  async generateText(request: TextRequest): Promise<TextResult> {
    return readAnswer(await this.#generate(request, {}), request.model);
  }

  async *streamText(request: TextRequest): AsyncIterable<StreamPart> {
    try {
      const { stream, response } = await this.#model(request).generateContentStream(this.#body(request, {}), {
        signal: request.signal,
      });
      // The SDK also gathers the whole answer; when the stream breaks, that copy fails too, and nobody waits for it.
      response.catch(() => undefined);
      const parts: Part[] = [];
      let last: EnhancedGenerateContentResponse | undefined;
      let reason: string | undefined;
      for await (const chunk of stream) {
        refuseBlocked(chunk);
        const candidate = chunk.candidates?.[0];
        for (const part of candidate?.content?.parts ?? []) {
          parts.push(part);
          if (part.text && !isThought(part)) yield { type: 'text', text: part.text };
        }
        reason = candidate?.finishReason ?? reason;
        last = chunk;
      }
      if (!reason || !last) throw cutStream('google');
      const toolCalls = callsIn(parts);
      for (const call of toolCalls) yield { type: 'tool_call', call };
      yield { type: 'usage', usage: readUsage(last.usageMetadata) };
      yield {
        type: 'finish',
        reason: finishReasonOf(reason, toolCalls),
        ...(toolCalls.length > 0 ? { native: nativeTurn(request.model, parts) } : {}),
      };
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  async generateStructured(request: StructuredRequest): Promise<StructuredResult> {
    const instruction = schemaInstruction(strictSubset(request.jsonSchema));
    const messages: ChatMessage[] = [{ role: 'system', content: instruction }, ...request.messages];
    const answer = await this.#generate({ ...request, messages }, { responseMimeType: 'application/json' });
    const { text, usage, finishReason } = readAnswer(answer, request.model);
    return { data: parseModelJson(text), raw: text, usage, finishReason };
  }

  async generateImage(_request: ImageGenerationRequest): Promise<GeneratedImage[]> {
    throw vendorError('google', { status: 400, message: 'this provider makes no images here' });
  }

  async isHealthy(signal: AbortSignal): Promise<boolean> {
    return this.listModels(signal).then(
      () => true,
      () => false,
    );
  }

  async listModels(signal: AbortSignal): Promise<string[]> {
    const response = await this.deps.http.request({
      provider: 'google',
      url: `${this.#baseUrl()}/v1beta/models?pageSize=200`,
      headers: { 'x-goog-api-key': this.apiKey() },
      signal,
    });
    if (!response.ok) {
      await response.discard();
      throw vendorError('google', { status: response.status, message: 'models.list' });
    }
    const body = (await response.json()) as { models?: { name?: string }[] };
    return (body.models ?? []).flatMap(({ name }) => (name ? [name.replace(/^models\//, '')] : []));
  }

  async #generate(request: TextRequest, config: GenerationConfig): Promise<GenerateContentResponse> {
    try {
      const { response } = await this.#model(request).generateContent(this.#body(request, config), {
        signal: request.signal,
      });
      refuseBlocked(response);
      return response;
    } catch (error) {
      throw this.#classified(error, request.signal);
    }
  }

  #model(request: TextRequest): GenerativeModel {
    return new GoogleGenerativeAI(this.apiKey()).getGenerativeModel(
      { model: request.model },
      { baseUrl: this.#baseUrl(), apiVersion: 'v1beta' },
    );
  }

  #baseUrl(): string {
    return (this.settings.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, '');
  }

  #body(request: TextRequest, config: GenerationConfig): GenerateContentRequest {
    const model = this.model(request.model);
    const system = request.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
    return {
      contents: toContents(request.messages),
      generationConfig: {
        maxOutputTokens: request.maxOutputTokens + model.thinkingTokens,
        ...(request.temperature !== undefined && model.sampling ? { temperature: request.temperature } : {}),
        ...config,
      },
      ...(system.length > 0
        ? { systemInstruction: { role: 'system', parts: [{ text: system.join('\n\n') }] } }
        : {}),
      ...(request.tools?.length
        ? {
            tools: [
              {
                functionDeclarations: request.tools.map(
                  ({ name, description, parameters }) =>
                    ({ name, description, parameters: withoutClosed(parameters) }) as FunctionDeclaration,
                ),
              },
            ],
          }
        : {}),
    };
  }

  #classified(error: unknown, signal: AbortSignal): unknown {
    const now = this.deps.clock.now();
    if (!signal.aborted && error instanceof GoogleGenerativeAIFetchError) {
      const details = (error.errorDetails ?? []) as unknown as Record<string, unknown>[];
      const reason = details.map((detail) => detail.reason).find((value) => typeof value === 'string');
      const delay = details.map((detail) => detail.retryDelay).find((value) => typeof value === 'string');
      return vendorError(
        'google',
        {
          status: error.status,
          code: typeof reason === 'string' ? reason.toLowerCase() : undefined,
          message: error.message,
          retryAfterMs: typeof delay === 'string' ? Math.round(Number.parseFloat(delay) * 1_000) : undefined,
        },
        error,
      );
    }
    // The SDK turns a refused connection into an error without a status.
    if (!signal.aborted && error instanceof Error && /fetch failed|Error fetching/.test(error.message))
      return vendorError('google', { code: 'service_unavailable', message: 'could not be reached' }, error);
    return fromSdk('google', error, { signal, now });
  }
}

/** Gemini's schema dialect has no `additionalProperties`. https://ai.google.dev/api/caching#Schema */
function withoutClosed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutClosed);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'additionalProperties' && key !== '$schema')
      .map(([key, value]) => [key, withoutClosed(value)]),
  );
}

function toContents(messages: readonly ChatMessage[]): Content[] {
  const contents: Content[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'model' : message.role === 'tool' ? 'function' : 'user';
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...partsOf(message));
    else contents.push({ role, parts: partsOf(message) });
  }
  return contents;
}

function partsOf(message: Exclude<ChatMessage, { role: 'system' }>): Part[] {
  if (message.role === 'tool')
    return [{ functionResponse: { name: message.name, response: { result: message.content } } }];
  if (message.role === 'assistant') {
    if (message.native?.provider === 'google') return message.native.content as Part[];
    const said: Part[] = message.content ? [{ text: message.content }] : [];
    const calls = (message.toolCalls ?? []).map((call) => ({
      functionCall: { name: call.name, args: call.arguments },
    }));
    return [...said, ...calls];
  }
  if (typeof message.content === 'string') return [{ text: message.content }];
  return message.content.map((part) =>
    part.type === 'text' ? { text: part.text } : { inlineData: { mimeType: part.mime, data: part.base64 } },
  );
}

/** A blocked prompt comes as a normal answer without candidates. */
function refuseBlocked(response: GenerateContentResponse): void {
  const blocked = response.promptFeedback?.blockReason;
  if (blocked) throw policyRefusal('google', blocked);
  const reason = response.candidates?.[0]?.finishReason;
  if (reason && BLOCKING.has(reason)) throw policyRefusal('google', reason);
}

function readAnswer(response: GenerateContentResponse, model: string): TextResult {
  const candidate = response.candidates?.[0];
  if (!candidate) throw malformedAnswer('google', 'no candidates');
  const parts = candidate.content?.parts ?? [];
  const toolCalls = callsIn(parts);
  return {
    text: parts.map((part) => (isThought(part) ? '' : (part.text ?? ''))).join(''),
    toolCalls,
    finishReason: finishReasonOf(candidate.finishReason, toolCalls),
    usage: readUsage(response.usageMetadata),
    ...(toolCalls.length > 0 ? { native: nativeTurn(model, parts) } : {}),
  };
}

function isThought(part: Part): boolean {
  return 'thought' in part && part.thought === true;
}

/** Gemini names no call ids; the place in the turn is the id. */
function callsIn(parts: readonly Part[]): ToolCall[] {
  return parts.flatMap((part, index) =>
    part.functionCall
      ? [
          {
            id: `call_${index}`,
            name: part.functionCall.name,
            arguments: (part.functionCall.args ?? {}) as Record<string, unknown>,
          },
        ]
      : [],
  );
}

function finishReasonOf(reason: string | undefined, toolCalls: readonly ToolCall[]): FinishReason {
  if (reason === 'MALFORMED_FUNCTION_CALL') throw malformedAnswer('google', 'malformed function call');
  if (reason === 'MAX_TOKENS') return 'length';
  return toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

function nativeTurn(model: string, parts: readonly Part[]): NativeTurn {
  return { provider: 'google', model, content: [...parts] };
}

/** Thinking is billed as output and counted apart from the candidates. */
function readUsage(usage: (UsageMetadata & { thoughtsTokenCount?: number }) | undefined): ModelUsage {
  if (!usage) return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: true };
  return {
    inputTokens: usage.promptTokenCount ?? 0,
    cachedInputTokens: usage.cachedContentTokenCount ?? 0,
    outputTokens: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
    estimated: false,
  };
}
