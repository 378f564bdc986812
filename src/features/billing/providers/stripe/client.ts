import 'server-only';
import Stripe from 'stripe';
import type { OutboundHttp } from '@/core/http/outbound';
import { outboundFetch } from '@/core/http/outbound-fetch';
import type { ExecuteOptions, ResilienceTarget } from '@/core/resilience/policy';
import { fromStripe } from './errors';

const TIMEOUT_MS = 20_000;
const DEADLINE_MS = 40_000;

export interface StripeSettings {
  secretKey: string;
  /** Another address for the API, for tests and proxies: scheme, host and port. */
  baseUrl: string | undefined;
}

interface Resilience {
  execute<T>(
    target: ResilienceTarget,
    call: (signal: AbortSignal) => Promise<T>,
    options?: ExecuteOptions,
  ): Promise<T>;
}

/** Stripe's own SDK over our transport: our limits and time-outs, our retries, our classified errors. */
export class StripeClient {
  readonly sdk: Stripe;

  constructor(
    settings: StripeSettings,
    http: OutboundHttp,
    readonly resilience: Resilience,
    readonly newKey: () => string,
  ) {
    const base = settings.baseUrl ? new URL(settings.baseUrl) : undefined;
    this.sdk = new Stripe(settings.secretKey, {
      httpClient: Stripe.createFetchHttpClient(
        outboundFetch(http, { provider: 'stripe', timeoutMs: TIMEOUT_MS }),
      ),
      // Retries are ours: they know the circuit, the deadline and Retry-After.
      maxNetworkRetries: 0,
      timeout: TIMEOUT_MS,
      telemetry: false,
      appInfo: { name: 'IriSync' },
      ...(base
        ? {
            host: base.hostname,
            port: base.port || (base.protocol === 'http:' ? '80' : '443'),
            protocol: base.protocol === 'http:' ? ('http' as const) : ('https' as const),
          }
        : {}),
    });
  }

  /** Reads may be repeated as they are. @throws ExternalServiceError */
  read<T>(call: (sdk: Stripe) => Promise<T>): Promise<T> {
    return this.#execute(() => call(this.sdk));
  }

  /**
   * Writes are repeated under one idempotency key, so Stripe does them once however often they arrive.
   * @param key names the piece of work where repeating it later must not do it again; else a new one.
   * @throws ExternalServiceError; SystemError `payment_declined`.
   */
  write<T>(
    call: (sdk: Stripe, options: { idempotencyKey: string }) => Promise<T>,
    key = this.newKey(),
  ): Promise<T> {
    return this.#execute(() => call(this.sdk, { idempotencyKey: key }));
  }

  #execute<T>(call: () => Promise<T>): Promise<T> {
    return this.resilience.execute(
      { provider: 'stripe', credentialOwner: 'platform' },
      async () => {
        try {
          return await call();
        } catch (error) {
          throw fromStripe(error);
        }
      },
      { idempotent: true, deadlineMs: DEADLINE_MS },
    );
  }
}
