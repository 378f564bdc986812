import 'server-only';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';
import { ServiceUnavailableError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import type { Clock } from '@/core/time/clock';
import { refusedFor, VERIFIED, type Verdict } from '@/core/webhooks/signatures';

const KEPT_MS = 3600_000;
/** A key we do not know may be new at Google's: asked for again, but not for every forged token. */
const RETRY_MS = 60_000;
const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];

const keysSchema = z.object({
  keys: z
    .array(z.looseObject({ kid: z.string(), kty: z.literal('RSA'), n: z.string(), e: z.string() }))
    .min(1),
});

export interface PushToken {
  authorization: string | null;
  audience: string;
  serviceAccountEmail: string;
}

/** Tokens with which Google signs its pushes (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions). */
export class GooglePushTokens {
  #known: { keys: JSONWebKeySet; at: number } | null = null;

  /** @param keysUrl where Google publishes its keys. */
  constructor(
    readonly http: Pick<OutboundHttp, 'request'>,
    readonly clock: Clock,
    readonly keysUrl: string,
  ) {}

  /** @throws ServiceUnavailableError while Google's keys cannot be had: a token nobody could check is neither right nor wrong. */
  async verify({ authorization, audience, serviceAccountEmail }: PushToken): Promise<Verdict> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (!token) return refusedFor('header_missing');
    const claims = await this.#claims(token, audience);
    if (!claims) return refusedFor('signature_mismatch');
    const fits = claims.email === serviceAccountEmail && claims.email_verified === true;
    return fits ? VERIFIED : refusedFor('sender_not_allowed');
  }

  async #claims(token: string, audience: string): Promise<Record<string, unknown> | null> {
    const open = async (keys: JSONWebKeySet) => {
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
        algorithms: ['RS256'],
        issuer: ISSUERS,
        audience,
        requiredClaims: ['exp'],
        currentDate: this.clock.now(),
      });
      return payload as Record<string, unknown>;
    };
    try {
      return await open(await this.#keys(KEPT_MS)).catch(async (error: unknown) => {
        if (error instanceof errors.JWKSNoMatchingKey) return open(await this.#keys(RETRY_MS));
        throw error;
      });
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  async #keys(maxAgeMs: number): Promise<JSONWebKeySet> {
    const now = this.clock.now().getTime();
    if (this.#known && now - this.#known.at < maxAgeMs) return this.#known.keys;
    try {
      const answer = await this.http.request({ provider: 'google', url: this.keysUrl, timeoutMs: 5_000 });
      this.#known = { keys: keysSchema.parse(await answer.json()) as JSONWebKeySet, at: now };
      return this.#known.keys;
    } catch (error) {
      throw new ServiceUnavailableError(
        'The keys of the sender could not be fetched. Send it again.',
        'service_unavailable',
        { cause: error, retryAfterSeconds: 30 },
      );
    }
  }
}
