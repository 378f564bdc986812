import { z } from 'zod';
import { TASK_TYPES, type TaskType } from '@/features/tokens/prices';

/** The words of the AI toolkit, shared by API, repository, providers, UI and tests. Documents are in `model.ts`. */

export { TASK_TYPES, type TaskType };
export const taskType = z.enum(TASK_TYPES);

export const PROVIDER_IDS = [
  'openai',
  'anthropic',
  'google',
  'glm',
  'mistral',
  'replicate',
  'sandbox',
] as const;
export type ProviderId = (typeof PROVIDER_IDS)[number];
export const providerId = z.enum(PROVIDER_IDS);

export const CAPABILITIES = ['text', 'stream', 'structured', 'vision', 'tools', 'image'] as const;
export type Capability = (typeof CAPABILITIES)[number];
export const capability = z.enum(CAPABILITIES);

export const POLICIES = ['hybrid', 'preferred', 'cheapest', 'fastest', 'weighted'] as const;
export type Policy = (typeof POLICIES)[number];
export const policy = z.enum(POLICIES);

/** A network name such as `x` or `linkedin`; open, because the toolkit writes for any network. */
export const platformName = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9_-]+$/, 'Use a platform id such as x or linkedin.');
/** BCP 47, e.g. `en`, `de-AT`. */
export const localeTag = z
  .string()
  .max(20)
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Use a language tag such as en or de-AT.');

export const documentId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^/]+$/);
export const shortText = z.string().trim().min(1).max(500);

// ── Conversation ────────────────────────────────────────────────────────────────────────────────────────────────────

export const textPart = z.object({ type: z.literal('text'), text: z.string().max(400_000) });
/** Images travel as bytes, never as a URL a provider would fetch for us. */
export const imagePart = z.object({
  type: z.literal('image'),
  mime: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']),
  base64: z.base64().max(8_000_000),
});
export const toolCall = z.object({
  id: z.string().min(1).max(200),
  name: z.string().min(1).max(64),
  /** The model's arguments, parsed. */
  arguments: z.record(z.string(), z.unknown()),
});
export type ToolCall = z.output<typeof toolCall>;

/**
 * A vendor's own form of an assistant turn (thinking blocks, thought signatures). Some vendors refuse a tool result unless
 * that turn comes back unchanged; only the vendor named here is sent it.
 */
export const nativeTurn = z.strictObject({
  provider: providerId,
  model: z.string().max(120),
  content: z.array(z.unknown()).max(100),
});
export type NativeTurn = z.output<typeof nativeTurn>;

export const chatMessage = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string().max(100_000) }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([
      z.string().max(400_000),
      z
        .array(z.discriminatedUnion('type', [textPart, imagePart]))
        .min(1)
        .max(20),
    ]),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string().max(400_000),
    toolCalls: z.array(toolCall).max(32).optional(),
    native: nativeTurn.optional(),
  }),
  z.strictObject({
    role: z.literal('tool'),
    toolCallId: z.string().min(1).max(200),
    name: z.string().min(1).max(64),
    content: z.string().max(200_000),
  }),
]);
export type ChatMessage = z.output<typeof chatMessage>;

/** A function the model may ask for. `parameters` is a JSON Schema object. */
export const toolDefinition = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_-]+$/),
  description: z.string().max(2_000),
  parameters: z.record(z.string(), z.unknown()),
});
export type ToolDefinition = z.output<typeof toolDefinition>;

export const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);
export type FinishReason = z.output<typeof finishReason>;

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Facts about the attempts behind one answer. Model tokens, not IriSync tokens; milliseconds. */
export const usageFacts = z.object({
  provider: providerId,
  model: z.string(),
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  attempts: z.int().min(0),
  latencyMs: z.number().min(0),
  ttftMs: z.number().min(0).optional(),
  cached: z.boolean(),
  /** True when a local stand-in wrote the answer; shown as a tag wherever it appears. */
  sandbox: z.boolean(),
});
export type UsageFacts = z.output<typeof usageFacts>;

/** What the caller paid in IriSync tokens, and what is left. */
export const tokenFacts = z.object({ charged: z.int().min(0), available: z.int().min(0) });
export type TokenFacts = z.output<typeof tokenFacts>;

export const guardVerdict = z.enum(['allow', 'flag', 'block']);
export type GuardVerdict = z.output<typeof guardVerdict>;

/** One finding of the brand guard. `excerpt` quotes the text it is about. */
export const warning = z.object({
  kind: z.enum([
    'banned_word',
    'competitor',
    'forbidden_claim',
    'personal_data',
    'missing_disclosure',
    'moderation',
    'moderation_unreachable',
    'too_long',
  ]),
  message: z.string(),
  excerpt: z.string().optional(),
  verdict: guardVerdict,
});
export type Warning = z.output<typeof warning>;

// ── Requests ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Choosing a provider or model turns fallback off unless `allowFallback` says otherwise. */
export const routing = {
  policy: policy.optional(),
  provider: providerId.optional(),
  model: z.string().min(1).max(120).optional(),
  allowFallback: z.boolean().optional(),
};

export const GENERATE_TASKS = [
  'post_text',
  'long_form',
  'thread',
  'rewrite',
  'hashtags',
  'caption_from_image',
  'reply',
  'translation',
  'summary',
  'scoring',
] as const satisfies readonly TaskType[];
export type GenerateTask = (typeof GENERATE_TASKS)[number];

/** What to write about. Each task reads the fields it needs; `text` is the brief or the source text. */
export const generateInput = z.strictObject({
  text: z.string().trim().max(100_000).optional(),
  /** `rewrite`: what to change. `reply`: what to say. */
  instruction: z.string().trim().max(2_000).optional(),
  goal: z.string().trim().max(500).optional(),
  audience: z.string().trim().max(500).optional(),
  tone: z.string().trim().max(200).optional(),
  keywords: z.array(z.string().trim().min(1).max(80)).max(20).optional(),
  url: z.url().max(2_000).optional(),
  /** `long_form`: upper bound of words. */
  maxWords: z.int().min(50).max(5_000).optional(),
  /** `thread`: number of posts. */
  posts: z.int().min(2).max(40).optional(),
  /** `hashtags`: how many at most. */
  count: z.int().min(1).max(30).optional(),
  /** `translation`: target languages. */
  languages: z.array(localeTag).min(1).max(10).optional(),
  /** `scoring`: texts to rate. */
  items: z.array(z.string().trim().min(1).max(5_000)).min(1).max(100).optional(),
  image: imagePart.omit({ type: true }).optional(),
  /** Text from outside (a comment, a page): data for the model, never instructions. */
  context: z.string().max(50_000).optional(),
});
export type GenerateInput = z.output<typeof generateInput>;

/** Fields a task cannot do without, so that a bad request says which path is missing. */
export const REQUIRED_INPUT: Record<GenerateTask, keyof GenerateInput> = {
  post_text: 'text',
  long_form: 'text',
  thread: 'text',
  rewrite: 'text',
  hashtags: 'text',
  caption_from_image: 'image',
  reply: 'text',
  translation: 'text',
  summary: 'text',
  scoring: 'items',
};

/** Tasks that may come in several variants, and tasks whose answer is data rather than one text. */
const VARIED_TASKS: ReadonlySet<string> = new Set([
  'post_text',
  'thread',
  'rewrite',
  'reply',
  'caption_from_image',
]);
const ONE_ANSWER_TASKS: ReadonlySet<string> = new Set(['hashtags', 'translation', 'scoring', 'thread']);

export const generateRequest = z
  .strictObject({
    task: z.enum(GENERATE_TASKS),
    input: generateInput,
    templateId: documentId.optional(),
    variables: z.record(z.string().max(60), z.union([z.string(), z.number(), z.boolean()])).optional(),
    brandVoiceId: documentId.optional(),
    /** Uses the voice set for this channel when `brandVoiceId` is not given. */
    channelId: documentId.optional(),
    platforms: z.array(platformName).min(1).max(8).optional(),
    variants: z.int().min(1).max(5).default(1),
    locale: localeTag.optional(),
    ...routing,
    stream: z.boolean().default(false),
    save: z.boolean().default(false),
  })
  .superRefine((request, context) => {
    const needed = REQUIRED_INPUT[request.task];
    const given = request.input[needed];
    if (!request.templateId && (given === undefined || given === '')) {
      context.addIssue({
        code: 'custom',
        path: ['input', needed],
        message: `The task ${request.task} needs this field.`,
      });
    }
    if (request.task === 'translation' && !request.input.languages?.length) {
      context.addIssue({
        code: 'custom',
        path: ['input', 'languages'],
        message: 'Name at least one target language.',
      });
    }
    if (request.variants > 1 && !VARIED_TASKS.has(request.task)) {
      context.addIssue({
        code: 'custom',
        path: ['variants'],
        message: `The task ${request.task} has one answer. Leave variants out.`,
      });
    }
    if (request.stream && ONE_ANSWER_TASKS.has(request.task)) {
      context.addIssue({
        code: 'custom',
        path: ['stream'],
        message: `The task ${request.task} answers with data and cannot be streamed.`,
      });
    }
    if (request.stream && (request.variants > 1 || (request.platforms?.length ?? 0) > 1)) {
      context.addIssue({
        code: 'custom',
        path: ['stream'],
        message: 'A stream carries one text. Ask for one variant and at most one platform.',
      });
    }
  });
export type GenerateRequest = z.output<typeof generateRequest>;

export const generateResult = z.object({
  text: z.string(),
  platform: z.string().optional(),
  locale: z.string().optional(),
  hashtags: z.array(z.string()).optional(),
  /** `thread`: its posts in order. `text` holds them joined. */
  posts: z.array(z.string()).optional(),
  /** `scoring`: 0 to 100. */
  score: z.number().min(0).max(100).optional(),
  warnings: z.array(warning),
});
export type GenerateResult = z.output<typeof generateResult>;

export const generateResponse = z.object({
  requestId: z.string(),
  results: z.array(generateResult),
  contentPostId: z.string().optional(),
  usage: usageFacts,
  tokens: tokenFacts,
});
export type GenerateResponse = z.output<typeof generateResponse>;

export const completionRequest = z.strictObject({
  messages: z.array(chatMessage).min(1).max(200),
  ...routing,
  tools: z.array(toolDefinition).max(64).optional(),
  /** JSON Schema of the answer's `data`. */
  responseSchema: z.record(z.string(), z.unknown()).optional(),
  maxOutputTokens: z.int().min(1).max(128_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  stream: z.boolean().default(false),
});
export type CompletionRequest = z.output<typeof completionRequest>;

export const completionResponse = z.object({
  id: z.string(),
  message: z.object({
    role: z.literal('assistant'),
    content: z.string(),
    toolCalls: z.array(toolCall).optional(),
    native: nativeTurn.optional(),
  }),
  data: z.unknown().optional(),
  finishReason,
  warnings: z.array(warning),
  usage: usageFacts,
  tokens: tokenFacts,
});
export type CompletionResponse = z.output<typeof completionResponse>;

// ── Streams ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Events of a stream in order: one `meta`, any number of `delta`, one `usage`, then exactly one of `done` or `error`. */
export type AiStreamEvent =
  | { event: 'meta'; data: { requestId: string; provider: ProviderId; model: string; sandbox: boolean } }
  | { event: 'delta'; data: { text: string } }
  | { event: 'usage'; data: { usage: UsageFacts; tokens: TokenFacts } }
  | {
      event: 'done';
      data: {
        finishReason: FinishReason;
        warnings: Warning[];
        toolCalls?: ToolCall[];
        contentPostId?: string;
      };
    }
  | { event: 'error'; data: { code: string; detail: string; requestId: string; partial: boolean } };
