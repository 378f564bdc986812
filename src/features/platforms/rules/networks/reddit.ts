import { figures, GB, MB, type PlatformRules } from '@/features/platforms/rules/types';

const SUBMIT = 'https://www.reddit.com/dev/api/#POST_api_submit';
const LIMITS = 'https://support.reddithelp.com/hc/en-us/articles/16160319875092-Reddit-Data-API-Wiki';
const { documented, assumed, live } = figures('2026-11-21');

export const redditRules: PlatformRules = {
  platform: 'reddit',
  name: 'Reddit',
  counting: 'characters',
  text: { max: assumed(40_000, SUBMIT), required: 'never' },
  title: { max: documented(300, SUBMIT), required: true },
  linkPlacement: 'field',
  media: {
    required: false,
    groups: [
      { kinds: ['image'], min: 1, max: live(20, SUBMIT, 'default') },
      { kinds: ['gif'], min: 1, max: live(1, SUBMIT, 'default') },
      { kinds: ['video'], min: 1, max: live(1, SUBMIT, 'default') },
    ],
    image: {
      mimes: assumed(['image/jpeg', 'image/png'], SUBMIT),
      bytesMax: live(20 * MB, SUBMIT, 'default'),
    },
    gif: { mimes: assumed(['image/gif'], SUBMIT), bytesMax: live(20 * MB, SUBMIT, 'default') },
    video: {
      mimes: assumed(['video/mp4', 'video/quicktime'], SUBMIT),
      bytesMax: live(1 * GB, SUBMIT, 'default'),
      secondsMax: live(15 * 60, SUBMIT, 'default'),
    },
  },
  threadPartsMax: 0,
  comment: { max: assumed(10_000, 'https://www.reddit.com/dev/api/#POST_api_comment') },
  caps: [
    {
      name: 'requests_minute_app',
      scope: 'app',
      what: 'requests',
      windowSeconds: 60,
      limit: documented(100, LIMITS),
    },
  ],
  preview: { layout: 'single' },
};
