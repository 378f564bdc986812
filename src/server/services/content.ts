import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { ChannelDirectory } from '@/features/content/channel-directory';
import { MediaRepository } from '@/features/content/media-repository';
import { MediaService } from '@/features/content/media-service';
import type { MediaStore } from '@/features/content/media-store';
import { CloudMediaStore } from '@/features/content/providers/cloud-media-store';
import { LocalMediaStore } from '@/features/content/providers/local-media-store';
import { core } from '../core';

/** Content: posts, and the media library they draw from. */
provide('MediaRepository', () => new MediaRepository(core.db));

/** A bucket where one is set, a folder of this machine otherwise. */
provide('MediaStore', (): MediaStore => {
  const { FIREBASE_STORAGE_BUCKET: bucket, MEDIA_DIR } = core.env;
  if (!bucket) return new LocalMediaStore(MEDIA_DIR);
  return new CloudMediaStore(async () => {
    const { getStorage } = await import('firebase-admin/storage');
    const { adminApp } = await import('@/core/db/firebase');
    return getStorage(adminApp(core.env)).bucket(bucket);
  });
});

const platforms = () => singleton<ChannelDirectory>('PlatformService');
const channels: ChannelDirectory = {
  connections: (organizationId, ids) => platforms().connections(organizationId, ids),
  ofPlatform: (organizationId, platform) => platforms().ofPlatform(organizationId, platform),
};

provide(
  'MediaService',
  () =>
    new MediaService(
      singleton<MediaRepository>('MediaRepository'),
      singleton<MediaStore>('MediaStore'),
      channels,
      core.ids,
    ),
);
