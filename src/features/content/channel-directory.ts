import type { Connection, PlatformId } from '@/features/platforms/schema';

/** What content needs to know of channels; the platforms room answers it. */
export interface ChannelDirectory {
  /** Connections of this organisation; unknown and foreign ids are left out. */
  connections(organizationId: string, ids: readonly string[]): Promise<Map<string, Connection>>;
  ofPlatform(organizationId: string, platform: PlatformId): Promise<Connection[]>;
}
