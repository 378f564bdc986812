import 'server-only';
import { ExternalServiceError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import { metrics } from '@/core/telemetry/metrics';
import type { Clock } from '@/core/time/clock';
import type { LimitAlerts } from './alerts';
import { type CallSubject, pausedBy, pauseKey, windowsOf } from './levels';
import type { Admission, IntegrationRateLimiter, LimitCall } from './limiter';
import { type CallQueue, QueueRefusal } from './queue';
import type { CallPriority } from './schema';
import { PLAIN_OPERATION, quotaOf, vendorLimits } from './vendors.data';
import { AFTER_429, SCARCE, WHEN_SCARCE } from './windows';

/** A broken header must not stop a connection for a year: after this it is asked again. */
const LONGEST_PAUSE_MS = 3_600_000;
/** What is left of the allowance is written down so often, unless it is scarce. */
const QUOTA_NOTED_MS = 10_000;
export const CALL_LIMIT = 'call_limit';

export interface AskedCall {
  vendor: string;
  vendorName: string;
  /** The connection in whose name it is made; others are not counted. */
  owner: string;
  operation?: string | undefined;
  priority: CallPriority;
  /** The longest it may take. Milliseconds. */
  callMs: number;
  maxWaitMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What became of a call that was let through. */
export interface CallAnswer {
  headers: Pick<Headers, 'get'> | null;
  /** The vendor said that it was one too many. */
  limited: boolean;
  retryAfterMs: number | undefined;
}

export interface Permit {
  /** Frees the call's place, and goes by what the vendor said. Never throws. */
  done(answer: CallAnswer): Promise<void>;
}

const UNCOUNTED: Permit = { done: async () => undefined };

export interface GateDeps {
  limiter: IntegrationRateLimiter;
  queue: CallQueue<Admission>;
  /** Whose connection that is; null for what is no connection yet, such as a sign-in. */
  subject(integrationId: string): Promise<CallSubject | null>;
  alerts: Pick<LimitAlerts, 'used' | 'quota' | 'pace'>;
  clock: Clock;
  ids: Ids;
}

/** Every call to a vendor passes here: it waits for its place in all limits, and its answer sets the pace of the next. */
export class CallGate {
  readonly #quotaNoted = new Map<string, number>();

  constructor(readonly deps: GateDeps) {}

  /** @throws ExternalServiceError `rate_limit`, never sent, when there is no place in time. */
  async admit(asked: AskedCall): Promise<Permit> {
    const subject = await this.deps.subject(asked.owner);
    if (!subject) return UNCOUNTED;
    const call = this.#call(subject, asked);
    const startedAt = performance.now();
    const waited = (outcome: 'admitted' | 'refused') =>
      metrics.integrationCall(asked.vendor, outcome, (performance.now() - startedAt) / 1000);
    try {
      const turn = await this.deps.queue.enter(`${subject.integrationId}:${call.operation}`, {
        priority: asked.priority,
        maxWaitMs: asked.maxWaitMs,
        signal: asked.signal,
        ask: (queued) => this.deps.limiter.admit({ ...call, queued }),
        discard: () => void this.deps.limiter.release(call),
      });
      waited('admitted');
      this.deps.alerts.used(subject, call.windows, turn.reading);
      return { done: (answer) => this.#done(call, answer) };
    } catch (error) {
      if (!(error instanceof QueueRefusal)) throw error;
      waited('refused');
      throw refused(asked, error);
    }
  }

  #call(subject: CallSubject, { operation = PLAIN_OPERATION, callMs }: AskedCall): LimitCall {
    return {
      ...{ subject, operation },
      windows: windowsOf(subject, operation),
      pauses: [pauseKey(subject, null), pauseKey(subject, operation)],
      concurrent: vendorLimits(subject.vendor).concurrent,
      lease: this.deps.ids.next(),
      leaseMs: callMs,
      queued: 0,
    };
  }

  async #done(call: LimitCall, { headers, limited, retryAfterMs }: CallAnswer): Promise<void> {
    try {
      await this.deps.limiter.release(call);
      await this.#report(call, headers, limited, retryAfterMs ?? 0);
    } catch (error) {
      logger.error({ err: error, integrationId: call.subject.integrationId }, 'a limit was not noted');
    }
  }

  async #report(
    { subject, operation }: LimitCall,
    headers: CallAnswer['headers'],
    limited: boolean,
    retryAfterMs: number,
  ): Promise<void> {
    const now = this.deps.clock.now().getTime();
    const quota = headers && quotaOf(vendorLimits(subject.vendor), headers);
    const scarce = quota !== null && quota.left < quota.limit * SCARCE;
    const over = quota?.left === 0 && quota.resetAt ? quota.resetAt - now : 0;
    const stopMs = Math.min(Math.max(limited ? retryAfterMs : 0, over), LONGEST_PAUSE_MS);
    if (!limited && stopMs <= 0 && !this.#worthNoting(subject, quota !== null, scarce, now)) return;
    const { multiplier, lowestForMs } = await this.deps.limiter.report(subject, {
      factor: limited ? AFTER_429 : 0,
      scarce: scarce ? WHEN_SCARCE : 0,
      pauseMs: Math.max(0, stopMs),
      // An allowance that is used up stops everything.
      operation: over > 0 ? null : pausedBy(subject, operation),
      quota,
    });
    metrics.integrationPace(subject.vendor, multiplier);
    this.deps.alerts.pace(subject, lowestForMs);
    if (quota) this.deps.alerts.quota(subject, quota);
  }

  #worthNoting({ integrationId }: CallSubject, known: boolean, scarce: boolean, now: number): boolean {
    if (!known) return false;
    if (scarce) return true;
    if (now - (this.#quotaNoted.get(integrationId) ?? 0) < QUOTA_NOTED_MS) return false;
    if (this.#quotaNoted.size > 10_000) this.#quotaNoted.clear();
    this.#quotaNoted.set(integrationId, now);
    return true;
  }
}

function refused({ vendor, vendorName }: AskedCall, { retryAfterMs }: QueueRefusal): ExternalServiceError {
  return new ExternalServiceError(
    `More calls to ${vendorName} wait than it takes in half a minute.`,
    {
      provider: vendor,
      kind: 'rate_limit',
      retryable: true,
      retryAfterMs,
      outcome: 'not_sent',
      vendorCode: CALL_LIMIT,
    },
    { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) },
  );
}
