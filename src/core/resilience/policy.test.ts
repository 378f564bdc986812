import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ExternalErrorClass, ExternalServiceError } from '@/core/errors';
import { retryDelayMs } from './backoff';
import { type CircuitReport, ResilienceService } from './policy';

const failure = (kind: ExternalErrorClass, extra: { retryAfterMs?: number; retryable?: boolean } = {}) =>
  new ExternalServiceError(`failed: ${kind}`, { provider: 'acme', kind, retryable: true, ...extra });
const target = { provider: 'acme', credentialOwner: 'org_1' };

/** Records when each try happened, in fake milliseconds. */
function scripted(...answers: (Error | string)[]) {
  const startedAt = Date.now();
  const at: number[] = [];
  const call = async () => {
    at.push(Date.now() - startedAt);
    const answer = answers[Math.min(at.length - 1, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { at, call };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Settles a promise under fake timers without an unhandled rejection in between. */
async function settle<T>(promise: Promise<T>): Promise<{ value?: T; error?: ExternalServiceError }> {
  const settled = promise.then(
    (value) => ({ value }),
    (error: ExternalServiceError) => ({ error }),
  );
  await vi.runAllTimersAsync();
  return settled;
}

describe('retries', () => {
  it('repeats an idempotent call with full jitter until it works', async () => {
    const service = new ResilienceService({ random: () => 0.5 });
    const { at, call } = scripted(failure('unavailable'), failure('timeout'), 'done');
    expect(await settle(service.execute(target, call, { idempotent: true }))).toEqual({ value: 'done' });
    expect(at).toEqual([0, 100, 300]); // half of 200, then half of 400
  });

  it('waits exactly as long as the vendor says', async () => {
    const service = new ResilienceService({ random: () => 0.9 });
    const { at, call } = scripted(failure('rate_limit', { retryAfterMs: 7_321 }), 'done');
    await settle(service.execute(target, call, { idempotent: true }));
    expect(at).toEqual([0, 7_321]);
  });

  it.each([
    ['a call that is not idempotent', failure('unavailable'), false],
    ['a class that cannot get better', failure('invalid_request', { retryable: false }), true],
    ['a defect of ours', new TypeError('x is not a function'), true],
  ])('never repeats %s', async (_name, error, idempotent) => {
    const { at, call } = scripted(error);
    const result = await settle(new ResilienceService().execute(target, call, { idempotent }));
    expect(result.error).toBe(error);
    expect(at).toHaveLength(1);
  });

  it('stops after the given number of tries and throws the last failure', async () => {
    const { at, call } = scripted(failure('unavailable'));
    const result = await settle(
      new ResilienceService().execute(target, call, { idempotent: true, attempts: 4 }),
    );
    expect(at).toHaveLength(4);
    expect(result.error?.kind).toBe('unavailable');
  });

  it('gives the reason at once when the wait would outlast the deadline', async () => {
    const { at, call } = scripted(failure('rate_limit', { retryAfterMs: 60_000 }));
    const result = await settle(
      new ResilienceService().execute(target, call, { idempotent: true, deadlineMs: 5_000 }),
    );
    expect(at).toEqual([0]);
    expect(result.error).toMatchObject({ kind: 'rate_limit', retryAfterMs: 60_000 });
  });

  it('backs off a rate limit up to min(1 s·2^n, 30 s), at least half of it', () => {
    for (let retry = 0; retry < 8; retry += 1) {
      const ceiling = Math.min(1_000 * 2 ** retry, 30_000);
      expect(retryDelayMs(failure('rate_limit'), retry, () => 0)).toBe(ceiling / 2);
      expect(retryDelayMs(failure('rate_limit'), retry, () => 1)).toBe(ceiling);
    }
  });
});

describe('deadline', () => {
  it('ends even a call that ignores its signal', async () => {
    const promise = new ResilienceService().execute(target, () => new Promise<never>(() => undefined), {
      deadlineMs: 1_000,
    });
    const { error } = await settle(promise);
    expect(error).toMatchObject({ kind: 'timeout', outcome: 'unknown', vendorCode: 'deadline' });
  });

  it('covers all tries together', async () => {
    const slow = () =>
      new Promise<never>((_resolve, reject) => setTimeout(() => reject(failure('unavailable')), 400));
    const startedAt = Date.now();
    let endedAt = 0;
    const promise = new ResilienceService({ random: () => 0 })
      .execute(target, slow, { deadlineMs: 1_000, attempts: 50, idempotent: true })
      .finally(() => {
        endedAt = Date.now() - startedAt;
      });
    const { error } = await settle(promise);
    expect(error?.kind).toBe('timeout');
    expect(endedAt).toBe(1_000);
  });

  it('passes the caller’s own cancellation on, unclassified and uncounted', async () => {
    const service = new ResilienceService({ failuresToOpen: 1 });
    const controller = new AbortController();
    const call = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(failure('timeout'))),
      );
    const promise = service.execute(target, call, { signal: controller.signal });
    controller.abort(new Error('the user pressed stop'));
    const { error } = await settle(promise);
    expect(error?.message).toBe('the user pressed stop');
    expect(service.circuits()).toMatchObject([{ state: 'closed' }]);
  });
});

describe('circuit breaker', () => {
  const fail = (service: ResilienceService, owner = 'org_1', kind: ExternalErrorClass = 'unavailable') =>
    settle(service.execute({ provider: 'acme', credentialOwner: owner }, scripted(failure(kind)).call));

  it('opens after five failures in a row, tells its listeners, probes later and closes again', async () => {
    const service = new ResilienceService();
    const heard: CircuitReport['state'][] = [];
    service.onCircuitChange((report) => heard.push(report.state));
    for (let count = 0; count < 5; count += 1) await fail(service);
    const untouched = scripted('never');
    const { error } = await settle(service.execute(target, untouched.call));
    expect(untouched.at).toEqual([]);
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'not_sent', vendorCode: 'circuit_open' });
    expect(error?.retryAfterMs).toBeGreaterThan(0);
    expect(service.circuits()).toMatchObject([{ ...target, state: 'open' }]);

    await vi.advanceTimersByTimeAsync(10_000);
    expect(await settle(service.execute(target, scripted('back').call))).toEqual({ value: 'back' });
    expect(heard).toEqual(['open', 'half_open', 'closed']);
  });

  it('keeps one customer’s broken credential away from the others', async () => {
    const service = new ResilienceService();
    for (let count = 0; count < 5; count += 1) await fail(service, 'org_1');
    const other = { provider: 'acme', credentialOwner: 'org_2' };
    expect(await settle(service.execute(other, scripted('fine').call))).toEqual({ value: 'fine' });
  });

  it.each(['rate_limit', 'auth_expired', 'invalid_request', 'content_policy', 'quota'] as const)(
    'does not open for %s: the provider is up',
    async (kind) => {
      const service = new ResilienceService();
      for (let count = 0; count < 20; count += 1) await fail(service, 'org_1', kind);
      expect(service.circuits()).toMatchObject([{ state: 'closed' }]);
    },
  );

  it('reports the failure that may have arrived, not the repeat it kept back', async () => {
    const service = new ResilienceService({ failuresToOpen: 1 });
    const { at, call } = scripted(failure('unavailable'));
    const { error } = await settle(service.execute(target, call, { idempotent: true }));
    expect(at).toHaveLength(1);
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'unknown' });
  });
});

describe('bulkhead', () => {
  it('lets only so many calls run at once, queues some, and turns the rest away unsent', async () => {
    const service = new ResilienceService({ concurrency: 2, queue: 1 });
    let running = 0;
    let peak = 0;
    const slow = async () => {
      running += 1;
      peak = Math.max(peak, running);
      await new Promise((resolve) => setTimeout(resolve, 100));
      running -= 1;
      return 'ok';
    };
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => settle(service.execute(target, slow, { deadlineMs: 5_000 }))),
    );
    expect(peak).toBe(2);
    expect(results.filter((result) => result.value === 'ok')).toHaveLength(3);
    expect(results.find((result) => result.error)?.error).toMatchObject({
      outcome: 'not_sent',
      vendorCode: 'bulkhead_full',
    });
  });

  it('says not_sent when the deadline passes in the queue', async () => {
    const service = new ResilienceService({ concurrency: 1, queue: 5 });
    const busy = service.execute(target, () => new Promise((resolve) => setTimeout(resolve, 2_000)));
    const waiting = service.execute(target, async () => 'never', { deadlineMs: 500 });
    const [, second] = await Promise.all([settle(busy), settle(waiting)]);
    expect(second.error).toMatchObject({ kind: 'timeout', outcome: 'not_sent' });
  });
});
