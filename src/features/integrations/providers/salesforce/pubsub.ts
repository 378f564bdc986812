import 'server-only';
import type { Client, ClientDuplexStream, Metadata, MethodDefinition, ServiceError } from '@grpc/grpc-js';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import { ExternalServiceError } from '@/core/errors';
import {
  type ChangeBatch,
  type ChangeConnection,
  type ChangeFeed,
  FeedError,
  type ListenOptions,
} from '../../changes/feed';
import type { Secret } from '../../credentials/schema';
import type { VendorSession } from '../types';
import { ChangeEvents } from './change-events';
import { PUBSUB_INTERFACE, PUBSUB_SERVICE, REPLAY } from './pubsub.data';
import { troubleOf } from './pubsub-trouble';

const HOUR_MS = 3_600_000;
/** Events are kept for three days. @see https://developer.salesforce.com/docs/platform/pub-sub-api/guide/event-message-durability.html */
const KEPT_MS = 72 * HOUR_MS;
const TOPICS: Readonly<Record<string, string>> = {
  contact: '/data/ContactChangeEvent',
  company: '/data/AccountChangeEvent',
  lead: '/data/LeadChangeEvent',
  opportunity: '/data/OpportunityChangeEvent',
};
/** Events that may be under way at once, the most Salesforce takes; asked for anew when half of them are here. */
const ASKED = 100;
const CALL_MS = 20_000;
/** Salesforce says something every 270 s at least. */
const SILENCE_MS = 330_000;
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** An event is up to 1 MB, an answer several of them. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const bytes = z.instanceof(Buffer);
const topicInfo = z.object({ canSubscribe: z.boolean() });
const schemaInfo = z.object({ schemaJson: z.string() });
const fetchResponse = z.object({
  events: z.array(z.object({ event: z.object({ schemaId: z.string(), payload: bytes }), replayId: bytes })),
  latestReplayId: bytes,
  pendingNumRequested: z.int(),
});

type Method = MethodDefinition<object, object>;
type Stream = ClientDuplexStream<object, object>;

export interface PubSubDeps {
  env: Pick<Env, 'SALESFORCE_PUBSUB_URL'>;
  silenceMs?: number;
}

/** Salesforce's change events over its Pub/Sub API. gRPC is loaded with the first connection: only workers listen. */
export class SalesforceChanges implements ChangeFeed {
  readonly entities = Object.keys(TOPICS);
  readonly keptMs = KEPT_MS;
  readonly #events = new ChangeEvents();

  constructor(readonly deps: PubSubDeps) {}

  async open({ accountId }: { accountId: string }, session: VendorSession): Promise<ChangeConnection> {
    const [grpc, { fromJSON }] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
    const address = new URL(this.deps.env.SALESFORCE_PUBSUB_URL);
    const plain = address.protocol === 'http:' && address.hostname === '127.0.0.1';
    const port = address.port || (plain ? '80' : '443');
    const client = new grpc.Client(
      `${address.hostname}:${port}`,
      plain ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(),
      {
        'grpc.keepalive_time_ms': KEEPALIVE_MS,
        'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
        'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
        // Trouble is told, and waited out with the others' in mind.
        'grpc.enable_retries': 0,
        // One line for each account: a line carries only so many streams.
        'grpc.use_local_subchannel_pool': 1,
      },
    );
    const methods = fromJSON(PUBSUB_INTERFACE as Parameters<typeof fromJSON>[0], {
      defaults: true,
      arrays: true,
    })[PUBSUB_SERVICE];
    return new PubSubConnection({
      ...{ client, session, accountId },
      methods: methods as unknown as Record<'Subscribe' | 'GetSchema' | 'GetTopic', Method>,
      metadata: () => new grpc.Metadata(),
      events: this.#events,
      silenceMs: this.deps.silenceMs ?? SILENCE_MS,
    });
  }
}

interface ConnectionDeps {
  client: Client;
  session: VendorSession;
  accountId: string;
  methods: Record<'Subscribe' | 'GetSchema' | 'GetTopic', Method>;
  metadata(): Metadata;
  events: ChangeEvents;
  silenceMs: number;
}

class PubSubConnection implements ChangeConnection {
  constructor(readonly deps: ConnectionDeps) {}

  close(): void {
    this.deps.client.close();
  }

  async *listen(
    entity: string,
    after: string | null,
    { signal, accepted }: ListenOptions,
  ): AsyncGenerator<ChangeBatch> {
    const { version, secret } = await this.#secret();
    const metadata = this.#signed(secret);
    try {
      const topicName = topicOf(entity);
      const { canSubscribe } = topicInfo.parse(await this.#call('GetTopic', { topicName }, metadata));
      if (!canSubscribe) throw new FeedError('not_allowed', `Nobody may listen to ${topicName}.`);
      accepted();
      yield* this.#batches(topicName, after, metadata, signal);
    } catch (error) {
      throw await this.#explained(error, version);
    }
  }

  async *#batches(
    topicName: string,
    after: string | null,
    metadata: Metadata,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch> {
    signal.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = this.deps.methods.Subscribe;
    const stream: Stream = this.deps.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
    );
    // A stream that is given up says so once more, after nobody reads it.
    stream.on('error', () => undefined);
    const end = () => stream.cancel();
    signal.addEventListener('abort', end, { once: true });
    const silence = setTimeout(end, this.deps.silenceMs);
    try {
      const place = after
        ? { replayPreset: REPLAY.custom, replayId: Buffer.from(after, 'base64') }
        : { replayPreset: REPLAY.latest };
      stream.write({ topicName, ...place, numRequested: ASKED });
      for await (const message of stream) {
        silence.refresh();
        const answer = fetchResponse.parse(message);
        yield await this.#batch(answer, metadata);
        silence.refresh();
        const room = ASKED - answer.pendingNumRequested;
        if (room >= ASKED / 2) stream.write({ topicName, numRequested: room });
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', end);
      stream.cancel();
    }
  }

  async #batch(answer: z.output<typeof fetchResponse>, metadata: Metadata): Promise<ChangeBatch> {
    const { events } = this.deps;
    const schemaOf = (schemaId: string) => this.#schema(schemaId, metadata);
    const hints = [];
    for (const { event } of answer.events)
      hints.push(await events.hint(event.schemaId, event.payload, schemaOf));
    // The place after these; that of the feed as a whole only where there are none.
    const place = answer.events.at(-1)?.replayId ?? answer.latestReplayId;
    return { hints, position: place.length > 0 ? place.toString('base64') : null };
  }

  /** @returns null for one that Salesforce does not know (any more). */
  async #schema(schemaId: string, metadata: Metadata): Promise<string | null> {
    try {
      return schemaInfo.parse(await this.#call('GetSchema', { schemaId }, metadata)).schemaJson;
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === 'not_found' || trouble === 'invalid') return null;
      throw error;
    }
  }

  #call(name: 'GetSchema' | 'GetTopic', request: object, metadata: Metadata): Promise<object | undefined> {
    const { path, requestSerialize, responseDeserialize } = this.deps.methods[name];
    return new Promise((resolve, reject) => {
      this.deps.client.makeUnaryRequest(
        ...([path, requestSerialize, responseDeserialize, request, metadata] as const),
        { deadline: Date.now() + CALL_MS },
        (error: ServiceError | null, answer?: object) => (error ? reject(error) : resolve(answer)),
      );
    });
  }

  #signed(secret: Secret): Metadata {
    const metadata = this.deps.metadata();
    if (secret.type !== 'oauth2') return metadata;
    metadata.set('accesstoken', secret.accessToken);
    metadata.set('instanceurl', secret.instanceUrl ?? '');
    metadata.set('tenantid', this.deps.accountId);
    return metadata;
  }

  async #secret() {
    try {
      return await this.deps.session.secret();
    } catch (error) {
      throw signedOut(error);
    }
  }

  /** A refused token is renewed here, once for all who use it. */
  async #explained(error: unknown, version: number): Promise<unknown> {
    if (error instanceof FeedError) return error;
    const trouble = troubleOf(error);
    const told = error instanceof Error ? error.message : 'It ended.';
    if (trouble === 'not_found' || trouble === 'invalid')
      return new FeedError('not_allowed', told, { cause: error });
    if (trouble !== 'token_refused') return new FeedError(trouble, told, { cause: error });
    try {
      await this.deps.session.renew(version);
      return new FeedError('renewed', told, { cause: error });
    } catch (refusal) {
      return signedOut(refusal);
    }
  }
}

/** Whether a person must sign in, or it is only that nobody answers. */
function signedOut(error: unknown): FeedError {
  const final = error instanceof ExternalServiceError && error.kind === 'auth_expired';
  const told = error instanceof Error ? error.message : 'The sign-in failed.';
  return new FeedError(final ? 'signed_out' : 'unreachable', told, { cause: error });
}

function topicOf(entity: string): string {
  const topic = TOPICS[entity];
  if (!topic) throw new FeedError('not_allowed', `Salesforce tells nothing of changes to ${entity}.`);
  return topic;
}
