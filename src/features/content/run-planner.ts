import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import type { PlatformId } from '@/features/platforms/schema';
import type { Attempt } from '@/features/publishing/schema';
import type { Post, UnsavedPost } from './schema';

/** What content must know of a run; publishing's own shape has more. */
export interface PlannedRun {
  /** `{postId}_{connectionId}`. */
  id: string;
  postId: string;
  connectionId: string;
  platform: PlatformId;
  status: string;
  dueAt: Date;
  localTime: string;
  zone: string;
  /** The queue slot whose booking this run holds. */
  slotId: string | null;
  permalink?: string | undefined;
}

/** When one channel of a post goes out. */
export interface RunPlan {
  connectionId: string;
  platform: PlatformId;
  dueAt: Date;
  localTime: string;
  /** IANA name. */
  zone: string;
  /** The queue slot this time is; planning books it, and fails with ALREADY_EXISTS when somebody was faster. */
  slotId?: string | undefined;
  /** The channel asks for approval and the post's current content has none: the run waits as `pending_approval`. */
  needsApproval: boolean;
  /** Hash of what this channel gets (`channelContentHash`); the commit compares it with the post's. */
  contentHash: string;
}

/**
 * What content asks of publishing. Everything that ends in `In` only writes inside the caller's transaction, so a post and its
 * runs change together or not at all; it reads nothing, because Firestore wants all reads first: `runsIn` is that read.
 *
 * Until a run's intent is stored, changing and cancelling change documents only. From the intent on they throw
 * `ConflictError` with code `too_late`, and the caller's transaction writes nothing.
 */
export interface RunPlanner<Run extends PlannedRun = PlannedRun> {
  /** Every run of the post, read inside the transaction. */
  runsIn(tx: Tx, post: Pick<Post, 'id' | 'organizationId' | 'channels'>): Promise<Run[]>;

  /**
   * Makes each plan true: creates the run, moves a waiting one, reopens a cancelled one.
   * @param known what `runsIn` answered in this transaction; empty for a post that is being created.
   * @throws ConflictError `too_late` for a run that is being sent or is out: publishing again makes a new post.
   */
  planIn(tx: Tx, post: UnsavedPost, plans: readonly RunPlan[], known: readonly Run[]): void;

  /** @throws ConflictError `too_late` when one of these is being sent or is out. */
  cancelIn(tx: Tx, postId: string, runs: readonly Run[]): void;

  /**
   * What these runs would send has changed; `post` is the new version.
   * @throws ConflictError `too_late` when one of these is being sent or is out.
   */
  contentChangedIn(tx: Tx, post: UnsavedPost, runs: readonly Run[]): void;

  /**
   * The content is approved: those of these runs that wait for that go on; the others stay as they are.
   * @param asSoonAsApproved the post has no time of its own.
   */
  approvedIn(tx: Tx, asSoonAsApproved: boolean, runs: readonly Run[]): void;

  /** These runs wait for an approval from now on; what is being sent or is out stays as it is. */
  heldIn(tx: Tx, runs: readonly Run[]): void;

  /** For reading; newest state outside any transaction. */
  runsOf(organizationId: string, postId: string): Promise<Run[]>;

  /** Every attempt of every channel, newest first. */
  attemptsOf(organizationId: string, postId: string, limit: number): Promise<Attempt[]>;

  /** Starts due runs of this post at once instead of waiting for the sweep. After the response; never throws. */
  kick(postId: string): void;

  /** Works on the due runs of this post and resolves when they settled or wait; for a caller who waits for the answer. */
  runDue(postId: string): Promise<void>;

  /** Brings the post's status in line with its runs. Repeatable. */
  rollUp(organizationId: string, postId: string): Promise<void>;

  /** Takes what is out off its networks; runs that are not out are left alone. @returns the runs being removed. */
  removeFromNetworks(actor: Actor, postId: string): Promise<{ id: string }[]>;
}
