import { clientConfig } from '@/client/config';
import type { Connection } from '@/features/platforms/schema';
import { countedLinks, type LinkForm, trackedUrl } from '../links';

function factsOf({ settings, handle: channel, platform: network }: Connection) {
  return { settings, base: clientConfig().shortLinkBase, values: { channel, network } };
}

/** Links as they count on a channel. */
export function channelLinks(connection: Connection): LinkForm {
  return countedLinks(factsOf(connection));
}

/** What becomes of one link on a channel; null where it stays as it is written. */
export function linkOutcome(
  connection: Connection,
  url: string,
): { target: string; length: number; short: boolean } | null {
  const facts = factsOf(connection);
  const sent = countedLinks(facts)(url);
  if (sent === url) return null;
  const target = trackedUrl(url, facts);
  return { target, length: sent.length, short: sent !== target };
}
