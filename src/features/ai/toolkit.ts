import 'server-only';
import { SystemError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { Execution } from './execution';
import { CallerLeft } from './fallback';
import type { AiStreamEvent, UsageFacts } from './schema';
import { type Charge, ExecutionSteps, type Prepared, type ToolkitDeps } from './steps';
import { streamExecution } from './stream';
import type { AiAnswer, AiOutput, AiTask } from './task';
import { CACHE_SECONDS, cacheKeyOf } from './toolkit-plan';

/**
 * The one door to every model. `execute` and `stream` follow the same steps: authorise and guard, cache, claim quota, hold
 * tokens, attempt, guard the output, settle or release.
 */
export class AIToolkitFactory {
  readonly steps: ExecutionSteps;

  constructor(readonly deps: ToolkitDeps) {
    this.steps = new ExecutionSteps(deps);
  }

  static getInstance(): AIToolkitFactory {
    return singleton<AIToolkitFactory>('AIToolkitFactory');
  }

  /** @throws SystemError with its code; nothing is charged or held then. */
  async execute<T>(task: AiTask<T>): Promise<AiAnswer<T>> {
    const { steps, deps } = this;
    const prepared = await steps.prepare(task);
    const key = cacheKeyOf(task, prepared.facts, task.schema?.name);
    const hit = key ? await this.#cached(key, task, prepared) : undefined;
    if (hit) return hit;
    const held = await steps.hold(task, prepared);
    const execution = new Execution(task, prepared, deps);
    let charge: Charge | undefined;
    try {
      const { output, checked } = await execution.answer();
      charge = { tokens: steps.price(task, output, held), usage: execution.usage() };
      if (key && checked.verdict === 'allow' && output.finishReason === 'stop')
        await deps.cache.set(key, { output, usage: charge.usage }, CACHE_SECONDS);
      const available = await steps.close(task, held, charge, execution);
      return {
        requestId: task.requestId,
        output,
        warnings: [...prepared.input.warnings, ...checked.warnings],
        usage: charge.usage,
        tokens: { charged: charge.tokens, available },
      };
    } catch (error) {
      if (!charge) await steps.close(task, held, undefined, execution);
      throw error instanceof CallerLeft ? leftError(error) : error;
    }
  }

  /**
   * The same, token by token. Ends with exactly one `done` or `error`; what goes wrong before the first event is thrown.
   * The consumer may stop reading at any time; abort `task.signal` to stop the model.
   */
  async stream<T>(task: AiTask<T>): Promise<AsyncGenerator<AiStreamEvent, void, void>> {
    const prepared = await this.steps.prepare(task);
    const held = await this.steps.hold(task, prepared);
    return streamExecution(this.steps, task, prepared, held);
  }

  async #cached<T>(key: string, task: AiTask<T>, { input }: Prepared): Promise<AiAnswer<T> | undefined> {
    const hit = (await this.deps.cache.get(key)) as { output: AiOutput<T>; usage: UsageFacts } | undefined;
    if (!hit) return undefined;
    const usage: UsageFacts = { ...hit.usage, attempts: 0, latencyMs: 0, cached: true };
    await this.deps.usage.record({
      ...Execution.rowBase(task, this.deps.clock.now()),
      provider: usage.provider,
      model: usage.model,
      success: true,
      cached: true,
    });
    this.deps.answered(task, { usage, tokens: 0 });
    const tokens = await this.steps.free(task);
    return { requestId: task.requestId, output: hit.output, warnings: input.warnings, usage, tokens };
  }
}

/** Nobody reads this answer; it is for the log. */
function leftError(cause: CallerLeft): SystemError {
  return new SystemError('You left before the answer was complete. Nothing was charged.', 'ai_unavailable', {
    cause,
  });
}
