import { figures, MB, type PlatformRules } from '@/features/platforms/rules/types';

const POSTING = 'https://docs.joinmastodon.org/user/posting/';
const INSTANCE = 'https://docs.joinmastodon.org/entities/Instance/';
const LIMITS = 'https://docs.joinmastodon.org/api/rate-limits/';
const { documented, live } = figures('2026-11-21');

export const mastodonRules: PlatformRules = {
  platform: 'mastodon',
  name: 'Mastodon',
  counting: 'mastodon',
  text: { max: live(500, POSTING), required: 'without_media' },
  linkPlacement: 'text',
  media: {
    required: false,
    groups: [
      { kinds: ['image', 'gif'], min: 1, max: live(4, INSTANCE) },
      { kinds: ['video'], min: 1, max: documented(1, POSTING) },
    ],
    image: {
      mimes: live(['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/avif'], INSTANCE),
      bytesMax: live(16 * MB, INSTANCE),
      pixelsMax: live(33_177_600, INSTANCE),
    },
    gif: { mimes: live(['image/gif'], INSTANCE), bytesMax: live(16 * MB, INSTANCE) },
    video: {
      mimes: live(['video/mp4', 'video/quicktime', 'video/webm'], INSTANCE),
      bytesMax: live(99 * MB, INSTANCE),
    },
    altTextMax: live(1_500, INSTANCE),
  },
  threadPartsMax: 25,
  comment: { max: live(500, POSTING) },
  caps: [
    {
      name: 'requests_5_minutes',
      scope: 'account',
      what: 'requests',
      windowSeconds: 300,
      limit: live(300, LIMITS),
    },
    {
      name: 'uploads_30_minutes',
      scope: 'account',
      what: 'uploads',
      windowSeconds: 1_800,
      limit: live(30, LIMITS),
    },
  ],
  preview: { layout: 'grid' },
};
