import { figures, HOUR, MB, type PlatformRules } from '@/features/platforms/rules/types';

const OWN = 'built into IriSync';
const { documented, live } = figures('2026-11-21');

/** The built-in practice network. Roomy enough for every shape of post, small enough to show each rule at work. */
export const sandboxRules: PlatformRules = {
  platform: 'sandbox',
  name: 'Sandbox',
  sandbox: true,
  counting: 'characters',
  text: { max: live(500, OWN), required: 'without_media' },
  title: { max: documented(100, OWN), required: false },
  linkPlacement: 'text',
  media: {
    required: false,
    groups: [
      { kinds: ['image', 'gif'], min: 1, max: documented(4, OWN) },
      { kinds: ['video'], min: 1, max: documented(1, OWN) },
      { kinds: ['document'], min: 1, max: documented(1, OWN) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png', 'image/webp'], OWN),
      bytesMax: documented(5 * MB, OWN),
    },
    gif: { mimes: documented(['image/gif'], OWN), bytesMax: documented(5 * MB, OWN) },
    video: {
      mimes: documented(['video/mp4', 'video/quicktime', 'video/webm'], OWN),
      bytesMax: documented(50 * MB, OWN),
      secondsMax: documented(600, OWN),
    },
    document: {
      mimes: documented(['application/pdf'], OWN),
      bytesMax: documented(10 * MB, OWN),
      pagesMax: documented(100, OWN),
    },
    altTextMax: documented(1_000, OWN),
  },
  threadPartsMax: 25,
  comment: { max: documented(500, OWN) },
  caps: [
    { name: 'posts_hour', scope: 'account', what: 'posts', windowSeconds: HOUR, limit: live(10_000, OWN) },
  ],
  preview: { foldAfterCharacters: documented(280, OWN), layout: 'grid' },
};
