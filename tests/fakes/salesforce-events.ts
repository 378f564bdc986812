import { join } from 'node:path';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Clock } from '@/core/time/clock';
import type { FakeSalesforce } from './salesforce';
import { type EventSchema, eventSchema } from './salesforce-event-schemas';

const KEPT_MS = 72 * 3_600_000;
const CODES = 'sfdc.platform.eventbus.grpc.';

export type EventObject = 'Account' | 'Contact' | 'Lead' | 'Opportunity';
type Fault = 'cut' | 'forbidden' | 'limit' | 'unauthenticated' | 'unavailable';

interface KeptEvent {
  replay: bigint;
  topic: string;
  schemaId: string;
  payload: Buffer;
  at: Date;
}
interface FetchRequest {
  topicName: string;
  replayPreset: 'LATEST' | 'EARLIEST' | 'CUSTOM';
  replayId: Buffer;
  numRequested: number;
}
type Call = ServerDuplexStream<FetchRequest, object>;
interface Stream {
  call: Call;
  topic: string;
  after: bigint;
  wanted: number;
}

/** Salesforce's event bus on 127.0.0.1: keeps events for three days, gives as many as were asked for, and misbehaves on demand. */
export class FakeSalesforceEvents {
  /** What subscribers began with. */
  readonly begun: { topic: string; preset: string; after: bigint | null }[] = [];
  readonly asked: number[] = [];
  schemasAsked = 0;
  /** That came with a token, accepted or not. */
  calls = 0;
  /** Events of one answer. */
  atOnce = 100;
  /** Each event comes twice, and an answer's events backwards. */
  unruly = false;
  readonly #events: KeptEvent[] = [];
  readonly #schemas = new Map<string, EventSchema>();
  readonly #unknown = new Set<string>();
  readonly #streams = new Set<Stream>();
  readonly #faults: { fault: Fault; topic: string | null }[] = [];
  #replay = 1_000n;
  #forgotten = 0n;
  #server: Server | null = null;
  #port = 0;

  constructor(
    readonly salesforce: FakeSalesforce,
    readonly clock: Clock,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const definition = loadSync(join(import.meta.dirname, 'salesforce-events.proto'), {
      enums: String,
      defaults: true,
    });
    const server = new Server();
    server.addService(definition['eventbus.v1.PubSub'] as ServiceDefinition, this.#calls());
    const bind = `127.0.0.1:${this.#port}`;
    this.#port = await new Promise((resolve, reject) =>
      server.bindAsync(bind, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    this.#server = server;
  }

  /** Breaks every line. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = null;
    this.#streams.clear();
  }

  get subscribers(): number {
    return this.#streams.size;
  }

  /** Of the next call about that topic, whatever it is; `cut` breaks it after its first event. */
  fail(fault: Fault, object: EventObject | null = null): void {
    this.#faults.push({ fault, topic: object && topicOf(object) });
  }

  /** @param about `unknown`: under a schema that nobody gives out; `wider`: under one that came later. */
  publish(object: EventObject, changeType: string, recordIds: string[], about?: 'unknown' | 'wider'): void {
    const schema = eventSchema(object, about ? [`Score_${about}__c`] : []);
    this.#schemas.set(schema.id, schema);
    if (about === 'unknown') this.#unknown.add(schema.id);
    // Places are not contiguous.
    this.#replay += 3n;
    const at = this.clock.now();
    const payload = schema.encode({ entityName: object, changeType, recordIds, at });
    this.#events.push({ replay: this.#replay, topic: topicOf(object), schemaId: schema.id, payload, at });
    this.#pump();
  }

  /** What is said within 270 seconds where nothing happens. */
  keepalive(): void {
    for (const { call, wanted } of this.#streams)
      call.write({ events: [], latestReplayId: placeOf(this.#replay), pendingNumRequested: wanted });
  }

  #calls(): UntypedServiceImplementation {
    return {
      GetTopic: (
        call: { request: { topicName: string }; metadata: Metadata },
        answer: sendUnaryData<object>,
      ) => {
        const refusal = this.#refusal(call.request.topicName, call.metadata);
        if (refusal) return answer(refusal);
        answer(null, { topicName: call.request.topicName, canSubscribe: true, tenantGuid: 'CORE/prod/00D' });
      },
      GetSchema: (
        call: { request: { schemaId: string }; metadata: Metadata },
        answer: sendUnaryData<object>,
      ) => {
        this.schemasAsked += 1;
        const schema = this.#schemas.get(call.request.schemaId);
        if (!schema || this.#unknown.has(schema.id))
          return answer(failure(status.NOT_FOUND, 'schema.not.found', 'There is no such schema.'));
        answer(null, { schemaId: schema.id, schemaJson: schema.json });
      },
      Subscribe: (call: Call) => this.#subscribe(call),
    };
  }

  #subscribe(call: Call): void {
    let stream: Stream | null = null;
    const end = () => {
      if (stream) this.#streams.delete(stream);
    };
    call.on('data', (request: FetchRequest) => {
      this.asked.push(request.numRequested);
      if (request.numRequested < 1 || request.numRequested + (stream?.wanted ?? 0) > 100)
        return void call.emit(
          'error',
          failure(status.INVALID_ARGUMENT, 'subscription.fetch.requested.events.invalid', 'Too many.'),
        );
      if (stream) stream.wanted += request.numRequested;
      else stream = this.#begin(call, request);
      this.#pump();
    });
    call.on('cancelled', end);
    call.on('end', () => {
      end();
      call.end();
    });
    call.on('error', end);
  }

  #begin(
    call: Call,
    { topicName: topic, replayPreset: preset, replayId, numRequested }: FetchRequest,
  ): Stream | null {
    const after = preset === 'CUSTOM' ? replayId.readBigUInt64BE() : null;
    this.begun.push({ topic, preset, after });
    this.#forget();
    const refusal = this.#refusal(topic, call.metadata);
    if (refusal) {
      call.emit('error', refusal);
      return null;
    }
    if (after !== null && (after < this.#forgotten || after > this.#replay)) {
      const told = 'The Replay ID validation failed. Ensure that the Replay ID is valid.';
      call.emit('error', failure(status.INVALID_ARGUMENT, 'subscription.fetch.replayid.corrupted', told));
      return null;
    }
    const from = after ?? (preset === 'EARLIEST' ? 0n : this.#replay);
    const stream = { call, topic, after: from, wanted: numRequested };
    this.#streams.add(stream);
    return stream;
  }

  #pump(): void {
    for (const stream of [...this.#streams]) {
      for (let batch = this.#next(stream); batch.length > 0; batch = this.#next(stream)) {
        const last = batch.at(-1) as KeptEvent;
        const cut = this.#take(stream.topic, 'cut');
        const sent = cut ? batch.slice(0, 1) : batch;
        stream.after = last.replay;
        stream.wanted -= sent.length;
        const told = this.unruly ? [...sent, ...sent].reverse() : sent;
        stream.call.write({
          events: told.map(({ replay, schemaId, payload }) => ({
            ...{
              event: { id: `event-${replay}`, schemaId, payload, headers: [] },
              replayId: placeOf(replay),
            },
          })),
          latestReplayId: placeOf(last.replay),
          pendingNumRequested: stream.wanted,
        });
        if (!cut) continue;
        this.#streams.delete(stream);
        stream.call.emit(
          'error',
          failure(status.UNAVAILABLE, 'service.unavailable', 'RST_STREAM closed stream.'),
        );
        break;
      }
    }
  }

  #next({ topic, after, wanted }: Stream): KeptEvent[] {
    const waiting = this.#events.filter((event) => event.topic === topic && event.replay > after);
    return waiting.slice(0, Math.min(wanted, this.atOnce));
  }

  #forget(): void {
    const oldest = this.clock.now().getTime() - KEPT_MS;
    while (this.#events[0] && this.#events[0].at.getTime() < oldest)
      this.#forgotten = this.#events.shift()?.replay ?? this.#forgotten;
  }

  #refusal(topic: string, metadata: Metadata) {
    this.calls += 1;
    const one = (name: string) => String(metadata.get(name)[0] ?? '');
    const accepted = this.salesforce.oauth.accepts(one('accesstoken'));
    const known = accepted && one('tenantid') === this.salesforce.organizationId;
    if (!known || one('instanceurl') !== this.salesforce.instanceUrl || this.#take(topic, 'unauthenticated'))
      return failure(status.UNAUTHENTICATED, 'service.auth.error', 'An authentication exception occurred.');
    if (this.#take(topic, 'forbidden'))
      return failure(status.PERMISSION_DENIED, 'topic.permission', 'You may not subscribe to this topic.');
    if (this.#take(topic, 'limit'))
      return failure(status.RESOURCE_EXHAUSTED, 'subscription.limit.exceeded', 'The daily limit is reached.');
    if (this.#take(topic, 'unavailable'))
      return failure(status.UNAVAILABLE, 'service.unavailable', 'The service is unavailable.');
    return null;
  }

  #take(topic: string, fault: Fault): boolean {
    const at = this.#faults.findIndex((one) => one.fault === fault && (one.topic ?? topic) === topic);
    if (at >= 0) this.#faults.splice(at, 1);
    return at >= 0;
  }
}

function topicOf(object: EventObject): string {
  return `/data/${object}ChangeEvent`;
}

function placeOf(replay: bigint): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigUInt64BE(replay);
  return place;
}

function failure(code: status, name: string, details: string) {
  const metadata = new Metadata();
  metadata.set('error-code', `${CODES}${name}`);
  return Object.assign(new Error(details), { code, details: `${details} rpcId: 1f2e`, metadata });
}
