import 'server-only';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { EventMeta, EventType, PayloadOf, Subscription } from './event-type';

/**
 * In-process bus. One handler's failure never reaches the emitter or the other handlers.
 * What must not be lost goes through the {@link Outbox} instead of `emit`.
 */
export class EventBus {
  readonly #subscriptions = new Map<string, Subscription[]>();

  constructor(
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  /** @returns a function that ends the subscription. A name may be registered once per event. */
  subscribe<E extends EventType>(
    event: E,
    name: string,
    handle: (payload: PayloadOf<E>, meta: EventMeta) => Promise<void>,
    options: { durable?: boolean } = {},
  ): () => void {
    const list = this.#subscriptions.get(event.name) ?? [];
    if (list.some((known) => known.name === name)) throw new Error(`${name} already handles ${event.name}.`);
    const subscription = {
      name,
      event,
      durable: options.durable ?? false,
      handle,
    } as unknown as Subscription;
    this.#subscriptions.set(event.name, [...list, subscription]);
    return () => {
      const now = this.#subscriptions.get(event.name) ?? [];
      this.#subscriptions.set(
        event.name,
        now.filter((one) => one !== subscription),
      );
    };
  }

  subscriptions(eventName: string): readonly Subscription[] {
    return this.#subscriptions.get(eventName) ?? [];
  }

  /** Runs every handler to its end; failures are logged. Resolves when all are done. */
  async emit<E extends EventType>(event: E, payload: PayloadOf<E>, meta?: EventMeta): Promise<void> {
    event.payload.parse(payload);
    const facts = meta ?? { eventId: this.ids.next('evt'), occurredAt: this.clock.now() };
    await Promise.all(
      this.subscriptions(event.name).map((subscription) => this.deliver(subscription, payload, facts)),
    );
  }

  /** @returns whether the handler succeeded. */
  async deliver(subscription: Subscription, payload: unknown, meta: EventMeta): Promise<boolean> {
    try {
      await subscription.handle(subscription.event.payload.parse(payload), meta);
      return true;
    } catch (error) {
      logger.error(
        { err: error, event: subscription.event.name, handler: subscription.name },
        'an event handler failed',
      );
      return false;
    }
  }
}
