import 'server-only';
import { z } from 'zod';
import { ExternalServiceError, SystemError } from '@/core/errors';
import { metrics } from '@/core/telemetry/metrics';
import type { Checked } from './brand-guard';
import { estimateTokens } from './catalogue';
import type { Candidate } from './decision';
import { type Attempt, type AttemptChain, CallerLeft } from './fallback';
import { PLATFORM_CREDENTIAL } from './health';
import { jsonSchemaOf } from './providers/json-schema';
import type { ModelUsage, StructuredResult } from './providers/types';
import type { ChatMessage, UsageFacts } from './schema';
import { blockedError, correction, type Prepared, type Spent, type ToolkitDeps } from './steps';
import type { AiOutput, AiTask, TaskFacts } from './task';
import { inputTokensOf } from './toolkit-plan';
import type { UsageRow } from './usage-repository';

const USAGE_KEEP_MS = 400 * 86_400_000;
const NO_USAGE: ModelUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: true };

/** How one call to a provider ended. */
interface CallOutcome {
  candidate: Candidate;
  latencyMs: number;
  ttftMs?: number | undefined;
  usage: ModelUsage;
  images?: number;
  error?: unknown;
}

/** The attempts of one task: asks, checks, repairs, and notes what every call cost. */
export class Execution<T = unknown> implements Spent {
  readonly chain: AttemptChain;
  readonly #started = performance.now();
  readonly #rows: Promise<void>[] = [];
  #costMicros = 0;
  #calls = 0;
  #answered: CallOutcome | undefined;

  constructor(
    readonly task: AiTask<T>,
    readonly prepared: Prepared,
    readonly deps: ToolkitDeps,
  ) {
    this.chain = deps.fallback.chain(prepared.plan);
  }

  /** Asks until somebody answers; a blocked answer is asked for once more. */
  async answer(): Promise<{ output: AiOutput<T>; checked: Checked }> {
    const output = await this.#attempted(this.task.messages);
    const checked = await this.check(output);
    if (checked.verdict !== 'block') return { output, checked };
    const again = await this.#attempted([...this.task.messages, correction(checked)]);
    const rechecked = await this.check(again);
    if (rechecked.verdict === 'block') throw blockedError('The answer', rechecked);
    return { output: again, checked: rechecked };
  }

  check(output: AiOutput<T>): Promise<Checked> {
    const texts = this.task.outputTexts?.(output) ?? (output.text ? [output.text] : []);
    return this.deps.guard.checkOutput(texts, this.prepared.rules, {
      moderation: this.prepared.facts.settings.moderation,
      signal: this.task.signal,
    });
  }

  /** One whole chain of attempts for these messages. */
  async #attempted(messages: readonly ChatMessage[]): Promise<AiOutput<T>> {
    for (;;) {
      const attempt = await this.chain.next();
      attempt.limit();
      try {
        const output = await this.#call(attempt, messages);
        await this.deps.fallback.deps.health.succeeded(attempt.candidate);
        return output;
      } catch (error) {
        await this.failed(attempt, error);
      } finally {
        attempt.end();
      }
    }
  }

  /** Notes a failed attempt; returns when the chain may go on. @throws whatever ends the execution. */
  async failed(attempt: Attempt, error: unknown): Promise<void> {
    if (error instanceof CallerLeft || this.task.signal.aborted) throw new CallerLeft();
    // Whatever an aborted call throws, the reason it was aborted for is what happened.
    const failure: unknown = attempt.signal.aborted ? attempt.signal.reason : error;
    if (!(failure instanceof ExternalServiceError)) throw failure;
    await this.chain.failed(attempt.candidate, failure);
  }

  async #call(attempt: Attempt, messages: readonly ChatMessage[]): Promise<AiOutput<T>> {
    const { task } = this;
    if (task.image) return this.#images(attempt, task.image);
    if (task.schema) return this.#structured(attempt, messages, task.schema);
    const { maxOutputTokens, temperature, tools } = task;
    const result = await this.#timed(attempt, messages, () =>
      attempt.provider.generateText({
        model: attempt.candidate.model,
        messages,
        maxOutputTokens,
        signal: attempt.signal,
        ...(temperature === undefined ? {} : { temperature }),
        ...(tools?.length ? { tools } : {}),
      }),
    );
    const { text, toolCalls, finishReason, native } = result;
    return { text, toolCalls, finishReason, native };
  }

  async #structured(
    attempt: Attempt,
    messages: readonly ChatMessage[],
    schema: NonNullable<AiTask<T>['schema']>,
  ): Promise<AiOutput<T>> {
    const jsonSchema = schema.json ?? schemaOnce(schema.zod);
    const ask = (turns: readonly ChatMessage[]) =>
      this.#timed(attempt, turns, () =>
        attempt.provider.generateStructured({
          model: attempt.candidate.model,
          messages: turns,
          maxOutputTokens: this.task.maxOutputTokens,
          schemaName: schema.name,
          jsonSchema,
          signal: attempt.signal,
          ...(this.task.temperature === undefined ? {} : { temperature: this.task.temperature }),
        }),
      );
    const first = await ask(messages);
    const parsed = schema.zod.safeParse(first.data);
    if (parsed.success) return asOutput(first, parsed.data);
    const second = await ask([...messages, ...repair(first.raw, parsed.error)]);
    const repaired = schema.zod.safeParse(second.data);
    if (repaired.success) return asOutput(second, repaired.data);
    throw new SystemError(
      'The model’s answer did not have the right shape, twice. Nothing was charged; try again or choose another model.',
      'invalid_output',
      { context: { model: attempt.candidate.key, issues: repaired.error.issues.slice(0, 5) } },
    );
  }

  async #images(attempt: Attempt, image: NonNullable<AiTask<T>['image']>): Promise<AiOutput<T>> {
    const started = performance.now();
    const { candidate } = attempt;
    try {
      const images = await attempt.provider.generateImage({
        ...image,
        model: candidate.model,
        signal: attempt.signal,
      });
      this.note({
        candidate,
        latencyMs: performance.now() - started,
        usage: NO_USAGE,
        images: images.length,
      });
      return { text: '', images, toolCalls: [], finishReason: 'stop' };
    } catch (error) {
      this.note({ candidate, latencyMs: performance.now() - started, usage: NO_USAGE, images: 0, error });
      throw error;
    }
  }

  /** Runs one call and notes it, whatever comes of it. */
  async #timed<R extends { usage: ModelUsage }>(
    attempt: Attempt,
    messages: readonly ChatMessage[],
    call: () => Promise<R & { text?: string; raw?: string }>,
  ): Promise<R & { text?: string; raw?: string }> {
    const started = performance.now();
    const { candidate } = attempt;
    try {
      const result = await call();
      const usage = completed(result.usage, messages, result.text ?? result.raw ?? '');
      this.note({ candidate, latencyMs: performance.now() - started, usage });
      return result;
    } catch (error) {
      // A refused call is not billed; one that broke off may be, and its input is what it may have cost.
      const usage = mayBeBilled(error) ? completed(NO_USAGE, messages, '') : NO_USAGE;
      this.note({ candidate, latencyMs: performance.now() - started, usage, error });
      throw error;
    }
  }

  /** One usage row, the provider's figures, the running cost. */
  note(outcome: CallOutcome): void {
    const { candidate, usage, error } = outcome;
    const { catalogue, clock, providers } = this.deps;
    const entry = catalogue.find(candidate.provider, candidate.model);
    const now = clock.now();
    const image = this.task.image;
    let costMicros = 0;
    if (entry && image)
      costMicros = catalogue.imageCostMicros(entry, { ...image, count: outcome.images ?? 0 });
    else if (entry) costMicros = catalogue.textCostMicros(entry, usage, now);
    this.#costMicros += costMicros;
    this.#calls += 1;
    const success = error === undefined;
    // Somebody who left in the middle pays for what there was until then.
    if (success || error instanceof CallerLeft) this.#answered = outcome;
    providers.get(candidate.provider)?.calls.record({
      model: candidate.model,
      success,
      latencyMs: outcome.latencyMs,
      ttftMs: outcome.ttftMs,
      costMicros,
    });
    metrics.ai({
      provider: candidate.provider,
      task: this.task.type,
      outcome: success ? 'success' : errorClassOf(error),
      seconds: outcome.latencyMs / 1_000,
    });
    this.#rows.push(
      this.deps.usage.record({
        ...Execution.rowBase(this.task, now),
        attempt: this.#calls,
        provider: candidate.provider,
        model: candidate.model,
        inputTokens: usage.inputTokens,
        cachedInputTokens: usage.cachedInputTokens,
        outputTokens: usage.outputTokens,
        images: outcome.images ?? 0,
        costMicros,
        latencyMs: Math.round(outcome.latencyMs),
        ttftMs: outcome.ttftMs === undefined ? null : Math.round(outcome.ttftMs),
        success,
        errorClass: success ? null : errorClassOf(error),
        estimated: usage.estimated,
      }),
    );
  }

  /** All rows are written, or wait in the outbox. */
  async recorded(): Promise<void> {
    await Promise.all(this.#rows);
  }

  /** What this execution cost us so far, failed attempts included. */
  costMicros(): number {
    return this.#costMicros;
  }

  usage(): UsageFacts {
    const answered = this.#answered;
    const { provider, model } = answered?.candidate ?? this.prepared.first;
    return {
      provider,
      model,
      inputTokens: answered?.usage.inputTokens ?? 0,
      outputTokens: answered?.usage.outputTokens ?? 0,
      attempts: this.#calls,
      latencyMs: Math.round(performance.now() - this.#started),
      ...(answered?.ttftMs === undefined ? {} : { ttftMs: Math.round(answered.ttftMs) }),
      cached: false,
      sandbox: provider === 'sandbox',
    };
  }

  /** What every row of a task has in common; the rest is nothing until a call fills it. */
  static rowBase(task: TaskFacts, now: Date): Omit<UsageRow, 'provider' | 'model' | 'success'> {
    return {
      organizationId: task.actor.organizationId,
      userId: task.actor.userId,
      requestId: task.requestId,
      attempt: 0,
      taskType: task.type,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      images: 0,
      costMicros: 0,
      latencyMs: 0,
      ttftMs: null,
      errorClass: null,
      cached: false,
      estimated: false,
      credentialOwner: PLATFORM_CREDENTIAL,
      templateVersion: task.templateVersion ?? null,
      voiceVersion: task.voiceVersion ?? null,
      at: now,
      expiresAt: new Date(now.getTime() + USAGE_KEEP_MS),
    };
  }
}

/** What a vendor did not report is estimated from the text. */
export function completed(usage: ModelUsage, messages: readonly ChatMessage[], answer: string): ModelUsage {
  if (!usage.estimated) return usage;
  return {
    inputTokens: usage.inputTokens || inputTokensOf(messages),
    cachedInputTokens: 0,
    outputTokens: usage.outputTokens || estimateTokens(answer),
    estimated: true,
  };
}

export function mayBeBilled(error: unknown): boolean {
  return error instanceof ExternalServiceError ? error.outcome === 'unknown' : true;
}

function errorClassOf(error: unknown): string {
  if (error instanceof ExternalServiceError) return error.kind;
  return error instanceof CallerLeft ? 'caller_left' : 'defect';
}

function asOutput<T>({ raw, finishReason }: StructuredResult, data: T): AiOutput<T> {
  return { text: raw, data, toolCalls: [], finishReason };
}

const schemas = new WeakMap<z.ZodType, Record<string, unknown>>();
/** Schemas are constants; their JSON form is made once. */
function schemaOnce(schema: z.ZodType): Record<string, unknown> {
  const known = schemas.get(schema) ?? jsonSchemaOf(schema);
  schemas.set(schema, known);
  return known;
}

/** The turn that asks the same model to mend its own answer. */
function repair(raw: string, error: z.ZodError): ChatMessage[] {
  return [
    { role: 'assistant', content: raw || '(empty)' },
    {
      role: 'user',
      content: `That answer does not fit the schema:\n${z.prettifyError(error).slice(0, 2_000)}\nAnswer again with the whole corrected JSON object only.`,
    },
  ];
}
