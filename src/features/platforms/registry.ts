import 'server-only';
import { bluesky } from '@/features/platforms/providers/bluesky/module';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { facebook } from '@/features/platforms/providers/facebook/module';
import { instagram } from '@/features/platforms/providers/instagram/module';
import { linkedin } from '@/features/platforms/providers/linkedin/module';
import { mastodon } from '@/features/platforms/providers/mastodon/module';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { pinterest } from '@/features/platforms/providers/pinterest/module';
import { reddit } from '@/features/platforms/providers/reddit/module';
import { sandbox } from '@/features/platforms/providers/sandbox/module';
import { threads } from '@/features/platforms/providers/threads/module';
import { tiktok } from '@/features/platforms/providers/tiktok/module';
import { x } from '@/features/platforms/providers/x/module';
import { youtube } from '@/features/platforms/providers/youtube/module';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';

/** Every network that can be connected. A new one is one line here; nothing else in the product names it. */
export function platformRegistry(
  network: () => SandboxNetwork,
): readonly PlatformModule<PlatformDependencies>[] {
  return [
    x,
    facebook,
    instagram,
    threads,
    linkedin,
    tiktok,
    youtube,
    pinterest,
    reddit,
    bluesky,
    mastodon,
    sandbox(network),
  ];
}
