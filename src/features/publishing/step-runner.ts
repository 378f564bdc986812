import 'server-only';
import { setTimeout as pause } from 'node:timers/promises';
import { ExternalServiceError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import type {
  Artefacts,
  CheckResult,
  CommitResult,
  ReconcileResult,
  StartResult,
  StepContext,
  StepFailure,
} from '@/features/platforms/providers/types';
import type { CallSlots } from './call-slots';
import { decideCommitResult, stepOut } from './committing';
import type { ExecutorDependencies } from './executor';
import { attemptOf, blocked, decideFailure, decideRefusal, type Moment } from './failing';
import { decideLaneBusy, type IntentDecision, type IntentRequest } from './intent';
import type { LaneSignals } from './lane-signals';
import type { Lease } from './lease';
import { decideChecked, decideProcessing } from './polling';
import { removeParts } from './removing';
import { isOutage, LeaseLostError } from './repository';
import { decideLateAnswer, decideLook, lookLater } from './settling';
import { type Loaded, StepContexts } from './step-context';
import { isRootOut, RELEASED, transition } from './transition';

/** Carries the steps of one claimed run: prepare, intent, commit, and whatever their answers ask for. */
export class StepRunner {
  readonly contexts: StepContexts;

  constructor(
    readonly deps: ExecutorDependencies,
    readonly lease: Lease,
    readonly loaded: Loaded,
    readonly lanes: LaneSignals,
    readonly calls: CallSlots,
  ) {
    this.contexts = new StepContexts(lease, loaded, deps.clock);
  }

  /** The rules once more, with the limits of now. Only while nothing is out. @returns false when a person must change the post. */
  async validated(): Promise<boolean> {
    const { run } = this.lease;
    if (isRootOut(run) || !['preparing', 'processing', 'ready'].includes(run.status)) return true;
    const { provider, channel, limits } = this.loaded.channel;
    const findings = await provider.validate(this.loaded.composition.variant, limits, channel.settings);
    const broken = findings.find((finding) => finding.severity === 'error');
    if (!broken) return true;
    const detail = `${broken.message} ${broken.fix ?? ''}`.trim();
    await this.lease.change((current) => blocked(current, 'rules', this.#moment(), detail));
    return false;
  }

  /** One step further. @returns whether this claim can go on at once. */
  async advance(): Promise<boolean> {
    switch (this.lease.run.status) {
      case 'preparing':
      case 'ready':
        return this.#prepare();
      case 'processing':
        return this.#checkUploads();
      case 'confirming':
        return this.#checkAccepted();
      case 'unconfirmed':
        return this.#look();
      case 'deleting':
        await removeParts(this.contexts, this.deps.clock, () => this.#moment());
        return false;
      default:
        return false;
    }
  }

  // Before the commit ----------------------------------------------------------------------------------------------------

  async #prepare(): Promise<boolean> {
    const startedAt = this.deps.clock.now();
    const ctx = this.contexts.question(this.contexts.artefacts, this.deps.timing.prepare);
    await this.#checkpoint('start.before');
    const result: StartResult = await this.calls.within(() =>
      this.#ask(() => this.loaded.channel.provider.start(ctx)),
    );
    await this.#checkpoint('start.after');
    return this.#prepared(result, startedAt);
  }

  async #checkUploads(): Promise<boolean> {
    const startedAt = this.deps.clock.now();
    const ctx = this.contexts.question(this.contexts.artefacts, this.deps.timing.question);
    const result: CheckResult = await this.#ask(() => this.loaded.channel.provider.check(ctx));
    if (result.status === 'published')
      throw new Error('A network called a post published before its commit.');
    return this.#prepared(result, startedAt);
  }

  async #prepared(result: StartResult, startedAt: Date): Promise<boolean> {
    if (result.status === 'ready') return this.#commit(result.artefacts, startedAt);
    if (result.status === 'failed') {
      await this.#failed(result, 'prepare', startedAt);
      return false;
    }
    const artefactsFor = this.contexts.fingerprint;
    const moment = this.#moment(startedAt);
    await this.#store('processing', (run) => decideProcessing(run, result, artefactsFor, moment));
    return false;
  }

  // The commit -----------------------------------------------------------------------------------------------------------

  async #commit(artefacts: Artefacts, startedAt: Date): Promise<boolean> {
    const intent = await this.#intent(artefacts);
    if (!intent) return false;
    const sent = await this.#send(artefacts, intent.deadline).finally(intent.giveBack);
    if (typeof sent === 'string') {
      await this.#store('result', (run) => decideRefusal(run, sent, this.#moment(startedAt)));
      return false;
    }
    await this.#checkpoint('commit.after');
    try {
      await this.#settle(intent.commitId, sent.result, sent.at);
    } finally {
      this.lanes.freed(this.lease.run.connectionId);
    }
    return true;
  }

  /** The commit call itself. @returns why it was not made. */
  async #send(
    artefacts: Artefacts,
    deadline: Date,
  ): Promise<{ result: CommitResult; at: Date } | 'late' | 'unsupported'> {
    const call = this.#commitCall();
    if (!call) return 'unsupported';
    const at = this.deps.clock.now();
    if (deadline.getTime() - at.getTime() < this.deps.timing.commitShortest) return 'late';
    const ctx = this.contexts.commit(artefacts, deadline);
    await this.#checkpoint('commit.before');
    const result = await call(ctx).catch((error: unknown): CommitResult => {
      // A defect in a provider says nothing about whether the call arrived.
      logger.error({ err: error, runId: ctx.runId }, 'a commit call ended in a defect');
      return { status: 'failed', error: this.#unknown(error) };
    });
    return { result, at };
  }

  /**
   * Waits a moment for another commit of the same account; a longer wait gives the lease back.
   * @returns with a place among the calls in flight, to be given back after the call.
   */
  async #intent(
    artefacts: Artefacts,
  ): Promise<{ commitId: string; deadline: Date; giveBack: () => void } | null> {
    const { timing, clock, ids } = this.deps;
    const { contentHash, steps } = this.loaded.composition;
    const fingerprint = this.contexts.fingerprint;
    const request: IntentRequest = {
      commitId: ids.next('commit'),
      contentHash,
      fingerprint,
      steps: steps.map((step) => step.key),
      artefacts,
      artefactsFor: fingerprint,
    };
    const patience = clock.now().getTime() + timing.laneWait;
    await this.#checkpoint('intent.before');
    for (let asked = 0; ; asked += 1) {
      const giveBack = await this.calls.take();
      const decision = await this.#tryIntent(request).catch((error: unknown) => {
        giveBack();
        throw error;
      });
      if (decision.kind === 'send') {
        await this.#checkpoint('intent.after');
        return { commitId: request.commitId, deadline: decision.deadline, giveBack };
      }
      giveBack();
      if (decision.kind === 'stop') return null;
      if (clock.now().getTime() >= patience) break;
      // Other processes' commits are asked after less and less often: many workers with few accounts must not ask all day.
      const longer = Math.min(1.5 ** asked, 4);
      await this.lanes.wait(
        this.lease.run.connectionId,
        timing.lanePoll * longer * (0.5 + this.deps.random()),
      );
    }
    await this.lease.change((run) => decideLaneBusy(run, request, this.#moment()));
    return null;
  }

  async #tryIntent(request: IntentRequest): Promise<IntentDecision> {
    let decision: IntentDecision | undefined;
    await this.lease.write(async () => {
      const answer = await this.deps.repository.intent(this.lease.holding, request, () => this.#moment());
      decision = answer.decision;
      return answer.run;
    });
    if (!decision) throw new LeaseLostError(this.lease.run.id);
    return decision;
  }

  #commitCall(): ((ctx: StepContext) => Promise<CommitResult>) | undefined {
    const { provider } = this.loaded.channel;
    const { step } = this.lease.run;
    if (step === 'root') return provider.finish.bind(provider);
    return (step === 'comment' ? provider.comment : provider.thread)?.bind(provider);
  }

  /** Stores the answer of a commit call, whatever it takes: an answer that is lost becomes a question to a person. */
  async #settle(commitId: string, result: CommitResult, startedAt: Date): Promise<void> {
    if (isRefusedSignIn(result)) {
      await this.#failed(result, 'commit', startedAt);
      return;
    }
    const { mode } = this.contexts;
    try {
      await this.#store('result', (run) => decideCommitResult(run, result, mode, this.#moment(startedAt)));
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      await this.deps.repository.lateAnswer(this.lease.run.id, commitId, (run) =>
        decideLateAnswer(run, result, this.#moment(startedAt)),
      );
      throw error;
    }
  }

  // After the commit -----------------------------------------------------------------------------------------------------

  async #checkAccepted(): Promise<boolean> {
    const startedAt = this.deps.clock.now();
    const ctx = this.contexts.question(this.#acceptedArtefacts(), this.deps.timing.question);
    const result: CheckResult = await this.#ask(() => this.loaded.channel.provider.check(ctx));
    const moment = this.#moment(startedAt);
    const { mode } = this.contexts;
    await this.#store('confirm', (run) =>
      result.status === 'published'
        ? stepOut(run, result.ref, undefined, attemptOf('confirm', 'published', moment))
        : decideChecked(run, result, mode, moment),
    );
    return true;
  }

  async #look(): Promise<boolean> {
    const startedAt = this.deps.clock.now();
    const { mode } = this.contexts;
    const wait = lookLater(this.lease.run, mode, this.#moment());
    if (wait) {
      await this.lease.change((run) => ({
        patch: transition(run, 'look_again', { ...RELEASED, nextActionAt: wait }),
      }));
      return false;
    }
    await this.#checkpoint('reconcile.before');
    const result = mode === 'none' ? null : await this.#reconcile();
    await this.#checkpoint('reconcile.after');
    const moment = this.#moment(startedAt);
    const { automaticResend } = this.loaded.channel.channel.settings;
    await this.#store('settle', (run) => decideLook(run, { mode, result, automaticResend }, moment));
    return true;
  }

  async #reconcile(): Promise<ReconcileResult> {
    const { run } = this.lease;
    const ctx = this.contexts.question(this.#acceptedArtefacts(), this.deps.timing.question);
    const sentAt = run.commit?.sentAt ?? this.deps.clock.now();
    try {
      const result = await this.loaded.channel.provider.reconcile({ ...ctx, sentAt });
      // Equal texts look alike: what another run already calls its own is not this one.
      if (result.status === 'found' && (await this.deps.repository.belongsToAnother(run, result.ref.id)))
        return { status: 'unknown' };
      return result;
    } catch (error) {
      if (this.lease.signal.aborted) throw new LeaseLostError(run.id);
      return { status: 'unknown', error: this.#unknown(error) };
    }
  }

  // Parts ----------------------------------------------------------------------------------------------------------------

  /** What the commit left behind belongs to what was sent; that cannot have changed since. */
  #acceptedArtefacts(): Artefacts {
    return JSON.parse(this.lease.run.artefacts ?? '{}') as Artefacts;
  }

  /** A refused sign-in is renewed once; only when that fails too a person must reconnect. */
  async #failed(failure: StepFailure, phase: 'prepare' | 'commit', startedAt: Date): Promise<void> {
    const { error } = failure;
    if (error.kind !== 'auth_expired') {
      await this.#store('result', (run) => decideFailure(run, failure, phase, this.#moment(startedAt)));
      return;
    }
    const renewed = await this.#renewed();
    await this.#store('result', (run) => {
      const moment = this.#moment(startedAt);
      if (!renewed || run.attempts > 1) return blocked(run, 'reconnect', moment);
      const { provider, kind, outcome } = error;
      const again = { provider, kind, outcome, retryable: true, retryAfterMs: 0 };
      const softened = { ...failure, error: new ExternalServiceError(error.message, again) };
      return decideFailure(run, softened, phase, moment);
    });
  }

  async #renewed(): Promise<boolean> {
    const { usedVersion } = this.contexts;
    if (usedVersion === undefined) return false;
    try {
      await this.loaded.channel.renewCredentials(usedVersion);
      return true;
    } catch (error) {
      if (error instanceof ExternalServiceError && error.kind === 'auth_expired') return false;
      logger.warn({ err: error, runId: this.lease.run.id }, 'could not renew the sign-in of a channel now');
      return true;
    }
  }

  /** A question or a preparation: what a provider throws is a failed answer, not the end of the run. */
  async #ask<T>(question: () => Promise<T | StepFailure>): Promise<T | StepFailure> {
    try {
      const answer = await question();
      if (this.lease.signal.aborted) throw new LeaseLostError(this.lease.run.id);
      return answer;
    } catch (error) {
      if (error instanceof LeaseLostError || this.lease.signal.aborted)
        throw new LeaseLostError(this.lease.run.id);
      logger.error({ err: error, runId: this.lease.run.id }, 'a provider threw instead of answering');
      return { status: 'failed', error: this.#unknown(error) };
    }
  }

  #unknown(error: unknown): ExternalServiceError {
    if (error instanceof ExternalServiceError) return error;
    return new ExternalServiceError(
      'Calling the network ended in a defect on our side.',
      { provider: this.lease.run.platform, kind: 'unknown', retryable: true, outcome: 'unknown' },
      { cause: error },
    );
  }

  /** A fenced change that is repeated through an outage of the database for as long as the lease may be ours. */
  async #store(name: string, decide: Parameters<Lease['change']>[0]): Promise<void> {
    await this.#checkpoint(`${name}.before`);
    for (let tries = 0; ; tries += 1) {
      try {
        await this.lease.change(decide);
        break;
      } catch (error) {
        if (tries >= 8 || !isOutage(error)) throw error;
        logger.warn({ err: error, runId: this.lease.run.id }, 'storing a result failed; trying again');
        await pause(Math.min(250 * 2 ** tries, 8_000));
      }
    }
    await this.#checkpoint(`${name}.after`);
  }

  async #checkpoint(name: string): Promise<void> {
    await this.deps.checkpoint?.(name);
  }

  #moment(startedAt?: Date): Moment {
    const now = this.deps.clock.now();
    return { now, startedAt: startedAt ?? now, random: this.deps.random, timing: this.deps.timing };
  }
}

function isRefusedSignIn(result: CommitResult): result is StepFailure {
  return (
    result.status === 'failed' && result.error.kind === 'auth_expired' && result.error.outcome === 'rejected'
  );
}
