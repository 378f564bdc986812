import 'server-only';
import type { EventMeta, EventType, PayloadOf } from '@/core/events/event-type';
import { core } from './core';

const KEY = Symbol.for('irisync.listeners');
type Holder = { [KEY]?: Map<string, () => void> };

/**
 * Subscribes a service to an event, in its room's `services/<room>.ts`. Loading that file again (a hot reload) replaces the
 * subscription. `name` stands in the outbox's acknowledgements: never rename one.
 * A durable handler is retried until it succeeds and must be idempotent by `meta.eventId`.
 */
export function listen<E extends EventType>(
  event: E,
  name: string,
  handle: (payload: PayloadOf<E>, meta: EventMeta) => Promise<void>,
  options: { durable?: boolean } = {},
): void {
  const holder = globalThis as Holder;
  holder[KEY] ??= new Map();
  const id = `${event.name}/${name}`;
  holder[KEY].get(id)?.();
  holder[KEY].set(id, core.bus.subscribe(event, name, handle, options));
}
