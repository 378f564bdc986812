import { SystemError } from '@/core/errors';
import type { EventType, PayloadOf } from '@/core/events/event-type';
import type { StepKey } from '@/features/platforms/providers/types';
import {
  contentPublished,
  postBlocked,
  postCancelled,
  postCompleted,
  postFailed,
  postPartial,
  postUnconfirmed,
} from './events';
import type { BlockedReason, NewAttempt, Run, RunPart, RunStatus } from './schema';
import { nextStatus, type RunEvent, type Situation, TERMINAL_STATUSES } from './states';

/** Fields of a run that a change writes. */
export type RunPatch = Partial<Omit<Run, 'id' | 'createdAt' | 'updatedAt' | 'organizationId' | 'postId'>>;

/** An event to be written to the outbox with the change. */
export interface Announcement<E extends EventType = EventType> {
  event: E;
  payload: PayloadOf<E>;
}

/** The network asked for a pause: every run of the account, or of the whole network, waits. */
export interface Pause {
  scope: 'account' | 'app';
  until: Date;
  reason: string;
}

/** One atomic step of a run: everything here is stored in one transaction or not at all. */
export interface Change {
  patch: RunPatch;
  attempt?: AttemptFacts;
  announce?: readonly Announcement[];
  pauses?: readonly Pause[];
}

/** What a decision says about an attempt; the rest is known from the run and the change. */
export type AttemptFacts = Pick<NewAttempt, 'phase' | 'startedAt' | 'finishedAt' | 'outcome'> &
  Partial<
    Pick<NewAttempt, 'errorClass' | 'message' | 'vendorStatus' | 'vendorCode' | 'platformPostId' | 'actorId'>
  >;

export function situationOf(run: Pick<Run, 'parts' | 'step'>): Situation {
  return { rootOut: isRootOut(run), moreSteps: stepAfter(run) !== undefined };
}

export function isRootOut(run: Pick<Run, 'parts'>): boolean {
  return run.parts.some((part) => part.key === 'root' && part.status === 'published');
}

/** The next part that still has to be sent once the current step is out. */
export function stepAfter(run: Pick<Run, 'parts' | 'step'>): StepKey | undefined {
  const at = run.parts.findIndex((part) => part.key === run.step);
  return run.parts.slice(at + 1).find((part) => part.status === 'waiting')?.key;
}

export function newPart(key: StepKey): RunPart {
  return { key, status: 'waiting', platformPostId: null, permalink: null, extra: {}, publishedAt: null };
}

/**
 * The patch that carries a run to where `event` leads. Keeps what every stored run must satisfy: a terminal one has no next
 * action and no lease, an open one has a next action.
 * @throws SystemError when the event cannot happen in this status: a defect.
 */
export function transition(
  run: Run,
  event: RunEvent,
  patch: RunPatch = {},
): RunPatch & { status: RunStatus } {
  const status = nextStatus(run.status, event, situationOf(run));
  if (!status) {
    throw new SystemError('A post was about to change in a way it cannot.', 'internal', {
      severity: 'critical',
      context: { runId: run.id, status: run.status, event },
    });
  }
  const merged = { ...patch, status };
  if (TERMINAL_STATUSES.has(status)) return { ...merged, ...RELEASED, nextActionAt: null };
  const nextActionAt = patch.nextActionAt === undefined ? run.nextActionAt : patch.nextActionAt;
  if (!nextActionAt) {
    throw new SystemError('A post was about to be forgotten.', 'internal', {
      severity: 'critical',
      context: { runId: run.id, status: run.status, event },
    });
  }
  return { ...merged, nextActionAt };
}

/** Gives the lease back. */
export const RELEASED = { leaseOwner: null, leaseUntil: null } as const;

/** A fresh start of the current step. */
export const FRESH_STEP = { attempts: 0, looks: 0, phaseSince: null } as const;

/** Takes the run out of the hands of whoever holds it: its next fenced write is refused. */
export function takenOver(run: Run): RunPatch {
  return { ...RELEASED, fence: run.fence + 1 };
}

// Announcements --------------------------------------------------------------------------------------------------------

function factsOf(run: Run) {
  const { id: runId, postId, organizationId, connectionId, platform } = run;
  return { runId, postId, organizationId, connectionId, platform };
}

export function announceOut(run: Run, permalink: string | null, publishedAt: Date): Announcement {
  return { event: contentPublished, payload: { ...factsOf(run), permalink, publishedAt } };
}

/** The parts that followed the first post are out as well. */
export function announceCompleted(run: Run): Announcement {
  return { event: postCompleted, payload: factsOf(run) };
}

/** What people are told when a run ends without being out in full, or needs them. Nothing for other statuses. */
export function announceTrouble(run: Run, patch: RunPatch & { status: RunStatus }): Announcement[] {
  const message = patch.lastError ?? run.lastError ?? '';
  const errorClass = patch.lastErrorClass === undefined ? run.lastErrorClass : patch.lastErrorClass;
  const attention = { ...factsOf(run), authorId: run.authorId, errorClass, message };
  if (patch.status === 'failed') return [{ event: postFailed, payload: attention }];
  if (patch.status === 'partial') return [{ event: postPartial, payload: attention }];
  if (patch.status === 'cancelled')
    return [{ event: postCancelled, payload: { ...factsOf(run), authorId: run.authorId } }];
  return [];
}

export function announceQuestion(run: Run, message: string, reminder: number): Announcement {
  const payload = {
    ...factsOf(run),
    authorId: run.authorId,
    errorClass: run.lastErrorClass,
    message,
    reminder,
  };
  return { event: postUnconfirmed, payload };
}

export function announceBlock(
  run: Run,
  reason: BlockedReason,
  message: string,
  reminder: number,
): Announcement {
  const payload = {
    ...factsOf(run),
    authorId: run.authorId,
    errorClass: run.lastErrorClass,
    message,
    reminder,
  };
  return { event: postBlocked, payload: { ...payload, reason } };
}
