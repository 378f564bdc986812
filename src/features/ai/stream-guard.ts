import { type CompiledRules, findings } from './brand-rules';
import type { Warning } from './schema';

/**
 * Lets a stream through behind a window: the last characters are withheld until it is certain that no blocked phrase begins
 * in them. A phrase split over chunks is therefore never partly visible.
 */
export class StreamGuard {
  #pending = '';
  #passed = '';

  constructor(readonly rules: CompiledRules) {}

  /** The whole text so far, visible and withheld. */
  get text(): string {
    return this.#passed + this.#pending;
  }

  get visible(): boolean {
    return this.#passed.length > 0;
  }

  /** @returns what may be shown now, or the finding that ends the stream. */
  push(chunk: string): { show: string } | { blocked: Warning } {
    if (this.rules.lookBack === 0) {
      this.#passed += chunk;
      return { show: chunk };
    }
    this.#pending += chunk;
    const blocked = this.#blocked();
    if (blocked) return { blocked };
    return { show: this.#release(Math.max(0, this.#pending.length - this.rules.lookBack)) };
  }

  /** The rest, once the model is done. */
  end(): { show: string } | { blocked: Warning } {
    const blocked = this.#blocked();
    if (blocked) return { blocked };
    return { show: this.#release(this.#pending.length) };
  }

  /** Looks at what is withheld, with enough of what was shown to see word borders. */
  #blocked(): Warning | undefined {
    if (this.rules.lookBack === 0) return undefined;
    const context = this.#passed.slice(-this.rules.lookBack);
    return findings(context + this.#pending, this.rules).find(({ verdict }) => verdict === 'block');
  }

  #release(length: number): string {
    if (length === 0) return '';
    const show = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    this.#passed += show;
    return show;
  }
}
