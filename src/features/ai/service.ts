import 'server-only';
import { z } from 'zod';
import type { Actor } from '@/core/auth/principal';
import { ForbiddenError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import { priceOf } from '@/features/tokens/prices';
import { type CompiledRules, compileRules, findings } from './brand-rules';
import type { Catalogue } from './catalogue';
import type { EstimateRequest, EstimateResponse } from './estimate-schema';
import { imageTask } from './image-task';
import type { OptimizeRequest, OptimizeResponse } from './optimize-schema';
import type { PromptService, UsedVoice } from './prompt-service';
import { type Optimization, planOptimization, suggestionsIn } from './prompts/optimize';
import { type GenerationPlan, planGeneration } from './prompts/plan';
import type {
  AiStreamEvent,
  CompletionRequest,
  CompletionResponse,
  GenerateRequest,
  GenerateResponse,
  GenerateResult,
  ProviderId,
  Warning,
} from './schema';
import type { AiAnswer, AiTask, OrganizationFacts, OrganizationReader, TaskFacts } from './task';
import type { AIToolkitFactory } from './toolkit';
import { maxPriceOf } from './toolkit-plan';

/** Keeps a generated text as a draft; the content room does it. */
export interface DraftWriter {
  saveDraft(draft: {
    organizationId: string;
    userId: string;
    text: string;
    platform?: string | undefined;
  }): Promise<{
    postId: string;
  }>;
}

export interface AiServiceDeps {
  toolkit: Pick<AIToolkitFactory, 'execute' | 'stream' | 'steps'>;
  prompts: PromptService;
  organizations: OrganizationReader;
  drafts: DraftWriter;
  catalogue: Catalogue;
  ids: Ids;
}

type Events = AsyncIterable<AiStreamEvent>;
interface Planned {
  plan: GenerationPlan;
  task: AiTask;
  rules: CompiledRules;
}

/** What people ask of the AI: written texts, conversations, better texts, and what it would cost. */
export class AiService {
  constructor(readonly deps: AiServiceDeps) {}

  static getInstance(): AiService {
    return singleton<AiService>('AiService');
  }

  async generate(actor: Actor, request: GenerateRequest, signal: AbortSignal): Promise<GenerateResponse> {
    this.#mayKeep(actor, request);
    const planned = await this.#planned(actor, request, signal);
    const answer = await this.deps.toolkit.execute(planned.task);
    const results = resultsOf(planned, answer);
    const saved = await this.#keep(actor, request, results);
    return {
      requestId: answer.requestId,
      results,
      ...(saved ? { contentPostId: saved } : {}),
      usage: answer.usage,
      tokens: answer.tokens,
    };
  }

  /** @throws before the first event whatever {@link generate} would throw. */
  async generateStream(actor: Actor, request: GenerateRequest, signal: AbortSignal): Promise<Events> {
    this.#mayKeep(actor, request);
    const { task } = await this.#planned(actor, request, signal);
    const events = await this.deps.toolkit.stream(task);
    return request.save ? this.#keptAtTheEnd(actor, request, events) : events;
  }

  async complete(actor: Actor, request: CompletionRequest, signal: AbortSignal): Promise<CompletionResponse> {
    const { requestId, output, warnings, usage, tokens } = await this.deps.toolkit.execute(
      this.#completionTask(actor, request, signal),
    );
    return {
      id: requestId,
      message: {
        role: 'assistant',
        content: output.text,
        ...(output.toolCalls.length > 0 ? { toolCalls: output.toolCalls } : {}),
        ...(output.native ? { native: output.native } : {}),
      },
      ...(request.responseSchema ? { data: output.data } : {}),
      finishReason: output.finishReason,
      warnings,
      usage,
      tokens,
    };
  }

  completeStream(actor: Actor, request: CompletionRequest, signal: AbortSignal): Promise<Events> {
    if (request.responseSchema)
      throw ValidationError.at('body.stream', 'An answer with a schema comes whole. Leave stream out.');
    return this.deps.toolkit.stream(this.#completionTask(actor, request, signal));
  }

  async optimize(actor: Actor, request: OptimizeRequest, signal: AbortSignal): Promise<OptimizeResponse> {
    const { task } = await this.#optimization(actor, request, signal);
    const answer = await this.deps.toolkit.execute(task);
    const { data } = answer.output;
    return {
      requestId: answer.requestId,
      score: Math.round(data?.score ?? 0),
      suggestions: suggestionsIn(request.text, data?.suggestions ?? []),
      rewritten: data?.rewritten ?? request.text,
      warnings: answer.warnings,
      usage: answer.usage,
      tokens: answer.tokens,
    };
  }

  async #optimization(actor: Actor, request: OptimizeRequest, signal: AbortSignal) {
    const facts = await this.deps.organizations.of(actor.organizationId);
    const voice = await this.#voice(actor, request.brandVoiceId, undefined, facts);
    const plan = planOptimization(request, voice?.text ?? '');
    const task: AiTask<Optimization> = {
      ...this.#base(actor, request, signal),
      type: 'rewrite',
      messages: plan.messages,
      needs: ['text', 'structured'],
      schema: plan.schema,
      maxOutputTokens: plan.maxOutputTokens,
      maxMeasure: {},
      delivered: () => ({}),
      guarded: [request.text],
      outputTexts: ({ data }) => (data ? [data.rewritten] : []),
      bannedWords: voice?.bannedWords,
      voiceVersion: voice?.version,
      cacheable: false,
    };
    return { task };
  }

  /** The range a request may cost, without asking anybody. Refuses what the request itself would be refused for. */
  async estimate(actor: Actor, request: EstimateRequest, signal: AbortSignal): Promise<EstimateResponse> {
    const task = await this.#estimated(actor, request, signal);
    const { first } = await this.deps.toolkit.steps.prepare(task);
    const tokensMax = maxPriceOf(task);
    // The least that can be delivered is one thing of the smallest size.
    const tokensMin = Math.min(tokensMax, priceOf(task.type));
    return { tokensMin, tokensMax, costMicrosMax: first.estimatedCostMicros };
  }

  async #estimated(actor: Actor, request: EstimateRequest, signal: AbortSignal): Promise<TaskFacts> {
    if ('messages' in request) return this.#completionTask(actor, request, signal);
    if ('goals' in request) return (await this.#optimization(actor, request, signal)).task;
    if ('prompt' in request) return imageTask(this.#base(actor, request, signal), request, request.prompt);
    return (await this.#planned(actor, request, signal)).task;
  }

  async #planned(actor: Actor, request: GenerateRequest, signal: AbortSignal): Promise<Planned> {
    const facts = await this.deps.organizations.of(actor.organizationId);
    const [template, voice] = await Promise.all([
      request.templateId
        ? this.deps.prompts.rendered(actor.organizationId, request.templateId, request.variables ?? {})
        : undefined,
      this.#voice(actor, request.brandVoiceId, request.channelId, facts),
    ]);
    if (request.variables && !request.templateId)
      throw ValidationError.at('body.variables', 'Variables belong to a template. Name one in templateId.');
    const plan = planGeneration(
      { ...request, locale: request.locale ?? voice?.locale },
      { voice: voice?.text ?? '', templateText: template?.text },
    );
    const task: AiTask = {
      ...this.#base(actor, request, signal),
      type: request.task,
      messages: plan.messages,
      needs: plan.needs,
      schema: plan.schema,
      maxOutputTokens: plan.maxOutputTokens,
      maxMeasure: plan.maxMeasure,
      delivered: (output) => plan.delivered(plan.read(output as { text: string; data: unknown })),
      guarded: plan.guarded,
      outputTexts: (output) => plan.read(output as { text: string; data: unknown }).map(({ text }) => text),
      bannedWords: voice?.bannedWords,
      templateVersion: template?.version,
      voiceVersion: voice?.version,
      cacheable: !request.stream,
    };
    return { plan, task, rules: compileRules(facts.settings.rules, voice?.bannedWords) };
  }

  #completionTask(actor: Actor, request: CompletionRequest, signal: AbortSignal): AiTask {
    const vision = request.messages.some(
      ({ role, content }) =>
        role === 'user' && Array.isArray(content) && content.some(({ type }) => type === 'image'),
    );
    return {
      ...this.#base(actor, request, signal),
      type: 'chat',
      messages: request.messages,
      needs: [
        'text',
        ...(request.stream ? (['stream'] as const) : []),
        ...(request.tools?.length ? (['tools'] as const) : []),
        ...(request.responseSchema ? (['structured'] as const) : []),
        ...(vision ? (['vision'] as const) : []),
      ],
      tools: request.tools,
      schema: request.responseSchema && { name: 'answer', ...givenSchema(request.responseSchema) },
      maxOutputTokens: request.maxOutputTokens ?? 2_048,
      temperature: request.temperature,
      maxMeasure: {},
      delivered: () => ({}),
      guarded: request.messages
        .flatMap((message) => (message.role === 'user' ? textsOf(message.content) : []))
        .slice(-1),
      cacheable: false,
    };
  }

  #base(
    actor: Actor,
    request: Pick<GenerateRequest, 'policy' | 'provider' | 'model' | 'allowFallback'>,
    signal: AbortSignal,
  ) {
    this.#checkPin(request.provider, request.model);
    const { policy, provider, model, allowFallback } = request;
    return {
      requestId: this.deps.ids.next('ai'),
      actor,
      routing: { policy, provider, model, allowFallback },
      signal,
    };
  }

  /** A model nobody knows is a mistake in the request, not an outage. */
  #checkPin(provider: ProviderId | undefined, model: string | undefined): void {
    if (!model) return;
    const known = provider ? this.deps.catalogue.find(provider, model) : this.deps.catalogue.named(model)[0];
    if (!known) throw ValidationError.at('body.model', 'There is no such model. See GET /api/ai/providers.');
  }

  async #voice(
    actor: Actor,
    asked: string | undefined,
    channelId: string | undefined,
    { settings }: OrganizationFacts,
  ): Promise<UsedVoice | undefined> {
    const id =
      asked ?? (channelId ? settings.channelVoices[channelId] : undefined) ?? settings.defaultVoiceId;
    return id ? this.deps.prompts.voice(actor.organizationId, id) : undefined;
  }

  #mayKeep(actor: Actor, { save }: GenerateRequest): void {
    if (save && !actor.permissions.has('content.write'))
      throw new ForbiddenError('Your role may not write drafts. Ask an admin, or leave save out.');
  }

  async #keep(
    actor: Actor,
    request: GenerateRequest,
    results: readonly GenerateResult[],
  ): Promise<string | undefined> {
    const [first] = results;
    if (!request.save || !first) return undefined;
    const { organizationId, userId } = actor;
    const tags = first.hashtags?.map((tag) => `#${tag}`).join(' ');
    const text = tags && request.task !== 'hashtags' ? `${first.text}\n\n${tags}` : first.text;
    try {
      const draft = { organizationId, userId, text, platform: first.platform };
      return (await this.deps.drafts.saveDraft(draft)).postId;
    } catch (error) {
      // The text is written and paid for: it is handed over even when its draft cannot be kept.
      logger.error({ err: error }, 'a generated text could not be kept as a draft');
      return undefined;
    }
  }

  async *#keptAtTheEnd(actor: Actor, request: GenerateRequest, events: Events): Events {
    let text = '';
    for await (const event of events) {
      if (event.event === 'delta') text += event.data.text;
      if (event.event !== 'done') {
        yield event;
        continue;
      }
      const platform = request.platforms?.[0];
      const contentPostId = await this.#keep(actor, request, [
        { text, platform, warnings: [] } as GenerateResult,
      ]);
      yield { event: 'done', data: { ...event.data, ...(contentPostId ? { contentPostId } : {}) } };
    }
  }
}

/** Each text carries what was found in it; what concerns all of them stands on all of them. */
function resultsOf({ plan, rules }: Planned, answer: AiAnswer): GenerateResult[] {
  const shared = answer.warnings.filter(({ kind }: Warning) => kind.startsWith('moderation'));
  return plan
    .read(answer.output as { text: string; data: unknown })
    .map((result) => ({ ...result, warnings: [...findings(result.text, rules), ...shared] }));
}

function textsOf(content: string | readonly { type: string; text?: string }[]): string[] {
  return typeof content === 'string' ? [content] : content.flatMap(({ text }) => text ?? []);
}

/** The caller's own schema, as zod judges it and as the model gets it. @throws ValidationError when it is none we can judge. */
function givenSchema(schema: Record<string, unknown>): { zod: z.ZodType; json: Record<string, unknown> } {
  if (schema.type !== 'object')
    throw ValidationError.at('body.responseSchema', 'The schema of an answer must be an object.');
  try {
    return { zod: z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]), json: schema };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not a JSON Schema';
    throw ValidationError.at('body.responseSchema', `This schema cannot be used: ${reason}`);
  }
}
