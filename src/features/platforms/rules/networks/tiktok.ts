import { DAY, figures, GB, MB, type PlatformRules } from '@/features/platforms/rules/types';

const DIRECT = 'https://developers.tiktok.com/doc/content-posting-api-reference-direct-post';
const PHOTO = 'https://developers.tiktok.com/doc/content-posting-api-reference-photo-post';
const TRANSFER = 'https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide';
const { documented, assumed, live } = figures('2026-11-21');

export const tiktokRules: PlatformRules = {
  platform: 'tiktok',
  name: 'TikTok',
  // The reference counts titles in UTF-16 runes.
  counting: 'characters',
  text: { max: documented(2_200, DIRECT), maxWithImages: assumed(4_000, PHOTO), required: 'never' },
  title: { max: assumed(90, PHOTO), required: false },
  linkPlacement: 'text',
  media: {
    required: true,
    groups: [
      { kinds: ['video'], min: 1, max: documented(1, DIRECT) },
      { kinds: ['image'], min: 1, max: assumed(35, PHOTO) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/webp'], TRANSFER),
      bytesMax: documented(20 * MB, TRANSFER),
    },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime', 'video/webm'], TRANSFER),
      bytesMax: documented(4 * GB, TRANSFER),
      secondsMax: live(600, DIRECT, 'default'),
      framesPerSecond: documented([23, 60], TRANSFER),
      videoCodecs: documented(['h264', 'hevc', 'vp8', 'vp9'], TRANSFER),
      widthMin: documented(360, TRANSFER),
      heightMin: documented(360, TRANSFER),
    },
  },
  visibility: {
    setting: 'privacy',
    everybody: 'everyone',
    limited:
      'TikTok will not show this post to everybody: the account is private, or TikTok has not audited this app yet and shows its posts to the account owner alone.',
  },
  threadPartsMax: 0,
  caps: [
    {
      name: 'init_minute',
      scope: 'account',
      what: 'requests',
      windowSeconds: 60,
      limit: documented(6, DIRECT),
    },
    { name: 'posts_day', scope: 'account', what: 'posts', windowSeconds: DAY, limit: assumed(15, DIRECT) },
  ],
  preview: { foldAfterCharacters: assumed(100, DIRECT), layout: 'single' },
};
