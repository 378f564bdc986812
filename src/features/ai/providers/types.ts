import type { ImageQuality, ImageSize } from '../image-schema';
import type {
  Capability,
  ChatMessage,
  FinishReason,
  NativeTurn,
  ProviderId,
  ToolCall,
  ToolDefinition,
} from '../schema';
import type { CallMetrics, ProviderMetrics } from './metrics';

/** Model tokens one call used. `inputTokens` counts everything sent, the cached part included. */
export interface ModelUsage {
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  /** True when the vendor said nothing and the numbers are ours. */
  estimated: boolean;
}

export interface TextRequest {
  model: string;
  messages: readonly ChatMessage[];
  tools?: readonly ToolDefinition[];
  maxOutputTokens: number;
  temperature?: number;
  /** Aborts the call; providers pass it to the transport. */
  signal: AbortSignal;
}

export interface TextResult {
  text: string;
  toolCalls: ToolCall[];
  finishReason: FinishReason;
  usage: ModelUsage;
  /** The turn in the vendor's own form, where tool use needs it back. */
  native?: NativeTurn;
}

export type StreamPart =
  | { type: 'text'; text: string }
  | { type: 'tool_call'; call: ToolCall }
  | { type: 'usage'; usage: ModelUsage }
  | { type: 'finish'; reason: FinishReason; native?: NativeTurn };

export interface StructuredRequest extends TextRequest {
  /** Names the schema for the vendor: letters, digits, `_`. */
  schemaName: string;
  /** JSON Schema of the wanted object, derived from `schema`. */
  jsonSchema: Record<string, unknown>;
}

export interface StructuredResult {
  /** As the model wrote it; the caller validates with zod. Undefined when it was not JSON at all. */
  data: unknown;
  raw: string;
  usage: ModelUsage;
  finishReason: FinishReason;
}

export interface ImageGenerationRequest {
  model: string;
  prompt: string;
  count: number;
  size: ImageSize;
  quality: ImageQuality;
  signal: AbortSignal;
}

export interface GeneratedImage {
  bytes: Uint8Array;
  mime: 'image/png' | 'image/jpeg' | 'image/webp';
}

export interface ModerationResult {
  flagged: boolean;
  /** Categories the vendor flagged, in its own words. */
  categories: string[];
}

/**
 * One vendor. Small on purpose: routing, retries, breaker, prices and guards live outside. Every failure leaves as an
 * `ExternalServiceError` with its class; SDK retries are off, so one call here is at most one request there.
 */
export interface AIProvider {
  readonly id: ProviderId;
  /** False without a key: never an error, simply not a candidate. */
  readonly configured: boolean;
  /** What the catalogue and the vendor say the model can do. */
  capabilities(model: string): ReadonlySet<Capability>;
  generateText(request: TextRequest): Promise<TextResult>;
  streamText(request: TextRequest): AsyncIterable<StreamPart>;
  generateStructured(request: StructuredRequest): Promise<StructuredResult>;
  generateImage(request: ImageGenerationRequest): Promise<GeneratedImage[]>;
  /** Vendor moderation, where it has one. */
  moderate?(texts: readonly string[], signal: AbortSignal): Promise<ModerationResult>;
  /** Largest cost of a request in micro-dollars. */
  estimateCost(model: string, estimate: { inputTokens: number; outputTokens: number }): number;
  /** Asks the vendor something cheap. False when it does not answer or refuses our key. */
  isHealthy(signal: AbortSignal): Promise<boolean>;
  /** Where whoever calls this provider notes how each call went. */
  readonly calls: CallMetrics;
  getMetrics(): ProviderMetrics;
  /** Ids of the vendor's own model list, for `npm run doctor --online`. */
  listModels?(signal: AbortSignal): Promise<string[]>;
}
