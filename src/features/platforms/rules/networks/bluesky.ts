import { DAY, figures, HOUR, MB, type PlatformRules } from '@/features/platforms/rules/types';

const POST = 'https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json';
const IMAGES = 'https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/images.json';
const VIDEO = 'https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/video.json';
const LIMITS = 'https://docs.bsky.app/docs/advanced-guides/rate-limits';
const { documented, assumed, live } = figures('2026-11-21');

export const blueskyRules: PlatformRules = {
  platform: 'bluesky',
  name: 'Bluesky',
  counting: 'graphemes_and_bytes',
  text: { max: documented(300, POST), bytesMax: documented(3_000, POST), required: 'without_media' },
  linkPlacement: 'card_or_text',
  media: {
    required: false,
    groups: [
      { kinds: ['image'], min: 1, max: documented(4, IMAGES) },
      { kinds: ['video'], min: 1, max: documented(1, VIDEO) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png', 'image/webp'], IMAGES),
      // `app.bsky.embed.images#image.image`: "May be up to 2 MB, formerly limited to 1 MB", maxSize 2000000.
      bytesMax: documented(2 * MB, IMAGES),
    },
    video: {
      mimes: documented(['video/mp4'], VIDEO),
      bytesMax: live(100 * MB, VIDEO),
      secondsMax: live(3 * 60, VIDEO, 'default'),
    },
    altTextMax: assumed(2_000, IMAGES),
  },
  threadPartsMax: 25,
  comment: { max: documented(300, POST) },
  caps: [
    {
      name: 'points_hour',
      scope: 'account',
      what: 'points',
      windowSeconds: HOUR,
      limit: documented(5_000, LIMITS),
    },
    {
      name: 'points_day',
      scope: 'account',
      what: 'points',
      windowSeconds: DAY,
      limit: documented(35_000, LIMITS),
    },
    {
      name: 'logins_day',
      scope: 'account',
      what: 'logins',
      windowSeconds: DAY,
      limit: documented(300, LIMITS),
    },
  ],
  preview: { layout: 'grid' },
};
