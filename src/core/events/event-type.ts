import type { z } from 'zod';

/** An event a feature announces: its name and the zod schema of its payload. Names are stable; payloads only grow. */
export interface EventType<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: S;
}

export type PayloadOf<E> = E extends EventType<infer S> ? z.output<S> : never;

export function defineEvent<S extends z.ZodType>(name: string, payload: S): EventType<S> {
  return { name, payload };
}

export interface EventMeta {
  /** Same id on every redelivery: what handlers are idempotent by. */
  eventId: string;
  occurredAt: Date;
}

export interface Subscription<E extends EventType = EventType> {
  /** Names the handler in the outbox's list of acknowledgements: `dashboard.on_published`. Never rename one in flight. */
  readonly name: string;
  readonly event: E;
  /** Durable handlers are retried from the outbox until they succeed; others run once, best effort. */
  readonly durable: boolean;
  handle(payload: PayloadOf<E>, meta: EventMeta): Promise<void>;
}

/** How a feature subscribes: the bus's own `subscribe`, or the composition root's `listen`. */
export type Listen = <E extends EventType>(
  event: E,
  name: string,
  handle: (payload: PayloadOf<E>, meta: EventMeta) => Promise<void>,
  options?: { durable?: boolean },
) => unknown;
