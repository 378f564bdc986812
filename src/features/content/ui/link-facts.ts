'use client';
import { clientConfig } from '@/client/config';
import { useLiveDoc } from '@/client/use-live-query';
import type { Connection } from '@/features/platforms/schema';
import { campaignModel } from '../library-schema';
import { countedLinks, type LinkForm, trackedUrl } from '../links';

function factsOf({ settings, handle: channel, platform: network }: Connection, campaign: string | undefined) {
  return { settings, base: clientConfig().shortLinkBase, values: { channel, network, campaign } };
}

/** Name of the campaign that links may carry, live. */
export function useCampaignName(id: string | null | undefined): string | undefined {
  return useLiveDoc(campaignModel, id ?? null).item?.name;
}

/** Links as they count on a channel. */
export function channelLinks(connection: Connection, campaign: string | undefined): LinkForm {
  return countedLinks(factsOf(connection, campaign));
}

/** What becomes of one link on a channel; null where it stays as it is written. */
export function linkOutcome(
  connection: Connection,
  url: string,
  campaign: string | undefined,
): { target: string; length: number; short: boolean } | null {
  const facts = factsOf(connection, campaign);
  const sent = countedLinks(facts)(url);
  if (sent === url) return null;
  const target = trackedUrl(url, facts);
  return { target, length: sent.length, short: sent !== target };
}
