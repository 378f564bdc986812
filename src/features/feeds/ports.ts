import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import type { FeedMode } from './schema';

/** A post as a feed asks for it. */
export interface FeedPost {
  /** Names the post: asked for twice, it is made once. */
  id: string;
  text: string;
  title: string;
  link: string | null;
  connectionIds: readonly string[];
  mode: FeedMode;
  /** Writes what must be true exactly when the post exists. Writes only. */
  alongside(tx: Tx): void;
}

/** Posts as feeds make them: through the same door as people, API and imports. */
export interface FeedPosts {
  /**
   * @returns false when it is there already.
   * @throws SystemError below 500 when it is refused: a rule, the plan, a channel, no free time.
   */
  create(actor: Actor, post: FeedPost): Promise<boolean>;
  /** By how much a text is too long for the strictest of these channels, as that network counts; 0: it fits. */
  excess(
    organizationId: string,
    text: string,
    link: string | null,
    connectionIds: readonly string[],
  ): Promise<number>;
}

/** The organisation's channels. */
export interface FeedChannels {
  /** Ids of those that can be posted to. */
  active(organizationId: string): Promise<ReadonlySet<string>>;
}

/** Words of the AI, paid for by the person in whose name they are asked for. */
export interface FeedWriter {
  /** @throws SystemError when it cannot be written; nothing is paid then. */
  write(
    actor: Actor,
    brief: {
      instruction: string;
      title: string;
      summary: string;
      author: string;
      link: string | null;
      connectionIds: readonly string[];
    },
    signal: AbortSignal,
  ): Promise<string>;
}

/** Who a feed acts for, with what they may do today. */
export interface FeedActors {
  /** Null for somebody who is no member any more. */
  actorOf(organizationId: string, userId: string): Promise<Actor | null>;
}
