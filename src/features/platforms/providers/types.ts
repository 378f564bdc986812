import type { ExternalServiceError } from '@/core/errors';
import type { Finding } from '@/features/platforms/finding-schema';
import type {
  ChannelHealth,
  ChannelSettings,
  LiveLimits,
  MediaFacts,
  MediaKind,
  MetricName,
  Metrics,
  PlatformId,
  Target,
  Variant,
} from '@/features/platforms/schema';

/**
 * The contract between publishing and a social network. Each network fills these two interfaces in its own file; nothing
 * generic names a network. An **adapter** deals with identity and tokens, a **provider** acts.
 *
 * How failures travel: a publishing step (`start`, `check`, `finish`, `thread`, `comment`, `reconcile`) never throws for the
 * network's sake; it resolves to `failed` with an ExternalServiceError whose `kind` and `outcome` decide what happens next.
 * Everything else (`metrics`, `delete`, `fetchAccount`, …) throws that error. Any other thrown value is a defect, and after
 * the intent was stored publishing must treat it as outcome `unknown`.
 */

// Capabilities (data) --------------------------------------------------------------------------------------------------

/** How surely the network can say, after a lost answer, whether a post exists. */
export type ReconcileMode = 'exact' | 'eventual' | 'none';

export interface ReconcileRule {
  mode: ReconcileMode;
  /** `exact` holds only this long after the commit was sent; then `thereafter` applies. Absent = always. Milliseconds. */
  exactForMs?: number;
  thereafter?: ReconcileMode;
}

/** The mode in force at `now` for a commit sent at `sentAt`. */
export function reconcileModeAt(rule: ReconcileRule, sentAt: Date, now: Date): ReconcileMode {
  if (rule.exactForMs === undefined || now.getTime() - sentAt.getTime() < rule.exactForMs) return rule.mode;
  return rule.thereafter ?? 'eventual';
}

/** Milliseconds between two looks at a channel: while nobody watches, and while somebody has the inbox open. */
export interface InboxPace {
  idleMs?: number;
  watchedMs?: number;
}

export interface PlatformCapabilities {
  media: readonly MediaKind[];
  /** Parts of a thread including the root; 0 = no threads. */
  threadPartsMax: number;
  comment: boolean;
  edit: boolean;
  delete: boolean;
  metrics: readonly MetricName[];
  /** Default; {@link SocialProvider.reconcileRule} answers for a concrete post. */
  reconcile: ReconcileRule;
  /** The network pulls media from a public URL instead of taking an upload. */
  needsPublicUrl: boolean;
  /**
   * Comments and mentions can be read, and answered. `repeatable`: the same answer sent again under the same material appears
   * once, so that a lost answer needs nobody to look; elsewhere {@link SocialProvider.findReply} looks for it.
   */
  inbox?: {
    repeatable: boolean;
    /** How often it is asked at most, where reading costs money or a small allowance. Milliseconds. */
    pace?: InboxPace;
  };
  /** What a person must enter to connect. */
  connect: 'oauth' | 'oauth_with_server' | 'app_password';
}

// Credentials ----------------------------------------------------------------------------------------------------------

/** Decrypted tokens of one connection. Never logged, never stored in plain text. */
export interface Credentials {
  /** Rises with each stored token, so that "this one was refused" can be told apart from "a newer one exists". */
  version: number;
  accessToken: string;
  refreshToken?: string;
  /** Absent = does not expire. */
  expiresAt?: Date;
  /** When the refresh grant itself ends, where the network says so. */
  grantExpiresAt?: Date;
  scopes: readonly string[];
  /** Network-specific, kept encrypted too: a per-instance client id and secret, a DID. */
  extra: Readonly<Record<string, string>>;
}

// Contexts -------------------------------------------------------------------------------------------------------------

/** The channel a call is made for. */
export interface ChannelFacts {
  connectionId: string;
  organizationId: string;
  platform: PlatformId;
  accountId: string;
  handle: string;
  /** Server of this connection, where the network is federated. */
  baseUrl?: string;
  settings: ChannelSettings;
}

export interface ProviderContext {
  channel: ChannelFacts;
  /** Tokens fit for use now; renews them under the lock when they are due. Call it right before each use. */
  credentials(): Promise<Credentials>;
  /**
   * Tells that the network refused this version; resolves once a newer one may be had.
   * @throws ExternalServiceError `auth_expired` when a person must reconnect.
   */
  renewCredentials(rejectedVersion: number): Promise<void>;
  limits: LiveLimits;
  signal: AbortSignal;
  /** The last instant at which a call of this context may still be running. */
  deadline: Date;
}

/** A file to send. Streams; nobody holds a whole video in memory. */
export interface MediaSource extends MediaFacts {
  filename: string;
  /** Content hash; artefacts are reused by it. */
  sha256: string;
  /** Opens the bytes `[start, end)`; without a range the whole file. Each call gives a fresh stream. */
  open(range?: { start: number; end: number }): Promise<ReadableStream<Uint8Array>>;
  /** Expiring public URL, for networks that pull. */
  publicUrl(): Promise<string>;
}

/** `root`, then `thread_1`, `thread_2`, …, then `comment`: each is one commit with its own record. */
export type StepKey = 'root' | 'comment' | `thread_${number}`;

/** A post that is out, as its network names it. */
export interface PublishedRef {
  id: string;
  permalink?: string;
  /** What a reply or deletion needs beyond the id: Bluesky's `uri` and `cid`. Not secret. */
  extra?: Readonly<Record<string, string>>;
}

/** The one part that this step sends, ready for the network: signature, UTM and short links are applied already. */
export interface StepContent {
  text: string;
  media: readonly MediaSource[];
  /** Root only. */
  title?: string;
  link?: string;
  tags?: readonly string[];
  /** Parsed by the network's settings schema. */
  settings: Readonly<Record<string, unknown>>;
}

/**
 * What makes a repeated commit recognisable, fixed when the run is created and the same on every attempt.
 * `stepMaterial` (material.ts) derives it from run id, step and one stored instant.
 */
export interface StepMaterial {
  createdAt: Date;
  /** Bluesky record key (TID form). */
  rkey: string;
  /** `Idempotency-Key` where the network honours one. */
  idempotencyKey: string;
}

/** What `start` made that the public cannot see: media ids, containers, upload offsets. Stored with the run; JSON only, no secrets. */
export type Artefacts = Readonly<Record<string, ArtefactValue>>;
export type ArtefactValue =
  | string
  | number
  | boolean
  | null
  | ArtefactValue[]
  | { [key: string]: ArtefactValue };

export interface StepContext extends ProviderContext {
  runId: string;
  step: StepKey;
  content: StepContent;
  material: StepMaterial;
  /** What earlier calls of this step left behind. */
  artefacts: Artefacts;
  /** Stores artefacts at once (fenced by the lease); a crash resumes from here. Rejects when the lease is lost: stop then. */
  saveArtefacts(artefacts: Artefacts): Promise<void>;
  /** For thread parts and comments: the first post, and the one to reply to. */
  root?: PublishedRef;
  parent?: PublishedRef;
}

/** Facts a reconciliation may use beyond the step. */
export interface ReconcileContext extends StepContext {
  /** When the commit in question was sent. */
  sentAt: Date;
}

// Results --------------------------------------------------------------------------------------------------------------

/** The network's own count after a call, to be shared by every run in the same scope. */
export interface RateObservation {
  scope: 'account' | 'app';
  name: string;
  limit?: number;
  remaining?: number;
  resetsAt?: Date;
}

export interface StepFailure {
  status: 'failed';
  error: ExternalServiceError;
  /** Whose limit a `rate_limit` or `quota` failure is. */
  scope?: 'account' | 'app';
  /** The artefacts are useless now (an expired container): start afresh. */
  discardArtefacts?: boolean;
}

export type StartResult =
  | { status: 'ready'; artefacts: Artefacts }
  | { status: 'processing'; artefacts: Artefacts; pollAfterMs: number }
  | StepFailure;

export type CheckResult =
  /** Uploads are ready: the commit may go. */
  | { status: 'ready'; artefacts: Artefacts }
  | { status: 'processing'; artefacts: Artefacts; pollAfterMs: number }
  /** Only after an accepted commit. */
  | { status: 'published'; ref: PublishedRef }
  | StepFailure;

export type CommitResult =
  | { status: 'published'; ref: PublishedRef; rate?: RateObservation }
  /** Accepted, still being processed: poll `check`. */
  | { status: 'accepted'; artefacts: Artefacts; pollAfterMs: number; rate?: RateObservation }
  | StepFailure;

export type ReconcileResult =
  | { status: 'found'; ref: PublishedRef }
  | { status: 'absent' }
  | { status: 'unknown'; error?: ExternalServiceError };

// Provider -------------------------------------------------------------------------------------------------------------

export interface AccountFacts {
  accountId: string;
  handle: string;
  displayName: string;
  avatarUrl?: string;
  profileUrl?: string;
  baseUrl?: string;
  limits: LiveLimits;
}

export interface PublishedPost extends PublishedRef {
  text: string;
  createdAt: Date;
}

/** What somebody wrote to an account: under one of its posts, or naming it. */
export interface InboxItem {
  id: string;
  kind: 'comment' | 'mention';
  /** The post it stands under. */
  postId?: string;
  author: { id: string; handle: string; displayName: string; avatarUrl?: string };
  text: string;
  createdAt: Date;
  permalink?: string;
  /** What an answer needs beyond the id. Not secret. */
  extra?: Readonly<Record<string, string>>;
}

export interface InboxReply {
  item: Pick<InboxItem, 'id' | 'postId' | 'extra'> & { authorHandle: string };
  text: string;
  material: StepMaterial;
}

export interface SocialProvider {
  readonly platform: PlatformId;
  readonly capabilities: PlatformCapabilities;

  /** Identity and live limits. */
  fetchAccount(ctx: ProviderContext): Promise<AccountFacts>;
  /** Pages, organisations, boards; an account that is its own only target returns itself. */
  fetchTargets(ctx: ProviderContext): Promise<Target[]>;
  /** One target with its rules and labels, where targets have such. */
  fetchTarget?(ctx: ProviderContext, id: string): Promise<Target>;
  /** Pure: shared rules plus the network's settings. */
  validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]>;
  /** How a lost answer of this very post can be settled. Pure. */
  reconcileRule(
    channel: ChannelFacts,
    content: Pick<StepContent, 'media' | 'settings'>,
    limits: LiveLimits,
  ): ReconcileRule;

  /** Prepares the step's media. Resumes from `ctx.artefacts`; repeatable at will. */
  start(ctx: StepContext): Promise<StartResult>;
  /** Read-only. Before the commit: are uploads ready. After an `accepted` commit (`artefacts`): is it out. */
  check(ctx: StepContext): Promise<CheckResult>;
  /** The one commit call of the root. Exactly one public-visible request; never retried in here. */
  finish(ctx: StepContext): Promise<CommitResult>;
  /** Commit call of a later thread part. Same contract as `finish`; `ctx.root` and `ctx.parent` are set. */
  thread?(ctx: StepContext): Promise<CommitResult>;
  /** Commit call of the first comment. Same contract as `finish`. */
  comment?(ctx: StepContext): Promise<CommitResult>;
  /** After a lost answer, once the old request's deadline has passed: is this step out? For every kind of step. */
  reconcile(ctx: ReconcileContext): Promise<ReconcileResult>;

  /** Deleting what is gone already succeeds. */
  delete?(ctx: ProviderContext, ref: PublishedRef): Promise<void>;
  edit?(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef>;
  /** Unsupported metrics are `null`. */
  metrics?(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics>;
  /** Followers and the like, of the account itself. */
  accountMetrics?(ctx: ProviderContext): Promise<Metrics>;
  /**
   * Comments and mentions since then, in any order; what is older may be among them. Null: this kind of account has none.
   * @throws ExternalServiceError `invalid_request` with `permission` when the channel was connected without reading them.
   */
  inbox?(ctx: ProviderContext, since: Date): Promise<InboxItem[] | null>;
  /** Answers one of them in public: one request that is never retried in here. Throws with the outcome. */
  reply?(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef>;
  /** Read-only, where answers are not repeatable: is this one out? Null: not seen, which a network may say too early. */
  findReply?(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null>;
}

// What publishing gets -------------------------------------------------------------------------------------------------

/** Answer of `PlatformService.publishingContext(organizationId, connectionId)`. */
export interface PublishingChannel {
  channel: ChannelFacts;
  provider: SocialProvider;
  limits: LiveLimits;
  /** As stored now; sending needs one of `PUBLISHABLE_HEALTH`. */
  health: ChannelHealth;
  credentials: ProviderContext['credentials'];
  renewCredentials: ProviderContext['renewCredentials'];
}
