import type { IntegrationType, PropertyView } from '../connections/schema';
import type { OAuth2Secret, Secret } from '../credentials/schema';
import type { CallPriority } from '../limits/schema';

/** What a vendor's file does for the engine. Everything about the vendor is in there; nothing generic names one. */

/** The account behind a secret, as the vendor names it. */
export interface VendorAccount {
  accountId: string;
  name: string;
  url: string | null;
  scopes: readonly string[];
}

/** A secret that works, with its end, and whose it is. */
export interface Authenticated {
  secret: Secret;
  expiresAt: Date | null;
  account: VendorAccount;
}

export interface FreshGrant {
  secret: OAuth2Secret;
  expiresAt: Date | null;
}

export interface OpenSecret {
  /** Grows with each renewal; tells a refused secret from its successor. */
  version: number;
  secret: Secret;
}

/** What calls are made with. A refused secret is renewed once and the call made again. */
export interface VendorSession {
  /** Whose credential it is: one customer's trouble must not stop the others. */
  owner: string;
  secret(): Promise<OpenSecret>;
  renew(rejectedVersion: number): Promise<void>;
  /** Who goes first when calls wait for a place in the vendor's limits; `normal` unless said. */
  priority?: CallPriority;
  signal: AbortSignal;
  /** What people chose for this connection, as its vendor's own schema has it. */
  settings?(): Promise<unknown>;
}

export interface VendorHealth {
  health: 'healthy' | 'degraded';
  account: { id: string; name: string };
  /** Calls left today, where the vendor says so. */
  quotaLeft: number | null;
}

/** A record as the vendor has it. */
export interface VendorRecord {
  externalId: string;
  /** What mappings read: the vendor's own shape. */
  data: Record<string, unknown>;
  updatedAt: Date;
  /** Ids of records that were merged into this one there. */
  absorbed?: readonly string[];
}

export interface VendorPage {
  records: readonly VendorRecord[];
  /** Opaque place to go on from; null at the end. */
  next: string | null;
}

/** Values for a vendor's record, by its own fields; null clears one. */
export interface VendorChange {
  externalId: string;
  values: Readonly<Record<string, unknown>>;
}

/** What became of one record of a batch. The message is for people. */
export type PushOutcome =
  | { externalId: string; ok: true }
  | {
      externalId: string;
      ok: false;
      message: string;
      /** For a passing reason: it stays due. */
      later?: true;
    };

/** A record that is only here so far. */
export interface VendorCreation {
  /** Ours. Outcomes name it, and vendors that keep a mark of ours keep this one. */
  key: string;
  values: VendorChange['values'];
  /** When it was sent before, by tries whose end is not known. */
  tried: { first: Date; last: Date } | null;
}

/** A record of the vendor's that a creation led to. */
export interface CreatedRecord {
  externalId: string;
  /** False: somebody else had made it before. */
  made: boolean;
}

export type CreateOutcome =
  | ({ key: string; ok: true } & CreatedRecord)
  | { key: string; ok: false; message: string; later?: true };

/** What makes records at a vendor. None is made twice: those that may be there are looked for first. */
export interface VendorCreator {
  /**
   * Those that are there: by what a record has alone (its email, our mark), and such as were sent before also by what they are
   * called and when they were made. One that is `later` cannot be told yet; what is left out is not there.
   */
  findCreated(
    session: VendorSession,
    entity: string,
    creations: readonly VendorCreation[],
  ): Promise<readonly CreateOutcome[]>;
  /** @throws ExternalServiceError when nothing is known of any: look for them before trying again. */
  batchCreate(
    session: VendorSession,
    entity: string,
    creations: readonly VendorCreation[],
  ): Promise<readonly CreateOutcome[]>;
}

export interface AuthorizationRequest {
  state: string;
  redirectUri: string;
  codeVerifier: string;
}

/** What came back from the consent page, and what it was asked with. */
export interface CodeExchange extends Omit<AuthorizationRequest, 'state'> {
  code: string;
  signal: AbortSignal;
}

/** What writes at a vendor. */
export interface VendorWriter {
  /** Records of one call; 100 unless it says otherwise. */
  readonly batch?: number;
  /** Absent where records are changed and never made. */
  readonly creator?: VendorCreator;
  /** Whether a mapping's field can be written at the vendor. */
  writes(entity: string, externalField: string): boolean;
  /** The record as the vendor has it once it took these values. */
  applied(record: VendorRecord, values: VendorChange['values']): VendorRecord;
  /**
   * Writes at most a batch of records that are there, one outcome for each; writing the same twice does no harm.
   * @throws ExternalServiceError when nothing is known of any: ask by id before trying again.
   */
  batchUpdate(
    session: VendorSession,
    entity: string,
    changes: readonly VendorChange[],
  ): Promise<readonly PushOutcome[]>;
}

/** A record that belongs to another, as the vendor says. */
export interface VendorAssociation {
  externalId: string;
  /** Of the other one. */
  entity: string;
  toExternalId: string;
  /** What the other one is for it. */
  kind: string;
}

/** What tells which records belong together. */
export interface VendorAssociations {
  /** All associations of these records that are told from their side; none for a kind that is told from the other's. */
  read(
    session: VendorSession,
    entity: string,
    externalIds: readonly string[],
  ): Promise<readonly VendorAssociation[]>;
}

/** A message for one of a vendor's channels. */
export interface ChannelMessage {
  /** The vendor's id of it. */
  channel: string;
  /** What is read where the blocks cannot be shown. */
  text: string;
  /** In the vendor's own form. */
  blocks?: readonly Record<string, unknown>[];
}
export interface PostedMessage {
  channel: string;
  messageId: string;
}

/** A hint that something changed; what it is now is asked for. */
export type ChangeHint =
  /** These records were made, changed, deleted or brought back. */
  | { kind: 'records'; ids: readonly string[] }
  /** Something changed, and it cannot be told what. */
  | { kind: 'some' }
  /** So much changed that the vendor does not tell it one by one. */
  | { kind: 'all' };

/** What a delivery says of one kind of record. */
export type ToldChange =
  | { entity: string; hint: ChangeHint }
  /** Removed for good, as the person behind the record wished. */
  | { entity: string; erased: readonly string[] };

/** What carries messages to people at a vendor. */
export interface VendorMessenger {
  /**
   * Sends once, and never by itself again. How often a channel takes one is the vendor's matter.
   * @throws ExternalServiceError `rate_limit` with a wait; outcome `unknown` where it may have arrived.
   */
  post(session: VendorSession, message: ChannelMessage): Promise<PostedMessage>;
}

/** What has a vendor send to an address of ours when something changes. */
export interface VendorSubscriber {
  /** Whether it can be told of this: a repository that people chose, say. */
  takes(settings: unknown, resource: string): boolean;
  /**
   * Makes the subscription of this address, or brings it up to date and switches it on again; the same twice does no harm.
   * @param events the vendor's topics; none: those of the records that are synced.
   * @returns the vendor's id of it.
   * @throws ExternalServiceError `missing_scope` or `settings_refused` where a person has to do something.
   */
  subscribe(
    session: VendorSession,
    resource: string,
    subscription: { url: string; secret: string; events: readonly string[] },
  ): Promise<string>;
  /** The subscription of this address; null when there is none, or nothing shows it to us any more. */
  find(
    session: VendorSession,
    resource: string,
    url: string,
  ): Promise<{ id: string; active: boolean } | null>;
  /** Ends it; one that is gone is fine. */
  unsubscribe(session: VendorSession, resource: string, id: string): Promise<void>;
}

export interface IntegrationAdapter {
  readonly type: IntegrationType;
  /** Whether this installation has an app of its own at the vendor. */
  readonly oauthConfigured: boolean;
  /** What an operator does about it where there is none. */
  readonly setupHint: string;

  /** @throws ServiceUnavailableError `integration_not_configured` */
  authorizationUrl(request: AuthorizationRequest): string;
  exchangeCode(request: CodeExchange): Promise<Authenticated>;
  /** Proves a key by one cheap call. @throws ExternalServiceError `auth_expired` when the vendor refuses it. */
  authenticateKey(apiKey: string, signal: AbortSignal): Promise<Authenticated>;
  /** @throws ExternalServiceError `auth_expired` with outcome `rejected` only for a grant that is gone. */
  refreshTokens(secret: OAuth2Secret, signal: AbortSignal): Promise<FreshGrant>;
  /** Ends the grant at the vendor. */
  revoke(secret: Secret, signal: AbortSignal): Promise<void>;

  checkHealth(session: VendorSession): Promise<VendorHealth>;
  describeEntity(session: VendorSession, entity: string): Promise<PropertyView[]>;

  /** Where a person opens a record at the vendor. */
  recordUrl(
    account: { accountId: string; accountUrl: string | null },
    entity: string,
    externalId: string,
  ): string | null;
  /** Its lists are in no order of ids and a record may come twice: a full pass remembers what it met. */
  readonly unordered?: boolean;
  /** Whether the vendor cannot tell what changed of this kind: each pass then reads all of it. */
  readsAll?(entity: string): boolean;
  /** A spelling of an id whose text order is the order in which `fetchAll` gives records. */
  orderOf(externalId: string): string;
  /** Where reading what changed in `[from, to)` begins. */
  changesFrom(from: Date, to: Date): string;
  fetchChanges(
    session: VendorSession,
    entity: string,
    cursor: string,
    fields: readonly string[],
  ): Promise<VendorPage>;
  /** Every record there is, in the order of {@link orderOf}. */
  fetchAll(
    session: VendorSession,
    entity: string,
    cursor: string | null,
    fields: readonly string[],
  ): Promise<VendorPage>;
  /**
   * Records that people deleted at the vendor, as far as it keeps a list.
   * @param since what was deleted before is known; null: nothing is. A vendor whose list knows no time gives all of it.
   */
  fetchDeleted(
    session: VendorSession,
    entity: string,
    cursor: string | null,
    since?: Date | null,
  ): Promise<{ ids: readonly string[]; next: string | null }>;
  /** Those of at most 100 records, or a batch of the writer's, that are there. */
  fetchByIds(
    session: VendorSession,
    entity: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<readonly VendorRecord[]>;

  /**
   * What a delivery to one of our addresses tells, as far as records that are synced are concerned. It was verified, and is believed
   * no further than to ask for what it names.
   * @param topic the vendor's name of what happened, where one stands beside the body.
   * @returns null where it cannot be read, or something may have changed and nothing tells what. Never throws.
   */
  told?(delivery: Uint8Array, topic: string): readonly ToldChange[] | null;

  /** Absent where records of a vendor stand alone. */
  readonly associations?: VendorAssociations;
  /** Absent where a vendor carries no messages. */
  readonly messenger?: VendorMessenger;
  /** Absent where addresses are set up by hand. */
  readonly subscriber?: VendorSubscriber;
  /** Absent where a vendor is only read. */
  readonly writer?: VendorWriter;
}
