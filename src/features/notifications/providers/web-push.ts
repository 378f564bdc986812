import 'server-only';
import { createECDH } from 'node:crypto';
import webPush from 'web-push';
import { ExternalServiceError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';
import type { PushKeys } from '../push-schema';

const PROVIDER = 'web_push';
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 16 * 1024;

export interface Vapid {
  publicKey: string;
  privateKey: string;
  /** Whom a push service may write to: `mailto:` or https. */
  subject: string;
}

export interface PushTarget {
  endpoint: string;
  keys: PushKeys;
}

export interface PushOptions {
  urgent: boolean;
  /** Seconds the push service keeps it for a browser that is offline. */
  ttlSeconds: number;
  /** At most 32 characters of URL-safe base64: a waiting message is replaced by the next one of its topic (RFC 8030 §5.4). */
  topic: string;
}

/** The push service says that nobody listens at this endpoint any more. */
export class SubscriptionGoneError extends Error {
  constructor(readonly status: number) {
    super(`The push service answered ${status}: this browser no longer listens.`);
    this.name = 'SubscriptionGoneError';
  }
}

/** Messages to browsers by Web Push: sealed for one browser (RFC 8291), signed by this installation (VAPID, RFC 8292). */
export class WebPush {
  /** @throws Error when the two keys are no pair: every push service would refuse every message. */
  constructor(
    readonly vapid: Vapid,
    readonly http: Pick<OutboundHttp, 'request'>,
    readonly now: () => Date,
    readonly timeoutMs = TIMEOUT_MS,
  ) {
    const curve = createECDH('prime256v1');
    curve.setPrivateKey(vapid.privateKey, 'base64url');
    if (curve.getPublicKey('base64url') !== vapid.publicKey) {
      throw new Error('VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY are not a pair. Set both from the same run.');
    }
  }

  get publicKey(): string {
    return this.vapid.publicKey;
  }

  /**
   * Hands a message to the browser's push service. The endpoint came from a browser, so only public addresses are called.
   *
   * No circuit breaker: anybody may name an endpoint, and one that is down must not show as trouble of ours.
   * @throws SubscriptionGoneError on 404 and 410 (RFC 8030 §7.3).
   * @throws ExternalServiceError for every other refusal, retryable on 429, 5xx and silence.
   */
  async send({ endpoint, keys }: PushTarget, message: unknown, options: PushOptions): Promise<void> {
    const details = webPush.generateRequestDetails({ endpoint, keys }, JSON.stringify(message), {
      vapidDetails: this.vapid,
      TTL: options.ttlSeconds,
      urgency: options.urgent ? 'high' : 'normal',
      topic: options.topic,
      contentEncoding: 'aes128gcm',
    });
    const answer = await this.http.request({
      provider: PROVIDER,
      method: 'POST',
      url: endpoint,
      headers: Object.fromEntries(
        Object.entries(details.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: details.body,
      guarded: true,
      timeoutMs: this.timeoutMs,
      maxResponseBytes: ANSWER_BYTES,
    });
    await answer.discard();
    if (answer.ok) return;
    if (answer.status === 404 || answer.status === 410) throw new SubscriptionGoneError(answer.status);
    throw statusFailure(PROVIDER, answer, { now: this.now() });
  }
}

/** 401 and 403 speak of our signature, not of the browser. */
export function refusesUs(error: unknown): boolean {
  return error instanceof ExternalServiceError && (error.vendorStatus === 401 || error.vendorStatus === 403);
}
