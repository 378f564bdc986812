import 'server-only';
import { createHash, ECDH } from 'node:crypto';
import type { EncryptionService } from '@/core/crypto/encryption';
import { sha256hex } from '@/core/crypto/secrets';
import { NotFoundError, ServiceUnavailableError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { browserLabel } from './browser-label';
import {
  MAX_BROWSERS,
  type PushRepository,
  type PushSubscriptionDoc,
  pushKeysContext,
} from './push-repository';
import type { PushSubscriptionView, PushView, SubscribePushBody } from './push-schema';

export interface PushSubscriptionDeps {
  repository: PushRepository;
  encryption: EncryptionService;
  /** Null without VAPID settings. */
  publicKey: string | null;
  /** Why an address may not be called; undefined when it may. */
  refusal(url: string): Promise<string | undefined>;
  /** Private hosts that may be called, also without TLS. */
  allowHosts: readonly string[];
}

/** The browsers a person wants to hear from us in. */
export class PushSubscriptionService {
  static getInstance(): PushSubscriptionService {
    return singleton<PushSubscriptionService>('PushSubscriptionService');
  }

  constructor(readonly deps: PushSubscriptionDeps) {}

  /** @throws ServiceUnavailableError `push_not_configured` */
  async list(userId: string): Promise<PushView> {
    const publicKey = this.#requireKey();
    const found = await this.deps.repository.subscriptionsOf(userId);
    const newest = found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    return { publicKey, subscriptions: newest.map(toView) };
  }

  /**
   * Adds a browser; the same one again changes nothing but its keys. Beyond ten the one that heard from us longest ago makes
   * room: nobody tidies a list they never see before they may be told something.
   * @throws ValidationError for keys no browser makes and addresses that may not be called.
   * @throws ServiceUnavailableError `push_not_configured`
   */
  async subscribe(userId: string, body: SubscribePushBody, userAgent: string | null): Promise<PushView> {
    const serverKey = this.#requireKey();
    requirePoint(body.keys.p256dh);
    await this.#requireCallable(body.endpoint);
    const { repository, encryption } = this.deps;
    const id = subscriptionIdOf(userId, body.endpoint);
    const keys = await encryption.encryptJson(body.keys, pushKeysContext(id));
    await repository.run(async (tx) => {
      const others = (await repository.subscriptionsIn(tx, userId)).filter((one) => one.id !== id);
      const known = await tx.get(repository.subscriptionRef(id));
      const tooMany = others.length - (MAX_BROWSERS - 1);
      const quietest = others.sort((a, b) => lastHeard(a) - lastHeard(b)).slice(0, Math.max(0, tooMany));
      for (const one of quietest) tx.delete(repository.subscriptionRef(one.id));
      const said = { keys, serverKey, label: browserLabel(userAgent), failures: 0 };
      if (known) tx.update(repository.subscriptionRef(id), said);
      else repository.putIn(tx, id, { ...said, userId, endpoint: body.endpoint, lastSuccessAt: null });
    });
    return this.list(userId);
  }

  /** @throws NotFoundError when it is not one of this person's. */
  async unsubscribe(userId: string, id: string): Promise<void> {
    this.#requireKey();
    const known = await this.deps.repository.subscription(id);
    if (known?.userId !== userId) throw new NotFoundError('This browser');
    await this.deps.repository.remove(id);
  }

  /** After a sign-out everywhere: whoever sits at one of those browsers now is not told anything more. */
  async forgetAll(userId: string): Promise<void> {
    const { repository } = this.deps;
    for (const { id } of await repository.subscriptionsOf(userId)) await repository.remove(id);
  }

  #requireKey(): string {
    if (this.deps.publicKey) return this.deps.publicKey;
    throw new ServiceUnavailableError(
      'This installation sends no web push. Its operator sets VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT.',
      'push_not_configured',
    );
  }

  async #requireCallable(endpoint: string): Promise<void> {
    const reason = (await this.deps.refusal(endpoint)) ?? this.#schemeFault(endpoint);
    if (reason) throw ValidationError.at('body.endpoint', reason);
  }

  /** RFC 8030 §8 asks for https; the operator's own hosts may do without. */
  #schemeFault(endpoint: string): string | undefined {
    const { protocol, hostname, host } = new URL(endpoint);
    const { allowHosts } = this.deps;
    if (protocol === 'https:' || allowHosts.includes(hostname) || allowHosts.includes(host)) return undefined;
    return 'The address must start with https://.';
  }
}

/** The person is part of it: two people at one browser never share a subscription. */
export function subscriptionIdOf(userId: string, endpoint: string): string {
  return `push_${createHash('sha256').update(`${userId}/${endpoint}`).digest('base64url').slice(0, 27)}`;
}

function lastHeard(one: PushSubscriptionDoc): number {
  return (one.lastSuccessAt ?? one.createdAt).getTime();
}

/** 65 bytes that are no point of the curve would fail at every single message. */
function requirePoint(p256dh: string): void {
  try {
    ECDH.convertKey(p256dh, 'prime256v1', 'base64url', 'base64url', 'uncompressed');
  } catch {
    throw ValidationError.at('body.keys.p256dh', 'This is no public key of a browser.');
  }
}

function toView({
  id,
  label,
  endpoint,
  createdAt,
  lastSuccessAt,
}: PushSubscriptionDoc): PushSubscriptionView {
  return { id, label, endpointHash: sha256hex(endpoint), createdAt, lastSuccessAt };
}
