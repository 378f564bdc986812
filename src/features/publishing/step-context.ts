import 'server-only';
import type { Clock } from '@/core/time/clock';
import { stepMaterial } from '@/features/platforms/providers/material';
import {
  type Artefacts,
  type Credentials,
  type PublishedRef,
  type PublishingChannel,
  type ReconcileMode,
  reconcileModeAt,
  type StepContent,
  type StepContext,
} from '@/features/platforms/providers/types';
import { later, storedArtefacts } from './committing';
import { type Composition, fingerprintOf, usableArtefacts } from './composing';
import type { Lease } from './lease';
import type { Run } from './schema';

/** The channel, the content and the steps of a claimed run. */
export interface Loaded {
  channel: PublishingChannel;
  composition: Composition;
}

/** What a provider is handed for the current step of a claimed run. */
export class StepContexts {
  #usedVersion: number | undefined;

  constructor(
    readonly lease: Lease,
    readonly loaded: Loaded,
    readonly clock: Clock,
  ) {}

  /** Of the token that was used last. */
  get usedVersion(): number | undefined {
    return this.#usedVersion;
  }

  /** How a lost answer of this step can be settled now. */
  get mode(): ReconcileMode {
    const { provider, channel, limits } = this.loaded.channel;
    const now = this.clock.now();
    const rule = provider.reconcileRule(channel, this.content, limits);
    return reconcileModeAt(rule, this.lease.run.commit?.sentAt ?? now, now);
  }

  get content(): StepContent {
    const { step } = this.lease.run;
    const found = this.loaded.composition.steps.find((one) => one.key === step);
    if (!found) throw new Error(`The content has no step ${step}.`);
    return found.content;
  }

  get fingerprint(): string {
    return fingerprintOf(this.content);
  }

  /** What earlier attempts left, as far as it fits. */
  get artefacts(): Artefacts {
    return usableArtefacts(this.lease.run, this.fingerprint);
  }

  /** For everything but a commit: ends when the lease is lost. @param milliseconds the longest it may take. */
  question(artefacts: Artefacts, milliseconds: number): StepContext {
    const signal = AbortSignal.any([AbortSignal.timeout(Math.max(1, milliseconds)), this.lease.signal]);
    return this.#context(artefacts, signal, later(this.clock.now(), milliseconds));
  }

  /** For a commit: not called back when the lease is lost, because its answer is worth having. */
  commit(artefacts: Artefacts, deadline: Date): StepContext {
    const remaining = Math.max(1, deadline.getTime() - this.clock.now().getTime());
    return this.#context(artefacts, AbortSignal.timeout(remaining), deadline);
  }

  #context(artefacts: Artefacts, signal: AbortSignal, deadline: Date): StepContext {
    const { run } = this.lease;
    const { channel } = this.loaded;
    const artefactsFor = this.fingerprint;
    return {
      channel: channel.channel,
      limits: channel.limits,
      credentials: async (): Promise<Credentials> => {
        const credentials = await channel.credentials();
        this.#usedVersion = credentials.version;
        return credentials;
      },
      renewCredentials: (version) => channel.renewCredentials(version),
      signal,
      deadline,
      runId: run.id,
      step: run.step,
      content: this.content,
      material: stepMaterial(run.id, run.step, run.fixedAt ?? run.dueAt),
      artefacts,
      saveArtefacts: async (next) => {
        await this.lease.change(() => ({ patch: { artefacts: storedArtefacts(next), artefactsFor } }));
      },
      ...replyTo(run),
    };
  }
}

/** The first post, and the part before this one in the thread. */
function replyTo(run: Run): { root?: PublishedRef; parent?: PublishedRef } {
  if (run.step === 'root') return {};
  const root = refOf(run.parts.find((part) => part.key === 'root'));
  const at = run.parts.findIndex((part) => part.key === run.step);
  const parent = run.step === 'comment' ? root : refOf(run.parts[at - 1]);
  return { ...(root ? { root } : {}), ...(parent ? { parent } : {}) };
}

export function refOf(part: Run['parts'][number] | undefined): PublishedRef | undefined {
  if (!part?.platformPostId) return undefined;
  return {
    id: part.platformPostId,
    ...(part.permalink ? { permalink: part.permalink } : {}),
    extra: part.extra,
  };
}
