import 'server-only';
import { logger } from '@/core/telemetry/logger';
import { type BrandRules, type CompiledRules, compileRules, findings, worstOf } from './brand-rules';
import type { ModerationResult } from './providers/types';
import type { GuardVerdict, TaskType, Warning } from './schema';

export interface Moderator {
  moderate(texts: readonly string[], signal: AbortSignal): Promise<ModerationResult>;
}

export interface Checked {
  verdict: GuardVerdict;
  warnings: Warning[];
}

/** Tasks that make something new from a brief. The others work on text that is there already, which may say anything. */
const CREATES: ReadonlySet<TaskType> = new Set(['post_text', 'long_form', 'thread', 'image', 'chat']);
const MODERATION_MS = 5_000;

/** Brand safety: local rules first, then the vendor's moderation where the organisation wants it. */
export class BrandGuard {
  constructor(readonly moderator: () => Moderator | undefined) {}

  /** @param extraBanned words the brand voice bans on top. */
  compile(rules: BrandRules, extraBanned: readonly string[] = []): CompiledRules {
    return compileRules(rules, extraBanned);
  }

  async checkInput(
    texts: readonly string[],
    rules: CompiledRules,
    options: { task: TaskType; moderation: boolean; signal: AbortSignal },
  ): Promise<Checked> {
    const local = texts
      .flatMap((text) => findings(text, rules))
      .filter(({ kind }) => kind !== 'missing_disclosure')
      .map((warning) => (CREATES.has(options.task) ? warning : softened(warning)));
    return this.#judged(local, texts, options);
  }

  async checkOutput(
    texts: readonly string[],
    rules: CompiledRules,
    options: { moderation: boolean; signal: AbortSignal },
  ): Promise<Checked> {
    return this.#judged(
      texts.flatMap((text) => findings(text, rules)),
      texts,
      options,
    );
  }

  /** Findings of one text, for results that carry their own warnings. */
  warningsOf(text: string, rules: CompiledRules): Warning[] {
    return findings(text, rules);
  }

  async #judged(
    local: Warning[],
    texts: readonly string[],
    { moderation, signal }: { moderation: boolean; signal: AbortSignal },
  ): Promise<Checked> {
    const verdict = worstOf(local);
    if (!moderation || verdict === 'block' || texts.length === 0) return { verdict, warnings: local };
    const warnings = [...local, ...(await this.#moderated(texts, signal))];
    return { verdict: worstOf(warnings), warnings };
  }

  async #moderated(texts: readonly string[], signal: AbortSignal): Promise<Warning[]> {
    const moderator = this.moderator();
    if (!moderator) return [unreachable()];
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(MODERATION_MS)]);
      const { flagged, categories } = await moderator.moderate(texts, limited);
      if (!flagged) return [];
      const names = categories.join(', ');
      return [
        { kind: 'moderation', verdict: 'block', message: `Moderation objects to this text: ${names}.` },
      ];
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      logger.warn({ err: error }, 'moderation could not be asked; local rules apply');
      return [unreachable()];
    }
  }
}

function softened(warning: Warning): Warning {
  return warning.verdict === 'block' && warning.kind !== 'personal_data'
    ? { ...warning, verdict: 'flag' }
    : warning;
}

function unreachable(): Warning {
  return {
    kind: 'moderation_unreachable',
    verdict: 'flag',
    message: 'Moderation could not be asked. A person should look before this goes out.',
  };
}
