/** Moving figures over the last calls of this process. Milliseconds; `successRate` is 0 to 1, 1 before the first call. */
export interface ProviderMetrics {
  requests: number;
  successRate: number;
  p50Ms: number | null;
  p95Ms: number | null;
  ttftP50Ms: number | null;
  costMicros: number;
}

export interface Call {
  model: string;
  success: boolean;
  latencyMs: number;
  /** Time to the first token; absent for calls that do not stream. */
  ttftMs?: number | undefined;
  costMicros: number;
}

const WINDOW = 200;
/** A median over fewer calls than this says little, but more than nothing. */
const PER_MODEL = 20;

/** Remembers the last calls of one provider: enough for medians, bounded for ever. */
export class CallMetrics {
  readonly #calls: Call[] = [];
  readonly #firstTokens = new Map<string, number[]>();
  #requests = 0;
  #costMicros = 0;

  record(call: Call): void {
    this.#requests += 1;
    this.#costMicros += call.costMicros;
    this.#calls.push(call);
    if (this.#calls.length > WINDOW) this.#calls.shift();
    const speed = call.ttftMs ?? (call.success ? call.latencyMs : undefined);
    if (!call.success || speed === undefined) return;
    const list = this.#firstTokens.get(call.model) ?? [];
    list.push(speed);
    if (list.length > PER_MODEL) list.shift();
    this.#firstTokens.set(call.model, list);
  }

  snapshot(): ProviderMetrics {
    const succeeded = this.#calls.filter(({ success }) => success);
    const latencies = succeeded.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const firsts = succeeded.flatMap(({ ttftMs }) => ttftMs ?? []).sort((a, b) => a - b);
    return {
      requests: this.#requests,
      successRate: this.#calls.length === 0 ? 1 : succeeded.length / this.#calls.length,
      p50Ms: quantile(latencies, 0.5),
      p95Ms: quantile(latencies, 0.95),
      ttftP50Ms: quantile(firsts, 0.5),
      costMicros: this.#costMicros,
    };
  }

  /** Moving median of a model's time to the first token (its whole time where it does not stream). Undefined: untested. */
  speedOf(model: string): number | undefined {
    const list = this.#firstTokens.get(model);
    return list
      ? (quantile(
          [...list].sort((a, b) => a - b),
          0.5,
        ) ?? undefined)
      : undefined;
  }
}

/** Nearest-rank quantile of sorted numbers; null when there are none. */
function quantile(sorted: readonly number[], q: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? null;
}
