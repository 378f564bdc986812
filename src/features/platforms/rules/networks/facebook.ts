import { DAY, figures, GB, HOUR, MB, type PlatformRules } from '@/features/platforms/rules/types';

const FEED = 'https://developers.facebook.com/docs/graph-api/reference/page/feed/';
const PHOTOS = 'https://developers.facebook.com/docs/graph-api/reference/page/photos/';
const VIDEO = 'https://developers.facebook.com/docs/video-api/guides/publishing';
const REELS = 'https://developers.facebook.com/docs/video-api/guides/reels-publishing';
const { documented, assumed } = figures('2026-11-21');

export const facebookRules: PlatformRules = {
  platform: 'facebook',
  name: 'Facebook',
  counting: 'characters',
  text: { max: assumed(63_206, FEED), required: 'without_media' },
  linkPlacement: 'card_or_text',
  media: {
    required: false,
    groups: [
      { kinds: ['image'], min: 1, max: assumed(10, FEED) },
      { kinds: ['gif'], min: 1, max: assumed(1, PHOTOS) },
      { kinds: ['video'], min: 1, max: documented(1, VIDEO) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png', 'image/bmp', 'image/tiff'], PHOTOS),
      bytesMax: assumed(10 * MB, PHOTOS),
    },
    gif: { mimes: documented(['image/gif'], PHOTOS), bytesMax: assumed(10 * MB, PHOTOS) },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime'], VIDEO),
      bytesMax: assumed(10 * GB, VIDEO),
      secondsMax: assumed(4 * HOUR, VIDEO),
    },
    altTextMax: assumed(1_000, PHOTOS),
    formats: {
      reel: {
        mimes: documented(['video/mp4'], REELS),
        secondsMin: documented(3, REELS),
        secondsMax: documented(90, REELS),
        videoCodecs: documented(['h264', 'hevc', 'vp9', 'av1'], REELS),
        audioCodecs: documented(['aac'], REELS),
        ratio: documented([9 / 16, 9 / 16], REELS),
        widthMin: documented(540, REELS),
        heightMin: documented(960, REELS),
      },
    },
  },
  threadPartsMax: 0,
  comment: {
    max: assumed(8_000, 'https://developers.facebook.com/docs/graph-api/reference/object/comments/'),
  },
  caps: [
    { name: 'reels_day', scope: 'account', what: 'posts', windowSeconds: DAY, limit: documented(30, REELS) },
  ],
  preview: { foldAfterCharacters: assumed(480, FEED), layout: 'grid' },
};
