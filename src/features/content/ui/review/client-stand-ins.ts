import { type Connection, channelSettingsSchema } from '@/features/platforms/schema';
import type { MediaAsset } from '../../media-schema';
import type { ClientReview } from '../../review-schema';

const NEVER = new Date(0);

/** The previews draw whole channels; somebody outside knows only how they look. */
export function channelsOf(review: ClientReview): Map<string, Connection> {
  return new Map(
    review.channels.map((channel): [string, Connection] => [
      channel.id,
      {
        id: channel.id,
        organizationId: '',
        platform: channel.platform,
        accountId: '',
        handle: channel.handle,
        displayName: channel.displayName,
        avatarUrl: channel.avatarUrl,
        profileUrl: null,
        baseUrl: null,
        scopes: [],
        active: true,
        health: 'healthy',
        healthReason: null,
        tokenExpiresAt: null,
        grantExpiresAt: null,
        refreshable: true,
        tokenVersion: 0,
        nextCheckAt: NEVER,
        warnedDays: null,
        settings: channelSettingsSchema.parse(channel.signature ? { signature: channel.signature } : {}),
        limits: {},
        connectedBy: '',
        sandbox: channel.sandbox,
        createdAt: NEVER,
        updatedAt: NEVER,
      },
    ]),
  );
}

/** Files as the previews take them; where they are fetched, the address context says. */
export function assetsOf(review: ClientReview): Map<string, MediaAsset> {
  return new Map(
    review.media.map((file): [string, MediaAsset] => [
      file.id,
      {
        ...file,
        kind: file.kind as MediaAsset['kind'],
        organizationId: '',
        uploadedBy: '',
        sha256: '',
        filename: '',
        tags: [],
        storagePath: '',
        thumbnails: [],
        source: 'upload',
        createdAt: NEVER,
        updatedAt: NEVER,
      },
    ]),
  );
}
