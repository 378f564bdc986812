import { blueskyRules } from '@/features/platforms/rules/networks/bluesky';
import { facebookRules } from '@/features/platforms/rules/networks/facebook';
import { instagramRules } from '@/features/platforms/rules/networks/instagram';
import { linkedinRules } from '@/features/platforms/rules/networks/linkedin';
import { mastodonRules } from '@/features/platforms/rules/networks/mastodon';
import { pinterestRules } from '@/features/platforms/rules/networks/pinterest';
import { redditRules } from '@/features/platforms/rules/networks/reddit';
import { sandboxRules } from '@/features/platforms/rules/networks/sandbox';
import { threadsRules } from '@/features/platforms/rules/networks/threads';
import { tiktokRules } from '@/features/platforms/rules/networks/tiktok';
import { xRules } from '@/features/platforms/rules/networks/x';
import { youtubeRules } from '@/features/platforms/rules/networks/youtube';
import type { PlatformRules } from '@/features/platforms/rules/types';
import type { PlatformId } from '@/features/platforms/schema';

/** Rules of every network, for browser and server alike. */
export const PLATFORM_RULES: Readonly<Record<PlatformId, PlatformRules>> = {
  x: xRules,
  facebook: facebookRules,
  instagram: instagramRules,
  threads: threadsRules,
  linkedin: linkedinRules,
  tiktok: tiktokRules,
  youtube: youtubeRules,
  pinterest: pinterestRules,
  reddit: redditRules,
  bluesky: blueskyRules,
  mastodon: mastodonRules,
  sandbox: sandboxRules,
};
