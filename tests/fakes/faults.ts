import type { Clock } from '@/core/time/clock';
import type { FakeAnswer, FakeRequest } from './platforms/server';

/**
 * Everything that goes wrong between us and a vendor, for every fake alike: faults of single calls, what records do to a reader, and
 * deliveries that come twice and out of order. Vendors fill in their own words; a vendor's own faults, such as HubSpot's 207, are in
 * its fake.
 */
export type FaultPoint = 'commit' | 'upload' | 'token' | 'read';
/** Answered in the vendor's own words. */
export type Refusal = 'rate_limit' | 'server_error' | 'reject' | 'unauthorized';
/**
 * What becomes of an answer: it comes late; the last one to such a call comes once more, whatever is asked; the vendor's words for
 * an error come under 200; a list seems to end although there is more; a refusal repeats what was sent, secrets included.
 */
const TWISTS = ['latency', 'repeat_answer', 'hollow', 'short_list', 'tell_tale'] as const;
export type Twist = (typeof TWISTS)[number];
export type FaultKind =
  | Refusal
  | Twist
  | 'timeout'
  | 'reset_before'
  | 'accept_then_reset'
  | 'accept_late'
  /** Cut in the middle of its JSON. */
  | 'malformed_body';

export function isTwist(kind: FaultKind): kind is Twist {
  return (TWISTS as readonly string[]).includes(kind);
}

export interface NetworkFault {
  on: FaultPoint;
  kind: FaultKind;
  times?: number;
  /** Calls of that point to let through first. */
  skip?: number;
  /** Only these of that point's calls. */
  of?: (request: FakeRequest) => boolean;
  retryAfterSeconds?: number;
  delayMs?: number;
}

/** Faults that wait for their calls, first come first served per point. */
export class FaultQueue {
  readonly #faults: (NetworkFault & { times: number; skip: number })[] = [];

  add(fault: NetworkFault): void {
    this.#faults.push({ times: 1, skip: 0, ...fault });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  take(point: FaultPoint, request: FakeRequest): NetworkFault | undefined {
    const fault = this.#faults.find(({ on, of }) => on === point && (of?.(request) ?? true));
    if (!fault) return undefined;
    if (fault.skip > 0) {
      fault.skip -= 1;
      return undefined;
    }
    fault.times -= 1;
    if (fault.times <= 0) this.#faults.splice(this.#faults.indexOf(fault), 1);
    return fault;
  }
}

const KEPT = 20;

/** The last answers, for a vendor that gives one of them again. */
export class LastAnswers {
  readonly #kept: { point: FaultPoint; request: FakeRequest; answer: FakeAnswer }[] = [];

  add(point: FaultPoint, request: FakeRequest, answer: FakeAnswer): void {
    // Uploads are large, and their answers are of no use to anybody else.
    if (point === 'upload') return;
    this.#kept.push({ point, request, answer });
    if (this.#kept.length > KEPT) this.#kept.shift();
  }

  last({ on, of }: NetworkFault): FakeAnswer | undefined {
    return this.#kept.findLast(({ point, request }) => point === on && (of?.(request) ?? true))?.answer;
  }
}

/** Half of what it would have been. */
export function cut({ status, body, raw }: FakeAnswer): FakeAnswer {
  const whole = raw ?? JSON.stringify(body ?? { id: 'cut' });
  return { status, raw: whole.slice(0, Math.max(1, Math.floor(whole.length / 2))) };
}

/** Words under which vendors say where a list goes on; without them it seems to end. */
const GOES_ON: ReadonlySet<string> = new Set([
  ...['paging', 'nextRecordsUrl', 'next_cursor', 'has_more', 'response_metadata'],
]);

/** The list's last page, as far as anybody can see. */
export function ended(answer: FakeAnswer): FakeAnswer {
  const { body, headers: { link: _link, ...headers } = {} } = answer;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { ...answer, headers };
  const left = Object.entries(body).filter(([name]) => !GOES_ON.has(name));
  return {
    ...answer,
    headers,
    body: { ...Object.fromEntries(left), ...('done' in body ? { done: true } : {}) },
  };
}

const SENTENCE = /message|description/i;

/** The refusal with what was sent in each of its sentences. */
export function tellTale(answer: FakeAnswer, sent: string): FakeAnswer {
  const told = (name: string, value: unknown): unknown => {
    if (typeof value === 'string') return SENTENCE.test(name) ? `${value} You sent: ${sent}` : value;
    if (Array.isArray(value)) return value.map((one) => told(name, one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, told(key, one)]));
  };
  return { ...answer, body: told('', answer.body) };
}

/** A vendor's clock, so many milliseconds ahead of ours. */
export function skewed(ours: Clock, milliseconds: number): Clock {
  return { now: () => new Date(ours.now().getTime() + milliseconds) };
}

/** Each delivery as often as it is told, and the later ones first. */
export function twiceAndReordered<T>(deliveries: readonly T[]): T[] {
  return [...deliveries.toReversed(), ...deliveries];
}
