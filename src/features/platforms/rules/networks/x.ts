import { DAY, figures, MB, type PlatformRules } from '@/features/platforms/rules/types';

const COUNTING = 'https://docs.x.com/fundamentals/counting-characters';
const MEDIA = 'https://docs.x.com/x-api/media/quickstart/best-practices';
const LIMITS = 'https://docs.x.com/x-api/fundamentals/rate-limits';
const { documented, assumed, live } = figures('2026-11-21');

export const xRules: PlatformRules = {
  platform: 'x',
  name: 'X',
  counting: 'weighted',
  text: {
    max: documented(280, COUNTING),
    longMax: live(25_000, 'https://help.x.com/en/using-x/x-premium', 'default'),
    required: 'without_media',
  },
  linkPlacement: 'text',
  media: {
    required: false,
    groups: [
      { kinds: ['image'], min: 1, max: documented(4, MEDIA) },
      { kinds: ['gif'], min: 1, max: documented(1, MEDIA) },
      { kinds: ['video'], min: 1, max: documented(1, MEDIA) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png', 'image/webp'], MEDIA),
      bytesMax: documented(5 * MB, MEDIA),
    },
    gif: { mimes: documented(['image/gif'], MEDIA), bytesMax: documented(15 * MB, MEDIA) },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime'], MEDIA),
      bytesMax: documented(512 * MB, MEDIA),
      secondsMin: documented(0.5, MEDIA),
      // 140 s for most accounts, longer for verified ones; the upload says which.
      secondsMax: live(20 * 60, MEDIA, 'default'),
      ratio: documented([1 / 3, 3], MEDIA),
      framesPerSecond: documented([1, 60], MEDIA),
      videoCodecs: documented(['h264'], MEDIA),
      audioCodecs: documented(['aac'], MEDIA),
    },
    altTextMax: documented(1_000, 'https://docs.x.com/x-api/media/create-media-metadata'),
  },
  threadPartsMax: 25,
  comment: { max: documented(280, COUNTING) },
  caps: [
    {
      name: 'posts_15_minutes',
      scope: 'account',
      what: 'posts',
      windowSeconds: 900,
      limit: documented(100, LIMITS),
    },
    {
      name: 'posts_day_app',
      scope: 'app',
      what: 'posts',
      windowSeconds: DAY,
      limit: assumed(10_000, LIMITS),
    },
  ],
  preview: { foldAfterCharacters: documented(280, COUNTING), layout: 'grid' },
};
