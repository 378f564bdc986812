'use client';
import { useEffect, useMemo, useState } from 'react';
import type { Counts, Finding } from '@/features/platforms/finding-schema';
import type { Connection, MediaFacts } from '@/features/platforms/schema';
import { channelFindings } from '../../channel-findings';
import { effectiveVariant, sendableVariant } from '../../variant';
import { channelLinks, useCampaignName } from '../link-facts';
import type { Draft } from './composer-state';

/** How one channel stands: counts of each part, and what its network objects to. */
export interface ChannelCheck {
  counts: Counts;
  /** Of every part, the first included. */
  parts: Counts[];
  findings: Finding[];
}

/** Typing must stay fluent; the rings may follow a moment later. */
const PAUSE_MS = 120;

type Rules = typeof import('@/features/platforms/rules/validate') &
  typeof import('@/features/platforms/rules/counting');

let rules: Promise<Rules> | undefined;
/** The rules engine comes with the first check, not with the page. */
function loadRules(): Promise<Rules> {
  rules ??= Promise.all([
    import('@/features/platforms/rules/validate'),
    import('@/features/platforms/rules/counting'),
  ])
    .then(([validate, counting]) => ({ ...validate, ...counting }))
    .catch((error: unknown) => {
      // A chunk that did not arrive must be fetchable again.
      rules = undefined;
      throw error;
    });
  return rules;
}

async function check(
  draft: Draft,
  channel: Connection,
  mediaById: ReadonlyMap<string, MediaFacts>,
  now: Date,
  campaign: string | undefined,
): Promise<ChannelCheck> {
  const { validateVariant, counterFor } = await loadRules();
  const { settings, limits, platform } = channel;
  const variant = sendableVariant(effectiveVariant(draft, channel.id), {
    mediaById,
    signature: settings.signature,
    links: channelLinks(channel, campaign),
  });
  const { counts, findings } = await validateVariant({
    platform,
    connectionId: channel.id,
    variant,
    settings,
    limits,
  });
  const counter = await counterFor(platform);
  const later = (variant.thread ?? []).map((part) => counter.count(part.text, { settings, limits }));
  return {
    counts,
    parts: [counts, ...later],
    findings: [...findings, ...channelFindings(channel, null, now)],
  };
}

/** Checks every chosen channel with the same rules the API uses, shortly after each change. */
export function useChecks(
  draft: Draft,
  byId: ReadonlyMap<string, Connection>,
  mediaById: ReadonlyMap<string, MediaFacts>,
): ReadonlyMap<string, ChannelCheck> {
  const [checks, setChecks] = useState<ReadonlyMap<string, ChannelCheck>>(new Map());
  const chosen = useMemo(
    () => draft.channels.flatMap(({ connectionId }) => byId.get(connectionId) ?? []),
    [draft.channels, byId],
  );
  const campaign = useCampaignName(draft.campaignId);
  useEffect(() => {
    let left = false;
    const timer = setTimeout(async () => {
      const now = new Date();
      const results = await Promise.allSettled(
        chosen.map(
          async (channel) => [channel.id, await check(draft, channel, mediaById, now, campaign)] as const,
        ),
      );
      if (left) return;
      setChecks(new Map(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))));
    }, PAUSE_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [draft, chosen, mediaById, campaign]);
  return checks;
}

/** Of several channels, the count that stands closest to its limit, or furthest over it. */
export function tightest(
  checks: ReadonlyMap<string, ChannelCheck>,
  connectionIds: readonly string[],
  part: number,
): { connectionId: string; counts: Counts } | null {
  let worst: { connectionId: string; counts: Counts } | null = null;
  for (const connectionId of connectionIds) {
    const counts = checks.get(connectionId)?.parts[part];
    if (!counts) continue;
    if (!worst || counts.used / counts.max > worst.counts.used / worst.counts.max) {
      worst = { connectionId, counts };
    }
  }
  return worst;
}
