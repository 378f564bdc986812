import type { ChatCard } from '../card';
import type { ChannelSecret } from '../schema';

/** Where a message goes. */
export interface ChatTarget {
  secret: ChannelSecret;
  /** The channel in Slack, for a bot. */
  slackChannel: string | null;
}

export interface Outgoing {
  target: ChatTarget;
  card: ChatCard;
  /** The same on every try. */
  messageId: string;
}

export interface Sent {
  /** `accepted`: the vendor took it over and says nothing about what becomes of it. */
  certainty: 'delivered' | 'accepted';
  status: number;
  /** The vendor's own words. */
  said: string;
  vendorId: string | null;
}

/** One vendor's way of taking messages. Failures are `ExternalServiceError`s with the vendor's own words. */
export interface ChatSender {
  send(out: Outgoing): Promise<Sent>;
  /**
   * Looks whether a message of an earlier try is there: its id at the vendor, null when it is not, `unknown` when the vendor does
   * not say. Absent where the vendor offers no way to ask.
   */
  find?(out: Outgoing, since: Date): Promise<{ vendorId: string } | null | 'unknown'>;
}
