import 'server-only';
import { LRUCache } from 'lru-cache';
import { derivedId } from '@/core/crypto/derived-id';
import type { EncryptionService } from '@/core/crypto/encryption';
import { hashSecret, safeEqual, sha256hex } from '@/core/crypto/secrets';
import {
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  SystemError,
  UnauthenticatedError,
} from '@/core/errors';
import { currentContext } from '@/core/http/context';
import type { RateLimiter } from '@/core/http/rate-limit';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { metrics } from '@/core/telemetry/metrics';
import type { Clock } from '@/core/time/clock';
import { type Refusal, type SignedRequest, type Verdict, xChallengeAnswer } from '@/core/webhooks/signatures';
import { webhookSecretsSchema } from '../schema';
import { liveSecrets, webhookSecretContext } from '../signing';
import {
  acknowledgement,
  type Envelope,
  notionToken,
  plainReply,
  RECEIVED,
  readEnvelope,
  type WebhookReply,
} from './envelope';
import type { GooglePushTokens } from './pubsub';
import type { InboundRegistration, InboundRepository } from './repository';
import { isTrial } from './trial-request';
import { verifyArrival } from './verification';

export const INBOUND_JOB = 'integrations.inbound_event';

/** What came and what was refused is kept this long. */
const KEEP_MS = 30 * 24 * 3600_000;
/** A registration is looked up anew at least so often, and before anything is refused. */
const KNOWN_MS = 10_000;

export interface ReceiverDeps {
  repository: InboundRepository;
  encryption: EncryptionService;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  limiter: Pick<RateLimiter, 'consume'>;
  tokens: Pick<GooglePushTokens, 'verify'>;
  /** Where vendors reach us; behind a proxy the request itself names another host. */
  appUrl: string;
  clock: Clock;
  ids: Ids;
}

/** A registration with its opened secrets. */
interface Target {
  registration: InboundRegistration;
  secrets: readonly string[];
}

interface Delivery {
  target: string;
  request: SignedRequest;
  ip: string;
}

/**
 * What vendors send. A delivery is verified over its raw bytes and kept together with its job in one commit before it is
 * acknowledged: it may be delayed, never lost, and is kept once however often it is sent.
 */
export class WebhookReceiver {
  static getInstance(): WebhookReceiver {
    return singleton<WebhookReceiver>('WebhookReceiver');
  }

  readonly #known = new LRUCache<string, Target>({ max: 5_000, ttl: KNOWN_MS });
  /** Senders of forged deliveries, until when they are not listened to. */
  readonly #muted = new LRUCache<string, Date>({ max: 50_000 });

  constructor(readonly deps: ReceiverDeps) {}

  /**
   * @throws NotFoundError for an unknown target, `gone` for a disabled one, RateLimitedError for a sender of forged deliveries,
   *   UnauthenticatedError for what does not verify, and the database's own error when it could not be kept.
   */
  async receive(target: string, request: Request, body: Uint8Array): Promise<WebhookReply> {
    const delivery = this.#delivery(target, request, body);
    const [id = '', pathSecret] = target.split('.', 2);
    let found = await this.#target(id);
    this.#requireUnmuted(delivery);
    let verdict = await this.#verify(found, delivery, pathSecret ?? null);
    if (!verdict.ok && this.#known.has(id)) {
      // The secret may have been rotated since.
      this.#known.delete(id);
      found = await this.#target(id);
      verdict = await this.#verify(found, delivery, pathSecret ?? null);
    }
    if (!verdict.ok) {
      const handshake = await this.#notionHandshake(found.registration, delivery);
      if (handshake) return handshake;
      return this.#refuse(found.registration, delivery, verdict.reason);
    }
    const envelope = readEnvelope(found.registration.providerId, delivery.request);
    const test = isTrial(delivery.request, found.secrets);
    return this.#accept(found.registration, delivery, envelope, test);
  }

  /** Answers what a vendor asks before it sends anything. @throws as {@link receive} does. */
  async challenge(target: string, request: Request): Promise<WebhookReply> {
    const delivery = this.#delivery(target, request, new Uint8Array());
    const { registration, secrets } = await this.#target(target);
    this.#requireUnmuted(delivery);
    const query = new URL(request.url).searchParams;
    const reply =
      registration.providerId === 'meta'
        ? metaChallenge(query, registration.verifyTokenHash)
        : registration.providerId === 'x'
          ? xChallenge(query, secrets)
          : null;
    if (!reply) return this.#refuse(registration, delivery, 'malformed');
    await this.#note(registration, delivery, 'handshake', 'challenge');
    return reply;
  }

  /** Forgets what is known of a registration in this process; other processes follow within seconds. */
  forget(registrationId: string): void {
    this.#known.delete(registrationId);
  }

  #delivery(target: string, request: Request, body: Uint8Array): Delivery {
    const { pathname, search } = rawParts(request.url);
    const url = new URL(this.deps.appUrl).origin + pathname + search;
    const signed = { method: request.method, url, headers: request.headers, body };
    return { target, request: signed, ip: currentContext()?.ip ?? 'local' };
  }

  async #target(id: string): Promise<Target> {
    const target = this.#known.get(id) ?? (await this.#look(id));
    if (target.registration.status === 'disabled') {
      throw new SystemError(
        'This webhook is switched off. Switch it on in IriSync, or remove it at the sender.',
        'gone',
      );
    }
    return target;
  }

  async #look(id: string): Promise<Target> {
    const found = await this.deps.repository.target(id);
    if (!found) throw new NotFoundError('This webhook');
    const { registration, payload } = found;
    const context = webhookSecretContext(registration.organizationId, id);
    const opened = payload ? await this.deps.encryption.decryptJson(payload, context) : [];
    const live = liveSecrets(webhookSecretsSchema.parse(opened), this.deps.clock.now());
    const target = { registration, secrets: live.map(({ secret }) => secret) };
    this.#known.set(id, target);
    return target;
  }

  #verify(
    { registration, secrets }: Target,
    { request, ip }: Delivery,
    pathSecret: string | null,
  ): Promise<Verdict> {
    const { providerId, settings } = registration;
    const now = this.deps.clock.now();
    return verifyArrival({ providerId, request, ip, pathSecret, secrets, settings, now }, this.deps.tokens);
  }

  async #accept(
    registration: InboundRegistration,
    delivery: Delivery,
    envelope: Envelope,
    test: boolean,
  ): Promise<WebhookReply> {
    if (envelope.kind === 'handshake') {
      await this.#note(registration, delivery, 'handshake', 'challenge');
      return envelope.reply;
    }
    // A test of ours proves nothing about the vendor.
    if (!registration.verified && !test) await this.#markVerified(registration);
    const reply = acknowledgement(registration.providerId);
    const unparseable = envelope.kind === 'unparseable';
    const topic = unparseable ? '' : envelope.topic;
    const { events } = registration;
    if (!unparseable && !test && events.length > 0 && !events.includes(topic)) return reply;
    const { repository, jobs, clock } = this.deps;
    const { id: registrationId, organizationId, providerId } = registration;
    const named = unparseable ? null : envelope.deliveryId;
    const deliveryId = named ?? sha256hex(delivery.request.body);
    const eventId = derivedId([registrationId, providerId, deliveryId]);
    const now = clock.now();
    const fields = {
      ...{ organizationId, registrationId, providerId, deliveryId: deliveryId.slice(0, 500), topic },
      status: unparseable ? ('unparseable' as const) : ('received' as const),
      receivedAt: now,
      processedAt: null,
      error: unparseable ? `The body was ${envelope.reason}.` : null,
      replays: 0,
      test,
      expiresAt: new Date(now.getTime() + KEEP_MS),
    };
    const enqueue = async (tx: Parameters<typeof jobs.enqueueIn>[0]) =>
      unparseable ? undefined : jobs.enqueueIn(tx, { type: INBOUND_JOB, payload: { eventId } });
    const kept = await repository.keep(eventId, fields, delivery.request.body, enqueue);
    if (kept && unparseable) await this.#note(registration, delivery, 'unparseable', envelope.reason);
    return reply;
  }

  async #markVerified(registration: InboundRegistration): Promise<void> {
    await this.deps.repository.db.update(this.deps.repository.registrationRef(registration.id), {
      verified: true,
    });
    this.#known.delete(registration.id);
  }

  /** A forged delivery never changes its registration: it is written down and counted against its sender. */
  async #refuse(registration: InboundRegistration, delivery: Delivery, reason: Refusal): Promise<never> {
    metrics.webhookRefused(registration.providerId, reason);
    const key = senderOf(delivery);
    const { allowed, resetSeconds } = await this.deps.limiter.consume('forgery', key);
    if (!allowed) {
      this.#muted.set(key, new Date(this.deps.clock.now().getTime() + resetSeconds * 1000));
      throw tooMany(resetSeconds);
    }
    await this.#note(registration, delivery, 'refused', reason);
    throw new UnauthenticatedError(REFUSALS[reason]);
  }

  #requireUnmuted(delivery: Delivery): void {
    const until = this.#muted.get(senderOf(delivery));
    const left = until ? until.getTime() - this.deps.clock.now().getTime() : 0;
    if (left > 0) throw tooMany(Math.ceil(left / 1000));
  }

  /**
   * Notion sends the token that will sign everything else, once, to an address nobody else knows. Taken while nothing has
   * verified yet, for a quarter of an hour.
   */
  async #notionHandshake(
    registration: InboundRegistration,
    delivery: Delivery,
  ): Promise<WebhookReply | null> {
    const { repository, encryption, clock, ids } = this.deps;
    const { id, organizationId, verified, handshakeUntil } = registration;
    if (registration.providerId !== 'notion' || verified || clock.now() > handshakeUntil) return null;
    const token = notionToken(delivery.request.body);
    if (!token) return null;
    const secret = { id: ids.next(), secret: token, expiresAt: null };
    const payload = await encryption.encryptJson([secret], webhookSecretContext(organizationId, id));
    await repository.run(async (tx) => {
      const current = await repository.registrationIn(tx, organizationId, id);
      if (!current || current.verified) throw new ForbiddenError('This webhook is verified already.');
      tx.set(repository.secretRef(id), { organizationId, kind: 'webhook_secret', payload });
      tx.update(repository.registrationRef(id), {
        secrets: [{ id: secret.id, hint: token.slice(-4), expiresAt: null }],
      });
    });
    this.#known.delete(id);
    await this.#note(registration, delivery, 'handshake', 'verification_token');
    return RECEIVED;
  }

  #note(
    { id: registrationId, organizationId, providerId }: InboundRegistration,
    { request, ip }: Delivery,
    outcome: 'refused' | 'handshake' | 'unparseable',
    reason: string,
  ): Promise<void> {
    const { repository, clock, ids } = this.deps;
    const at = clock.now();
    return repository.audit(ids.next(), {
      ...{ organizationId, registrationId, providerId, outcome, reason, ip, at },
      bytes: request.body.byteLength,
      requestId: currentContext()?.requestId ?? '',
      expiresAt: new Date(at.getTime() + KEEP_MS),
    });
  }
}

const REFUSALS: Record<Refusal, string> = {
  secret_missing: 'No secret is known for this webhook yet. Set it in IriSync, then send again.',
  header_missing: 'The signature is missing.',
  timestamp_invalid: 'The timestamp is not a number.',
  timestamp_out_of_tolerance: 'The timestamp is more than five minutes from our clock.',
  signature_mismatch: 'The signature does not fit this body and secret.',
  malformed: 'This is not what the sender of this webhook sends.',
  sender_not_allowed: 'This sender may not use this webhook.',
};

const senderOf = ({ target, ip }: Delivery) => `${target.slice(0, 60)}:${ip}`;
const tooMany = (seconds: number) =>
  new RateLimitedError('Too many deliveries that did not verify. Wait, and check the secret.', seconds);

/** Path and query exactly as they were written: parsing would decode what the sender signed. */
function rawParts(url: string): { pathname: string; search: string } {
  const path = url.slice(new URL(url).origin.length).split('#')[0] ?? '';
  const at = path.indexOf('?');
  return at < 0 ? { pathname: path, search: '' } : { pathname: path.slice(0, at), search: path.slice(at) };
}

/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
function metaChallenge(query: URLSearchParams, verifyTokenHash: string | null): WebhookReply | null {
  const challenge = query.get('hub.challenge');
  const token = query.get('hub.verify_token');
  if (query.get('hub.mode') !== 'subscribe' || !challenge || !token || !verifyTokenHash) return null;
  return safeEqual(hashSecret(token), verifyTokenHash) ? plainReply(challenge) : null;
}

function xChallenge(query: URLSearchParams, secrets: readonly string[]): WebhookReply | null {
  const token = query.get('crc_token');
  const [secret] = secrets;
  if (!token || !secret) return null;
  return {
    contentType: 'application/json',
    body: JSON.stringify({ response_token: xChallengeAnswer(token, secret) }),
  };
}
