import { DAY, figures, GB, MB, type PlatformRules } from '@/features/platforms/rules/types';

const POSTS = 'https://developers.facebook.com/docs/threads/posts';
const OVERVIEW = 'https://developers.facebook.com/docs/threads/overview';
const { documented, assumed, live } = figures('2026-11-21');

export const threadsRules: PlatformRules = {
  platform: 'threads',
  name: 'Threads',
  counting: 'threads',
  text: { max: documented(500, POSTS), required: 'without_media', linksMax: documented(5, POSTS) },
  linkPlacement: 'card_or_text',
  media: {
    required: false,
    groups: [
      { kinds: ['image'], min: 1, max: documented(1, POSTS) },
      { kinds: ['video'], min: 1, max: documented(1, POSTS) },
      { kinds: ['image', 'video'], min: 2, max: documented(20, POSTS) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png'], OVERVIEW),
      bytesMax: assumed(8 * MB, OVERVIEW),
      ratio: assumed([1 / 10, 10], OVERVIEW),
    },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime'], OVERVIEW),
      bytesMax: assumed(1 * GB, OVERVIEW),
      secondsMax: assumed(5 * 60, OVERVIEW),
      framesPerSecond: documented([23, 60], OVERVIEW),
      videoCodecs: documented(['h264', 'hevc'], OVERVIEW),
      audioCodecs: documented(['aac'], OVERVIEW),
    },
    altTextMax: documented(1_000, POSTS),
  },
  threadPartsMax: 25,
  comment: { max: documented(500, POSTS) },
  caps: [
    { name: 'posts_day', scope: 'account', what: 'posts', windowSeconds: DAY, limit: live(250, OVERVIEW) },
    {
      name: 'replies_day',
      scope: 'account',
      what: 'posts',
      windowSeconds: DAY,
      limit: live(1_000, OVERVIEW),
    },
  ],
  preview: { layout: 'carousel' },
};
