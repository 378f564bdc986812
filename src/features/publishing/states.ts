import { RUN_STATUSES, type RunStatus } from './schema';

/**
 * The publish state machine as a table. Whoever changes a run's status asks {@link nextStatus}; what the table does not list
 * cannot happen. Pure: the same file serves the worker, the API, the browser and the tests.
 */

/** What happens to a run. The comment says who may say so. */
export const RUN_EVENTS = [
  /** Plan: the content is approved, or a new time was chosen. */
  'plan',
  /** Plan: the content needs approval first. */
  'hold',
  /** Worker: took the lease. */
  'claim',
  /** Worker: a rate limit or another commit of the same account goes first. */
  'delay',
  /** Network: uploads are being processed. */
  'processing',
  /** Network: nothing stands before the commit. */
  'prepared',
  /** Intent: the content changed since it was prepared. */
  'stale',
  /** Intent: stored; the commit call may leave. The only way into `committing`. */
  'intent',
  /** Network: definitely not out, worth another try. */
  'again',
  /** Network: definitely not out, no further try. */
  'fail',
  /** Network: took the commit and processes it. */
  'accepted',
  /** Network or a person: this step is out. */
  'out',
  /** Network: no answer to the commit, or none within the time it may process. */
  'unknown',
  /** Recovery: the worker died with its commit call in flight. */
  'lease_lost',
  /** Reconciliation: looked, cannot tell yet. */
  'look_again',
  /** Reconciliation: the network can tell for certain that it is not there. */
  'absent',
  /** Reconciliation: only a person can tell. */
  'ask',
  /** A person, or the channel's own setting: it is not out, send it. */
  'resend',
  /** A person: nobody can tell; leave it. */
  'leave',
  /** Worker: a person must act before this can go on. */
  'block',
  /** The cause of a block is gone. */
  'release',
  /** A person: try again what failed or is blocked. */
  'retry',
  /** A person: do not send. */
  'cancel',
  /** A person: remove it from the network. */
  'delete',
  /** Network: it is gone. */
  'gone',
  /** Network: it could not be removed. */
  'kept',
] as const;
export type RunEvent = (typeof RUN_EVENTS)[number];

/** The two facts of a run, beyond its status, that decide where an event leads. */
export interface Situation {
  /** The first post is out already: threads and comments follow it. */
  rootOut: boolean;
  /** After the current step another one is to be sent. */
  moreSteps: boolean;
}

/** One target, or one that depends on the situation. */
type Target =
  | RunStatus
  | { readonly rootWaiting: RunStatus; readonly rootOut: RunStatus }
  | { readonly more: RunStatus; readonly last: RunStatus };

/** A step that cannot be sent ends the run: `failed` when nothing is out, `partial` when the first post is. */
const ENDED: Target = { rootWaiting: 'failed', rootOut: 'partial' };
const STOPPED: Target = { rootWaiting: 'cancelled', rootOut: 'partial' };
const OUT: Target = { more: 'preparing', last: 'published' };

/** Before the intent documents alone change: all of these states may be planned anew, cancelled and blocked. */
const BEFORE_INTENT = {
  plan: 'scheduled',
  hold: 'pending_approval',
  cancel: STOPPED,
  block: { rootWaiting: 'blocked', rootOut: 'partial' },
} as const satisfies Partial<Record<RunEvent, Target>>;

export const TRANSITIONS: Readonly<Record<RunStatus, Partial<Readonly<Record<RunEvent, Target>>>>> = {
  pending_approval: BEFORE_INTENT,
  scheduled: { ...BEFORE_INTENT, claim: 'preparing', delay: 'scheduled' },
  preparing: {
    ...BEFORE_INTENT,
    claim: 'preparing',
    delay: 'preparing',
    processing: 'processing',
    prepared: 'ready',
    stale: 'scheduled',
    again: 'scheduled',
    fail: ENDED,
  },
  processing: {
    ...BEFORE_INTENT,
    claim: 'processing',
    delay: 'processing',
    processing: 'processing',
    prepared: 'ready',
    stale: 'scheduled',
    again: 'scheduled',
    fail: ENDED,
  },
  ready: {
    ...BEFORE_INTENT,
    claim: 'ready',
    delay: 'ready',
    stale: 'scheduled',
    again: 'scheduled',
    fail: ENDED,
    intent: 'committing',
  },
  committing: {
    accepted: 'confirming',
    out: OUT,
    again: 'scheduled',
    fail: ENDED,
    cancel: STOPPED,
    block: { rootWaiting: 'blocked', rootOut: 'partial' },
    unknown: 'unconfirmed',
    lease_lost: 'unconfirmed',
  },
  confirming: {
    claim: 'confirming',
    processing: 'confirming',
    out: OUT,
    fail: ENDED,
    unknown: 'unconfirmed',
  },
  unconfirmed: {
    claim: 'unconfirmed',
    look_again: 'unconfirmed',
    ask: 'unconfirmed',
    out: OUT,
    absent: 'scheduled',
    resend: 'scheduled',
    fail: ENDED,
    cancel: STOPPED,
    leave: ENDED,
  },
  blocked: {
    ...BEFORE_INTENT,
    claim: 'blocked',
    block: 'blocked',
    release: 'scheduled',
    retry: 'scheduled',
    fail: ENDED,
  },
  published: { delete: 'deleting' },
  partial: { delete: 'deleting', retry: 'scheduled', out: OUT, resend: 'scheduled' },
  failed: {
    plan: 'scheduled',
    hold: 'pending_approval',
    retry: 'scheduled',
    cancel: 'cancelled',
    out: OUT,
    resend: 'scheduled',
  },
  cancelled: { plan: 'scheduled', hold: 'pending_approval' },
  deleting: {
    claim: 'deleting',
    again: 'deleting',
    gone: 'deleted',
    kept: { more: 'partial', last: 'published' },
  },
  deleted: {},
};

function resolve(target: Target, situation: Situation): RunStatus {
  if (typeof target === 'string') return target;
  if ('more' in target) return situation.moreSteps ? target.more : target.last;
  return situation.rootOut ? target.rootOut : target.rootWaiting;
}

/** The status an event leads to, or undefined when it cannot happen in this one. */
export function nextStatus(status: RunStatus, event: RunEvent, situation: Situation): RunStatus | undefined {
  const target = TRANSITIONS[status][event];
  return target === undefined ? undefined : resolve(target, situation);
}

/** Every status an event may lead to, whatever the situation. */
export function possibleTargets(status: RunStatus, event: RunEvent): readonly RunStatus[] {
  const target = TRANSITIONS[status][event];
  if (target === undefined) return [];
  return typeof target === 'string' ? [target] : [...new Set(Object.values(target))];
}

/** Nothing happens by itself any more: no next action, no sweep. */
export const TERMINAL_STATUSES: ReadonlySet<RunStatus> = new Set([
  'published',
  'partial',
  'failed',
  'cancelled',
  'deleted',
]);

/** Every other status carries `nextActionAt`: a run that could be forgotten cannot be stored. */
export const OPEN_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter(
  (status) => !TERMINAL_STATUSES.has(status),
);

/** Nothing of the current step was sent: documents alone may change. */
export const BEFORE_INTENT_STATUSES: ReadonlySet<RunStatus> = new Set([
  'pending_approval',
  'scheduled',
  'preparing',
  'processing',
  'ready',
  'blocked',
]);
