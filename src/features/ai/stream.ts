import 'server-only';
import { isSystemError, type SystemError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import { completed, Execution, mayBeBilled } from './execution';
import { type Attempt, CallerLeft } from './fallback';
import type { ModelUsage, StreamPart } from './providers/types';
import type { AiStreamEvent, ChatMessage, FinishReason, NativeTurn, ToolCall, Warning } from './schema';
import {
  blockedError,
  type Charge,
  correction,
  type ExecutionSteps,
  type Held,
  type Prepared,
} from './steps';
import { StreamGuard } from './stream-guard';
import type { AiOutput, AiTask } from './task';

type Events = AsyncGenerator<AiStreamEvent, void, void>;

/**
 * One streamed execution. Until something is visible the chain of attempts goes on as usual; after that the provider never
 * changes. Whatever happens, the hold is settled or released exactly once, and the last event is `done` or `error`.
 */
export async function* streamExecution<T>(
  steps: ExecutionSteps,
  task: AiTask<T>,
  prepared: Prepared,
  held: Held,
): Events {
  const run = new StreamRun(steps, task, prepared, held);
  let charge: Charge | undefined;
  let ended = false;
  try {
    for await (const event of run.attempts()) yield event;
    const output = run.output();
    const checked = await run.execution.check(output);
    charge = { tokens: steps.price(task, output, held), usage: run.execution.usage() };
    const available = await run.close(charge);
    ended = true;
    const tokens = { charged: charge.tokens, available };
    yield { event: 'usage', data: { usage: charge.usage, tokens } };
    yield { event: 'done', data: run.done([...prepared.input.warnings, ...checked.warnings]) };
  } catch (error) {
    if (!ended) charge = await run.abandon(error);
    ended = true;
    if (!(error instanceof CallerLeft)) yield errorEvent(error, task.requestId, run.visible);
  } finally {
    // The consumer stopped reading in the middle: same as leaving.
    if (!ended) await run.abandon(new CallerLeft());
  }
}

class StreamRun<T> {
  readonly execution: Execution<T>;
  #guard: StreamGuard;
  #toolCalls: ToolCall[] = [];
  #finish: { reason: FinishReason; native?: NativeTurn } = { reason: 'stop' };
  #metaSent = false;
  #attempt: Attempt | undefined;
  #usage: ModelUsage | undefined;
  #messages: readonly ChatMessage[];
  #regenerated = false;
  #noted = true;
  visible = false;

  constructor(
    readonly steps: ExecutionSteps,
    readonly task: AiTask<T>,
    readonly prepared: Prepared,
    readonly held: Held,
  ) {
    this.execution = new Execution(task, prepared, steps.deps);
    this.#guard = new StreamGuard(prepared.rules);
    this.#messages = task.messages;
  }

  /** Attempts until one comes to its end. Yields what may be seen. */
  async *attempts(): Events {
    for (;;) {
      const attempt = await this.execution.chain.next();
      this.#attempt = attempt;
      this.#noted = false;
      try {
        yield* this.#one(attempt);
        this.#note(attempt);
        await this.steps.deps.fallback.deps.health.succeeded(attempt.candidate);
        return;
      } catch (error) {
        if (this.#isRetryOfBlocked(error)) continue;
        this.#note(attempt, error);
        // After the first visible word another model would write another text: the stream ends here.
        if (this.visible) throw await this.#terminal(attempt, error);
        await this.execution.failed(attempt, error);
      } finally {
        attempt.end();
      }
    }
  }

  async *#one(attempt: Attempt): Events {
    const { candidate, provider, signal } = attempt;
    const { task } = this;
    this.#guard = new StreamGuard(this.prepared.rules);
    this.#usage = undefined;
    this.#toolCalls = [];
    attempt.expectFirstToken();
    const parts = provider.streamText({
      model: candidate.model,
      messages: this.#messages,
      maxOutputTokens: task.maxOutputTokens,
      signal,
      ...(task.temperature === undefined ? {} : { temperature: task.temperature }),
      ...(task.tools?.length ? { tools: task.tools } : {}),
    });
    for await (const part of parts) {
      attempt.chunk();
      const show = this.#take(part);
      if (show) yield* this.#show(attempt, show);
    }
    const rest = this.#guard.end();
    if ('blocked' in rest) throw blockedError('The answer', { verdict: 'block', warnings: [rest.blocked] });
    if (rest.show) yield* this.#show(attempt, rest.show);
    if (!this.#metaSent) yield this.#meta(attempt);
  }

  #take(part: StreamPart): string {
    if (part.type === 'text') {
      const result = this.#guard.push(part.text);
      if ('blocked' in result)
        throw blockedError('The answer', { verdict: 'block', warnings: [result.blocked] });
      return result.show;
    }
    if (part.type === 'tool_call') this.#toolCalls.push(part.call);
    else if (part.type === 'usage') this.#usage = part.usage;
    else this.#finish = { reason: part.reason, ...(part.native ? { native: part.native } : {}) };
    return '';
  }

  *#show(attempt: Attempt, text: string): Generator<AiStreamEvent> {
    if (!this.#metaSent) yield this.#meta(attempt);
    this.visible = true;
    yield { event: 'delta', data: { text } };
  }

  #meta({ candidate }: Attempt): AiStreamEvent {
    this.#metaSent = true;
    return {
      event: 'meta',
      data: {
        requestId: this.task.requestId,
        provider: candidate.provider,
        model: candidate.model,
        sandbox: candidate.provider === 'sandbox',
      },
    };
  }

  /** A blocked answer of which nothing was seen is asked for once more. */
  #isRetryOfBlocked(error: unknown): boolean {
    const attempt = this.#attempt;
    if (!attempt || this.visible || this.#regenerated) return false;
    if (!isSystemError(error) || error.code !== 'content_blocked') return false;
    this.#regenerated = true;
    const warnings = (error.details.warnings ?? []) as Warning[];
    this.#messages = [...this.task.messages, correction({ verdict: 'block', warnings })];
    attempt.abort();
    this.#note(attempt);
    return true;
  }

  #note(attempt: Attempt, error?: unknown): void {
    this.#noted = true;
    const text = this.#guard.text;
    const reported = this.#usage ?? {
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      estimated: true,
    };
    const billed = error === undefined || text !== '' || mayBeBilled(error);
    this.execution.note({
      candidate: attempt.candidate,
      latencyMs: attempt.elapsedMs,
      ttftMs: attempt.firstTokenMs,
      usage: billed ? completed(reported, this.#messages, text) : reported,
      ...(error === undefined ? {} : { error }),
    });
  }

  /** A failure in the middle of a visible stream still counts for breaker and cooldown. */
  async #terminal(attempt: Attempt, error: unknown): Promise<unknown> {
    const { chain } = this.execution;
    try {
      await this.execution.failed(attempt, error);
      const decision = await chain.decide();
      return chain.stopError('stop' in decision ? decision : { stop: 'all_unavailable', rejected: [] });
    } catch (ending) {
      return ending;
    } finally {
      attempt.abort();
    }
  }

  output(): AiOutput<T> {
    return {
      text: this.#guard.text,
      toolCalls: this.#toolCalls,
      finishReason: this.#finish.reason,
      native: this.#finish.native,
    };
  }

  done(warnings: Warning[]) {
    const { reason, native } = this.#finish;
    return {
      finishReason: reason,
      warnings,
      ...(this.#toolCalls.length > 0 ? { toolCalls: this.#toolCalls } : {}),
      ...(native ? { native } : {}),
    };
  }

  close(charge: Charge | undefined): Promise<number> {
    return this.steps.close(this.task, this.held, charge, this.execution);
  }

  /** The caller left after seeing something: charged for what was delivered. Everything else is released. */
  async abandon(error: unknown): Promise<Charge | undefined> {
    if (this.#attempt && !this.#noted) this.#note(this.#attempt, error);
    this.#attempt?.abort();
    const charged = error instanceof CallerLeft && this.visible;
    const charge = charged
      ? { tokens: this.steps.price(this.task, this.output(), this.held), usage: this.execution.usage() }
      : undefined;
    try {
      await this.close(charge);
    } catch (failure) {
      logger.error(
        { err: failure, requestId: this.task.requestId },
        'a stream could not be settled; the sweep will',
      );
    }
    return charge;
  }
}

function errorEvent(error: unknown, requestId: string, partial: boolean): AiStreamEvent {
  const known: SystemError | undefined = isSystemError(error) ? error : undefined;
  if (!known) logger.error({ err: error, requestId }, 'a stream failed unexpectedly');
  return {
    event: 'error',
    data: {
      code: known?.code ?? 'internal',
      detail: known?.message ?? 'Something went wrong on our side. Nothing was charged.',
      requestId,
      partial,
    },
  };
}
