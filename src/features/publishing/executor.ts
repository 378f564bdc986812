import 'server-only';
import { ExternalServiceError, isSystemError } from '@/core/errors';
import type { EventBus } from '@/core/events/bus';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { PublishingChannel } from '@/features/platforms/providers/types';
import { CallSlots } from './call-slots';
import { compose, type LinkBook, type MediaLibrary, MissingMediaError } from './composing';
import { postStarted } from './events';
import { blocked, decideFailure, type Moment } from './failing';
import { LaneSignals } from './lane-signals';
import { Lease } from './lease';
import { isOutage, LeaseLostError, type PublishingRepository } from './repository';
import type { Run, RunStatus } from './schema';
import { cancelGone, settleBlind } from './settling';
import type { Loaded } from './step-context';
import { StepRunner } from './step-runner';
import type { Timing } from './timing';
import { isRootOut } from './transition';

/** What publishing needs of connections: `PlatformService.publishingContext`. */
export interface PublishingChannels {
  /**
   * @throws NotFoundError when the channel is gone; ExternalServiceError `auth_expired` when it must be reconnected;
   * ServiceUnavailableError when the network is not set up here.
   */
  publishingContext(organizationId: string, connectionId: string): Promise<PublishingChannel>;
}

export interface ExecutorDependencies {
  repository: PublishingRepository;
  channels: PublishingChannels;
  media: MediaLibrary;
  links: LinkBook;
  bus: EventBus;
  clock: Clock;
  ids: Ids;
  random: () => number;
  timing: Timing;
  /** Milliseconds. */
  lateLimit: number;
  /** Names this process in leases. */
  owner: string;
  /**
   * Called before and after each store and call. Does nothing in production; tests end the process here to prove that any
   * point may be the last.
   */
  checkpoint?: (name: string) => Promise<void> | void;
}

export type ExecutionOutcome =
  /** Somebody else's, not due, over, or gone; `busy` when others of its account are being sent. */
  { claimed: false; busy: boolean } | { claimed: true; left: RunStatus };

/** Carries one run as far as it can go under one claim. Everything it needs to know stands in documents; only who waits for whom here is kept. */
export class RunExecutor {
  readonly #lanes = new LaneSignals();

  constructor(readonly deps: ExecutorDependencies) {}

  /**
   * @param calls which calls to networks may be in flight beside this run's.
   * @throws only on an outage of the database: the run is found again when its lease ends. */
  async execute(
    due: Pick<Run, 'id' | 'connectionId' | 'platform'>,
    calls = new CallSlots(1),
  ): Promise<ExecutionOutcome> {
    const { repository, clock, timing, owner, lateLimit } = this.deps;
    await this.deps.checkpoint?.('claim.before');
    const claimed = await repository.claim(due, { owner, lateLimit }, () => this.#moment());
    await this.deps.checkpoint?.('claim.after');
    if (!claimed) return { claimed: false, busy: false };
    if (claimed.decision.kind === 'skip') return { claimed: false, busy: claimed.decision.why === 'busy' };
    if (claimed.decision.kind === 'rest') return { claimed: true, left: claimed.run.status };
    const lease = new Lease(repository, clock, timing, claimed.run, owner);
    try {
      this.#announceStart(claimed.run);
      await this.#work(lease, calls);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      logger.warn({ runId: due.id }, 'the lease of a run was lost; somebody else goes on with it');
    } finally {
      lease.end();
    }
    return { claimed: true, left: lease.run.status };
  }

  async #work(lease: Lease, calls: CallSlots): Promise<void> {
    let loaded: Loaded | null;
    try {
      loaded = await this.#load(lease);
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      await this.#defect(lease, error);
      return;
    }
    if (!loaded) return;
    const runner = new StepRunner(this.deps, lease, loaded, this.#lanes, calls);
    try {
      if (!(await runner.validated())) return;
      // Root, then each thread part, then the comment: as many as this claim can finish.
      while (lease.held && (await runner.advance()));
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      await this.#defect(lease, error);
    }
  }

  /** Everything about the post as it stands now; null when the run was put aside instead. */
  async #load(lease: Lease): Promise<Loaded | null> {
    const { run } = lease;
    const moment = this.#moment();
    const post = await this.deps.repository.post(run.organizationId, run.postId);
    if (!post?.channels.some((channel) => channel.connectionId === run.connectionId)) {
      // Gone before anything was sent: the intent, which looks again, says so. What was sent is settled without its content.
      await this.#withoutPost(lease, moment);
      return null;
    }
    try {
      const channel = await this.deps.channels.publishingContext(run.organizationId, run.connectionId);
      const composition = await compose(post, channel.channel, this.deps);
      return { channel, composition };
    } catch (error) {
      const reason = blockOf(error);
      if (!reason) throw error;
      await this.#cannotGoOn(lease, reason, error);
      return null;
    }
  }

  async #withoutPost(lease: Lease, moment: Moment): Promise<void> {
    await lease.change((run) => (isSent(run) ? settleBlind(run, moment) : cancelGone(run, moment)));
  }

  /** A person must act on the channel or the content. What may be out already is asked about instead. */
  async #cannotGoOn(
    lease: Lease,
    reason: 'reconnect' | 'platform' | 'content',
    error: unknown,
  ): Promise<void> {
    const moment = this.#moment();
    logger.info({ err: error, runId: lease.run.id, reason }, 'a run cannot go on without a person');
    await lease.change((run) => (isSent(run) ? settleBlind(run, moment) : blocked(run, reason, moment)));
  }

  /**
   * Nothing we know how to handle. It counts as a failed try, or as a question to a person, so that it ends somewhere and is
   * told. An outage of the database, and a commit in flight, are left to the end of the lease.
   */
  async #defect(lease: Lease, error: unknown): Promise<void> {
    logger.error({ err: error, runId: lease.run.id, status: lease.run.status }, 'publishing met a defect');
    if (!lease.held || isOutage(error)) throw error;
    const moment = this.#moment();
    const failure = new ExternalServiceError('Publishing met a defect on our side.', {
      provider: lease.run.platform,
      kind: 'unknown',
      retryable: true,
      outcome: 'not_sent',
    });
    await lease.change((run) => {
      if (run.status === 'committing') throw error;
      if (isSent(run)) return settleBlind(run, moment);
      return decideFailure(run, { status: 'failed', error: failure }, 'prepare', moment);
    });
  }

  #announceStart(run: Run): void {
    if (run.status !== 'preparing' || run.attempts > 0 || isRootOut(run)) return;
    const { id: runId, postId, organizationId, connectionId, platform } = run;
    void this.deps.bus.emit(postStarted, { runId, postId, organizationId, connectionId, platform });
  }

  #moment(): Moment {
    const now = this.deps.clock.now();
    return { now, startedAt: now, random: this.deps.random, timing: this.deps.timing };
  }
}

/** Which errors of loading a person can do something about. */
function blockOf(error: unknown): 'reconnect' | 'platform' | 'content' | null {
  if (error instanceof MissingMediaError) return 'content';
  if (error instanceof ExternalServiceError) return error.kind === 'auth_expired' ? 'reconnect' : null;
  if (!isSystemError(error)) return null;
  if (error.code === 'not_found' || error.code === 'gone') return 'platform';
  if (error.code === 'platform_not_configured' || error.code === 'sandbox_disabled') return 'platform';
  return null;
}

/** The current step may be out, or is. */
function isSent(run: Run): boolean {
  return run.status === 'unconfirmed' || run.status === 'confirming' || run.status === 'deleting';
}
