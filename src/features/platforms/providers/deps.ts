import 'server-only';
import type { Env } from '@/core/config/env';
import type { OutboundHttp } from '@/core/http/outbound';
import type { Ids } from '@/core/ids';
import type { ResilienceService } from '@/core/resilience/policy';
import type { Clock } from '@/core/time/clock';
import type { PlatformId } from '@/features/platforms/schema';

/** Client registered at one server of a federated network. */
export interface ServerApp {
  clientId: string;
  clientSecret: string;
}

/** Where registrations are kept (encrypted), so that each server sees one app of ours. `server` names server and redirect address. */
export interface ServerApps {
  get(platform: string, server: string): Promise<ServerApp | null>;
  put(platform: string, server: string, app: ServerApp): Promise<void>;
  forget(platform: string, server: string): Promise<void>;
}

/** Counts what all accounts of this installation use of one allowance, for networks that count by app and do not tell. */
export interface AppUses {
  /** @param window names the running window. */
  countUse(platform: PlatformId, name: string, window: string, endsAt: Date): Promise<void>;
  uses(platform: PlatformId, name: string, window: string): Promise<number>;
}

/** What a network's file gets to work with. */
export interface PlatformDependencies {
  http: OutboundHttp;
  resilience: ResilienceService;
  clock: Clock;
  ids: Ids;
  env: Env;
  serverApps: ServerApps;
  appUses: AppUses;
}
