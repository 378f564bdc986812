import 'server-only';
import { ForbiddenError, SystemError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { priceOf } from '@/features/tokens/prices';
import { TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import type { BrandGuard, Checked } from './brand-guard';
import type { CompiledRules } from './brand-rules';
import type { Catalogue } from './catalogue';
import type { Candidate } from './decision';
import { type ChainPlan, contentBlocked, type FallbackService } from './fallback';
import type { AIProvider } from './providers/types';
import { type QuotaClaim, type QuotaService, type SettleLimits, tighter } from './quota';
import type { ChatMessage, ProviderId, TokenFacts, UsageFacts } from './schema';
import type {
  AiOutput,
  AiTask,
  AnswerCache,
  OrganizationFacts,
  OrganizationReader,
  TaskFacts,
  TokenMeter,
} from './task';
import { chainPlan, maxPriceOf } from './toolkit-plan';
import type { UsageTracker } from './usage';

export interface ToolkitDeps {
  catalogue: Catalogue;
  providers: ReadonlyMap<ProviderId, AIProvider>;
  fallback: FallbackService;
  quota: QuotaService;
  meter: TokenMeter;
  usage: UsageTracker;
  guard: BrandGuard;
  cache: AnswerCache;
  organizations: OrganizationReader;
  clock: Clock;
  hybridChain: readonly ProviderId[];
  /** Tells the rest of the product about an answer; must not throw. */
  answered(task: TaskFacts, answer: Charge): void;
}

/** A task that passed every check. */
export interface Prepared {
  plan: ChainPlan;
  facts: OrganizationFacts;
  rules: CompiledRules;
  /** Findings in the input; they accompany the answer. */
  input: Checked;
  first: Candidate;
}

/** What is set aside for a task until it ends. */
export interface Held {
  claim: QuotaClaim;
  maxTokens: number;
}

/** What a delivered answer costs the user, and who gave it. */
export interface Charge {
  tokens: number;
  usage: UsageFacts;
}

/** What the attempts of a task leave behind for its closing. */
export interface Spent {
  costMicros(): number;
  recorded(): Promise<void>;
}

/** The steps around the attempts, the same for an answer and for a stream. */
export class ExecutionSteps {
  constructor(readonly deps: ToolkitDeps) {}

  /** Everything that can refuse a task before anything is reserved. */
  async prepare(task: TaskFacts): Promise<Prepared> {
    if (!task.actor.permissions.has('ai.use'))
      throw new ForbiddenError('Your role does not include AI. Ask an admin of the organisation.');
    const facts = await this.deps.organizations.of(task.actor.organizationId);
    const rules = this.deps.guard.compile(facts.settings.rules, task.bannedWords);
    const input = await this.deps.guard.checkInput(task.guarded, rules, {
      task: task.type,
      moderation: facts.settings.moderation,
      signal: task.signal,
    });
    if (input.verdict === 'block') throw blockedError('Your text', input);
    const plan = chainPlan(task, facts, { ...this.deps, now: this.deps.clock.now() });
    const first = await this.deps.fallback.first(plan);
    return { plan, facts, rules, input, first };
  }

  /** Quota, then tokens. Both or neither. */
  async hold(task: TaskFacts, { facts, first }: Prepared): Promise<Held> {
    const { requestId, actor } = task;
    const maxTokens = maxPriceOf(task);
    const claim = await this.deps.quota.claim(
      requestId,
      ownerOf(task),
      { tokens: maxTokens, requests: 1, costMicros: first.estimatedCostMicros },
      limitsOf(facts),
    );
    try {
      await this.deps.meter.reserve(requestId, ownerOf({ actor }), maxTokens, task.type);
    } catch (error) {
      await claim.release();
      throw error;
    }
    return { claim, maxTokens };
  }

  /**
   * Settles what was delivered or releases everything, and gives back quota. Runs on every path.
   * @returns what the user can still spend after a charge; 0 when nothing was charged.
   * @throws only when a delivered answer could not be settled; its hold is then left to the sweep.
   */
  async close(task: TaskFacts, held: Held, charge: Charge | undefined, spent: Spent): Promise<number> {
    const { requestId } = task;
    const costMicros = spent.costMicros();
    // House cost of failed attempts counts against the cost ceiling, never against the user's tokens.
    const quota =
      charge || costMicros > 0
        ? held.claim.settle({ tokens: charge?.tokens ?? 0, requests: charge ? 1 : 0, costMicros })
        : held.claim.release();
    const [tokens, ...others] = await Promise.allSettled([
      this.#closeHold(requestId, charge),
      quota,
      spent.recorded(),
    ]);
    for (const result of others) {
      if (result.status === 'rejected')
        logger.error({ err: result.reason, requestId }, 'a quota claim could not be closed; its sweep will');
    }
    if (tokens.status === 'rejected') {
      logger.error({ err: tokens.reason, requestId }, 'a token hold could not be closed; its sweep will');
      if (charge) throw tokens.reason;
    }
    if (charge) this.deps.answered(task, charge);
    return tokens.status === 'fulfilled' ? Math.max(0, tokens.value) : 0;
  }

  /** The price of what was delivered, never above what was reserved for it. */
  price<T>(task: AiTask<T>, output: AiOutput<T>, held: Held): number {
    return Math.min(held.maxTokens, priceOf(task.type, task.delivered(output)));
  }

  /** An answer that cost nothing, with what the user has. A balance that cannot be read does not take back an answer. */
  async free(task: TaskFacts): Promise<TokenFacts> {
    try {
      return { charged: 0, available: Math.max(0, await this.deps.meter.available(ownerOf(task))) };
    } catch (error) {
      logger.error(
        { err: error, requestId: task.requestId },
        'the balance after an answer could not be read',
      );
      return { charged: 0, available: 0 };
    }
  }

  async #closeHold(requestId: string, charge: Charge | undefined): Promise<number> {
    if (!charge) {
      await this.deps.meter.release(requestId);
      return 0;
    }
    const { provider, model, inputTokens, outputTokens } = charge.usage;
    const facts = { provider, model, inputTokens, outputTokens };
    return (await this.deps.meter.settle(requestId, charge.tokens, facts)).available;
  }
}

function ownerOf({ actor }: Pick<TaskFacts, 'actor'>) {
  return { userId: actor.userId, organizationId: actor.organizationId };
}

/** The organisation's own ceilings beside those of its tier. */
export function limitsOf({ tier, settings }: OrganizationFacts): SettleLimits {
  const { requests, costMicros } = TIER_DEFINITIONS[tier].limits.aiQuota;
  return {
    organization: tighter(settings.quota, { tokens: null, requests, costMicros }),
    member: settings.memberQuota,
  };
}

/** 400 `content_blocked` with what was found, so that it can be changed. */
export function blockedError(whose: string, checked: Checked): SystemError {
  const found = checked.warnings.filter(({ verdict }) => verdict === 'block');
  const error = contentBlocked(
    `${whose} breaks your brand rules: ${found.map(({ message }) => message).join(' ')}`,
  );
  return new SystemError(error.message, 'content_blocked', { details: { warnings: found } });
}

/** The turn that asks a model to write again without what was found. */
export function correction({ warnings }: Checked): ChatMessage {
  const faults = warnings.filter(({ verdict }) => verdict === 'block').map(({ message }) => `- ${message}`);
  return {
    role: 'user',
    content: `Your answer broke these rules:\n${faults.join('\n')}\nWrite it again without breaking them.`,
  };
}
