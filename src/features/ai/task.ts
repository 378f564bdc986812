import type { z } from 'zod';
import type { Actor } from '@/core/auth/principal';
import type { Tier } from '@/features/organizations/schema';
import type { TaskMeasure } from '@/features/tokens/prices';
import type { ImageQuality, ImageSize } from './image-schema';
import type { AiSettings } from './model';
import type { GeneratedImage } from './providers/types';
import type {
  Capability,
  ChatMessage,
  FinishReason,
  NativeTurn,
  Policy,
  ProviderId,
  TaskType,
  TokenFacts,
  ToolCall,
  ToolDefinition,
  UsageFacts,
  Warning,
} from './schema';

/** Who asks, inside one organisation. */
export type AiActor = Pick<Actor, 'userId' | 'organizationId' | 'permissions'>;

/** What is known of a piece of AI work whatever it answers with. */
export interface TaskFacts {
  /** Names the hold, the quota claim and the usage rows. Random; a repeated one is the same work. */
  requestId: string;
  type: TaskType;
  actor: AiActor;
  messages: readonly ChatMessage[];
  needs: readonly Capability[];
  tools?: readonly ToolDefinition[] | undefined;
  image?: { prompt: string; count: number; size: ImageSize; quality: ImageQuality } | undefined;
  maxOutputTokens: number;
  temperature?: number | undefined;
  routing: {
    policy?: Policy | undefined;
    provider?: ProviderId | undefined;
    model?: string | undefined;
    allowFallback?: boolean | undefined;
  };
  /** The largest price; reserved before anything is sent. */
  maxMeasure: TaskMeasure;
  /** Texts of the user to guard before they are sent. */
  guarded: readonly string[];
  /** Words the brand voice bans on top of the organisation's rules. */
  bannedWords?: readonly string[] | undefined;
  templateVersion?: string | null | undefined;
  voiceVersion?: string | null | undefined;
  /** Same work, same answer: may be answered from the organisation's own cache. */
  cacheable: boolean;
  signal: AbortSignal;
}

/** One piece of AI work, ready to be asked: prompt rendered, price known. */
export interface AiTask<T = unknown> extends TaskFacts {
  /** Asks for data of this shape; validated, repaired once. */
  schema?: { name: string; zod: z.ZodType<T>; json?: Record<string, unknown> | undefined } | undefined;
  /** What was delivered, for the price that is settled. Never more than `maxMeasure`. */
  delivered(output: AiOutput<T>): TaskMeasure;
  /** Texts to guard in what came back; the plain text by default. */
  outputTexts?: ((output: AiOutput<T>) => string[]) | undefined;
}

/** What a model delivered. */
export interface AiOutput<T = unknown> {
  text: string;
  data?: T | undefined;
  images?: GeneratedImage[] | undefined;
  toolCalls: ToolCall[];
  finishReason: FinishReason;
  native?: NativeTurn | undefined;
}

export interface AiAnswer<T = unknown> {
  requestId: string;
  output: AiOutput<T>;
  warnings: Warning[];
  usage: UsageFacts;
  tokens: TokenFacts;
}

/** IriSync tokens, as the toolkit spends them. One hold covers a whole chain of attempts; every call is idempotent by request id. */
export interface TokenMeter {
  /** @throws InsufficientTokensError when the balance does not suffice. */
  reserve(requestId: string, owner: TokenOwner, amount: number, taskType: TaskType): Promise<void>;
  /** @returns what the owner can still spend. */
  settle(requestId: string, actual: number, facts: SettleFacts): Promise<{ available: number }>;
  release(requestId: string): Promise<void>;
  available(owner: TokenOwner): Promise<number>;
}
export interface TokenOwner {
  userId: string;
  organizationId: string;
}
export interface SettleFacts {
  provider: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
}

/** What the organisation decided, and what it pays for. */
export interface OrganizationFacts {
  tier: Tier;
  settings: AiSettings;
  /** Counts up with every change, so that cached answers and compiled rules of an older state are not used. */
  version: string;
}
export interface OrganizationReader {
  of(organizationId: string): Promise<OrganizationFacts>;
}

/** Answers of the organisation's own cache; undefined when there is none or the cache is away. */
export interface AnswerCache {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlSeconds: number): Promise<void>;
}
