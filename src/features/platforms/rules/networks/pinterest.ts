import { DAY, figures, GB, MB, type PlatformRules } from '@/features/platforms/rules/types';

const PINS = 'https://developers.pinterest.com/docs/api/v5/pins-create/';
const SPECS = 'https://help.pinterest.com/en/business/article/pinterest-product-specs';
const { documented, assumed, live } = figures('2026-11-21');

export const pinterestRules: PlatformRules = {
  platform: 'pinterest',
  name: 'Pinterest',
  counting: 'characters',
  text: { max: assumed(500, PINS), required: 'never' },
  title: { max: documented(100, PINS), required: false },
  linkMax: documented(2_048, PINS),
  linkPlacement: 'field',
  media: {
    required: true,
    groups: [
      { kinds: ['image'], min: 1, max: documented(1, PINS) },
      { kinds: ['image'], min: 2, max: documented(5, PINS), sameRatio: true },
      { kinds: ['video'], min: 1, max: documented(1, PINS) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png', 'image/webp'], PINS),
      bytesMax: assumed(20 * MB, SPECS),
    },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime', 'video/x-m4v'], SPECS),
      bytesMax: assumed(2 * GB, SPECS),
      secondsMin: documented(4, SPECS),
      secondsMax: documented(15 * 60, SPECS),
      ratio: documented([1 / 2, 1.91], SPECS),
      videoCodecs: documented(['h264', 'hevc'], SPECS),
    },
    altTextMax: assumed(500, PINS),
  },
  visibility: {
    everybody: 'everyone',
    limited:
      'Pinterest gives this app trial access: only the account owner sees its pins until Pinterest grants standard access.',
  },
  threadPartsMax: 0,
  caps: [
    {
      name: 'writes_day',
      scope: 'account',
      what: 'requests',
      windowSeconds: DAY,
      limit: live(1_000, 'https://developers.pinterest.com/docs/reference/rate-limits/', 'default'),
    },
  ],
  preview: { foldAfterCharacters: assumed(60, SPECS), layout: 'single' },
};
