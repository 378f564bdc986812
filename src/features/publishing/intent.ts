import { createHash } from 'node:crypto';
import type { ComposedContent, Post } from '@/features/content/schema';
import { channelFingerprint } from '@/features/content/variant';
import type { Artefacts, StepKey } from '@/features/platforms/providers/types';
import type { ChannelHealth } from '@/features/platforms/schema';
import { PUBLISHABLE_HEALTH } from '@/features/platforms/schema';
import { later, storedArtefacts } from './committing';
import { attemptOf, blocked, type Moment } from './failing';
import { TEXT } from './reasons';
import type { Lane, Run } from './schema';
import {
  announceTrouble,
  type Change,
  isRootOut,
  newPart,
  RELEASED,
  type RunPatch,
  transition,
} from './transition';

/** What a channel says about sending, at this very moment. */
export interface ChannelGate {
  health: ChannelHealth;
  requiresApproval: boolean;
  /** Commits in flight at once for this account. */
  concurrentCommits: number;
}

/** What is about to be sent. */
export interface IntentRequest {
  commitId: string;
  /** Hash of the channel's content that was prepared. */
  contentHash: string;
  /** Hash of the step as it will be sent. */
  fingerprint: string;
  /** Every step this content has. */
  steps: readonly StepKey[];
  artefacts: Artefacts;
  artefactsFor: string;
}

export interface LaneSlots {
  lane: Lane | null;
  /** Commits of other runs of this account that are in flight. */
  open: Lane['slots'];
}

export interface IntentFacts extends IntentRequest {
  post: Post | null;
  channel: ChannelGate | null;
  slots: LaneSlots;
}

export type IntentDecision =
  | { kind: 'send'; change: Change; slot: Lane['slots'][number]; deadline: Date }
  /** Another commit of this account goes first; nothing is written. */
  | { kind: 'busy'; until: Date }
  /** Not to be sent now, or ever. */
  | { kind: 'stop'; change: Change };

/** May this step be sent now? Pure; runs inside the intent's transaction, which Firestore repeats until all it read still holds. */
export function decideIntent(run: Run, facts: IntentFacts, moment: Moment): IntentDecision {
  const { now, timing } = moment;
  const { post, channel } = facts;
  if (!post || post.organizationId !== run.organizationId || !hasChannel(post, run.connectionId)) {
    const patch = transition(ready(run), 'cancel', { lastError: TEXT.gone });
    const attempt = { ...attemptOf('prepare', 'cancelled', moment), message: TEXT.gone };
    return { kind: 'stop', change: { patch, attempt, announce: announceTrouble(run, patch) } };
  }
  if (contentHashOf(post, run.connectionId) !== facts.contentHash) {
    // Once the first post is out its content is frozen, so this can only be before it.
    return {
      kind: 'stop',
      change: { patch: transition(ready(run), 'stale', { ...RELEASED, nextActionAt: now }) },
    };
  }
  if (!channel) return { kind: 'stop', change: blocked(ready(run), 'platform', moment) };
  if (!PUBLISHABLE_HEALTH.has(channel.health)) {
    const reason = channel.health === 'disabled' ? 'platform' : 'reconnect';
    return { kind: 'stop', change: blocked(ready(run), reason, moment) };
  }
  if (!isRootOut(run) && lacksApproval(post, run.connectionId, channel)) {
    return { kind: 'stop', change: blocked(ready(run), 'approval', moment) };
  }
  const paused = facts.slots.lane?.pausedUntil;
  if (paused && paused > now) {
    return {
      kind: 'stop',
      change: {
        patch: transition(ready(run), 'delay', { ...kept(facts), ...RELEASED, nextActionAt: paused }),
      },
    };
  }
  const open = facts.slots.open.filter((slot) => slot.until > now);
  if (open.length >= channel.concurrentCommits) {
    return { kind: 'busy', until: new Date(Math.min(...open.map((slot) => slot.until.getTime()))) };
  }
  const leaseUntil = later(now, timing.lease);
  // The request must have ended well before anybody else may take this run over.
  const deadline = later(leaseUntil, -timing.commitMargin);
  return {
    kind: 'send',
    change: { patch: intended(run, facts, moment, leaseUntil, deadline) },
    deadline,
    slot: { runId: run.id, commitId: facts.commitId, until: deadline },
  };
}

/** Another commit of this account takes longer than this claim can wait. */
export function decideLaneBusy(run: Run, request: IntentRequest, moment: Moment): Change {
  const wait = moment.timing.lanePoll * (2 + 2 * moment.random());
  return {
    patch: transition(ready(run), 'delay', {
      ...kept(request),
      ...RELEASED,
      nextActionAt: later(moment.now, wait),
    }),
  };
}

function intended(run: Run, facts: IntentFacts, moment: Moment, leaseUntil: Date, deadline: Date): RunPatch {
  const known = new Map(run.parts.map((part) => [part.key, part]));
  return transition(ready(run), 'intent', {
    ...kept(facts),
    leaseUntil,
    nextActionAt: leaseUntil,
    contentVersion: facts.post?.version ?? run.contentVersion,
    contentHash: facts.contentHash,
    parts: facts.steps.map((key) => known.get(key) ?? newPart(key)),
    commit: {
      id: facts.commitId,
      step: run.step,
      fingerprint: facts.fingerprint,
      sentAt: moment.now,
      deadline,
    },
  });
}

/** Preparing ends and the intent begins in one write. */
function ready(run: Run): Run {
  if (run.status === 'ready') return run;
  return { ...run, ...transition(run, 'prepared') } as Run;
}

/** Uploads survive whatever stops the intent. */
function kept(facts: Pick<IntentRequest, 'artefacts' | 'artefactsFor'>): RunPatch {
  return { artefacts: storedArtefacts(facts.artefacts), artefactsFor: facts.artefactsFor };
}

function hasChannel(post: Post, connectionId: string): boolean {
  return post.status !== 'deleted' && post.channels.some((channel) => channel.connectionId === connectionId);
}

/** An approval binds to the content it was given for: one of other content is none. */
function lacksApproval(
  post: Pick<Post, 'approval' | 'contentHash'>,
  connectionId: string,
  channel: ChannelGate,
): boolean {
  const { status, hash, channels, exempt } = post.approval;
  if (status === 'approved') return hash !== post.contentHash;
  if (channels?.includes(connectionId)) return true;
  const trusted = exempt?.includes(connectionId) && hash === post.contentHash;
  return channel.requiresApproval && !trusted;
}

/** What `channelContentHash` answers, without waiting: inside a transaction's decision nothing may wait. */
export function contentHashOf(post: ComposedContent, connectionId: string): string {
  return createHash('sha256').update(channelFingerprint(post, connectionId)).digest('hex');
}
