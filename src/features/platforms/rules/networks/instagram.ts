import { DAY, figures, MB, type PlatformRules } from '@/features/platforms/rules/types';

const PUBLISHING = 'https://developers.facebook.com/docs/instagram-platform/content-publishing/';
const MEDIA =
  'https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media';
const { documented, assumed, live } = figures('2026-11-21');

export const instagramRules: PlatformRules = {
  platform: 'instagram',
  name: 'Instagram',
  counting: 'characters',
  text: {
    max: documented(2_200, MEDIA),
    required: 'never',
    hashtagsMax: assumed(30, MEDIA),
    mentionsMax: assumed(20, MEDIA),
  },
  linkPlacement: 'text',
  media: {
    required: true,
    groups: [
      { kinds: ['image'], min: 1, max: documented(1, PUBLISHING) },
      { kinds: ['video'], min: 1, max: documented(1, PUBLISHING) },
      { kinds: ['image', 'video'], min: 2, max: documented(10, PUBLISHING) },
    ],
    image: {
      mimes: documented(['image/jpeg'], MEDIA),
      bytesMax: documented(8 * MB, MEDIA),
      ratio: documented([4 / 5, 1.91], MEDIA),
    },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime'], MEDIA),
      bytesMax: assumed(300 * MB, MEDIA),
      secondsMin: documented(3, MEDIA),
      secondsMax: documented(15 * 60, MEDIA),
      framesPerSecond: documented([23, 60], MEDIA),
      videoCodecs: documented(['h264', 'hevc'], MEDIA),
      audioCodecs: documented(['aac'], MEDIA),
    },
    altTextMax: assumed(1_000, MEDIA),
  },
  threadPartsMax: 0,
  comment: { max: assumed(2_200, MEDIA) },
  caps: [
    {
      name: 'posts_day',
      scope: 'account',
      what: 'posts',
      windowSeconds: DAY,
      limit: live(100, `${PUBLISHING}#rate-limit`),
    },
  ],
  preview: { foldAfterCharacters: assumed(125, PUBLISHING), layout: 'carousel' },
};
