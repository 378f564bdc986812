import { OutboundHttp } from '@/core/http/outbound';
import { systemClock } from '@/core/time/clock';
import { PlatformAdapterFactory, PlatformProviderFactory } from '@/features/platforms/factories';
import { platformRegistry } from '@/features/platforms/registry';
import type { PlatformId } from '@/features/platforms/schema';
import { platformDependencies, platformEnv } from '../fakes/platforms/harness';

/** Servers of other people's making that the providers are run against, as the environment names them. */
export interface RealServers {
  pds?: {
    url: string;
    handle: string;
    appPassword: string;
    /** Of a server of one's own: makes a session that is over. */
    jwtSecret?: string;
  };
  mastodon?: { url: string; token: string };
  /** What is not there, one line each. */
  absent: string[];
}

const WANTED = {
  pds: ['REAL_PDS_URL', 'REAL_PDS_HANDLE', 'REAL_PDS_APP_PASSWORD'],
  mastodon: ['REAL_MASTODON_URL', 'REAL_MASTODON_TOKEN'],
} as const;

/** @throws Error when a server is named by half: that is a slip, not a wish to leave it out. */
export function realServers(env: Readonly<Record<string, string | undefined>>): RealServers {
  const absent: string[] = [];
  const given = (server: keyof typeof WANTED, what: string): boolean => {
    const missing = WANTED[server].filter((name) => !env[name]);
    if (missing.length === 0) return true;
    if (missing.length < WANTED[server].length) throw new Error(`Also needed: ${missing.join(', ')}.`);
    absent.push(`no ${what} (${missing.join(', ')}): the provider is run against its fake alone`);
    return false;
  };
  const pds = given('pds', 'Personal Data Server');
  const mastodon = given('mastodon', 'Mastodon server');
  const text = (name: string) => env[name] ?? '';
  return {
    ...(pds
      ? {
          pds: {
            url: new URL(text('REAL_PDS_URL')).origin,
            handle: text('REAL_PDS_HANDLE'),
            appPassword: text('REAL_PDS_APP_PASSWORD'),
            ...(env.REAL_PDS_JWT_SECRET ? { jwtSecret: env.REAL_PDS_JWT_SECRET } : {}),
          },
        }
      : {}),
    ...(mastodon
      ? { mastodon: { url: new URL(text('REAL_MASTODON_URL')).origin, token: text('REAL_MASTODON_TOKEN') } }
      : {}),
    absent,
  };
}

/** Adapter and provider as the product builds them, with the real clock, allowed to call that server on this machine. */
export function against(platform: PlatformId, url: string, env: Record<string, string>) {
  const deps = {
    ...platformDependencies(systemClock, platformEnv(env)),
    http: new OutboundHttp({ allowHosts: [new URL(url).hostname, 'localhost', '127.0.0.1'] }),
  };
  const modules = platformRegistry(() => {
    throw new Error('There is no sandbox network here.');
  });
  return {
    deps,
    adapter: new PlatformAdapterFactory(modules, deps).get(platform),
    provider: new PlatformProviderFactory(modules, deps).get(platform),
  };
}
