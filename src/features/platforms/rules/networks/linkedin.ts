import { DAY, figures, KB, MB, type PlatformRules } from '@/features/platforms/rules/types';

const API = 'https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares';
const POSTS = `${API}/posts-api`;
const { documented, assumed } = figures('2026-11-21');

export const linkedinRules: PlatformRules = {
  platform: 'linkedin',
  name: 'LinkedIn',
  counting: 'characters',
  text: { max: assumed(3_000, POSTS), required: 'without_media' },
  title: { max: assumed(400, `${API}/documents-api`), required: false },
  linkPlacement: 'card_or_text',
  media: {
    required: false,
    groups: [
      { kinds: ['image'], min: 1, max: documented(20, `${API}/multiimage-post-api`) },
      { kinds: ['gif'], min: 1, max: documented(1, `${API}/images-api`) },
      { kinds: ['video'], min: 1, max: documented(1, `${API}/videos-api`) },
      { kinds: ['document'], min: 1, max: documented(1, `${API}/documents-api`) },
    ],
    image: {
      mimes: documented(['image/jpeg', 'image/png'], `${API}/images-api`),
      pixelsMax: documented(36_152_320, `${API}/images-api`),
    },
    gif: {
      mimes: documented(['image/gif'], `${API}/images-api`),
      pixelsMax: documented(36_152_320, `${API}/images-api`),
    },
    video: {
      mimes: documented(['video/mp4'], `${API}/videos-api`),
      bytesMin: assumed(75 * KB, `${API}/videos-api`),
      bytesMax: assumed(500 * MB, `${API}/videos-api`),
      secondsMin: documented(3, `${API}/videos-api`),
      secondsMax: documented(30 * 60, `${API}/videos-api`),
    },
    document: {
      // Word and PowerPoint files too; their pages and titles cannot be told without rendering them, so we send PDF only.
      mimes: documented(['application/pdf'], `${API}/documents-api`),
      bytesMax: assumed(100 * MB, `${API}/documents-api`),
      pagesMax: assumed(300, `${API}/documents-api`),
    },
    altTextMax: documented(4_086, `${API}/posts-api`),
  },
  threadPartsMax: 0,
  comment: { max: assumed(1_250, `${API}/comments-api`) },
  caps: [
    { name: 'posts_day', scope: 'account', what: 'posts', windowSeconds: DAY, limit: assumed(150, POSTS) },
  ],
  preview: { foldAfterCharacters: assumed(210, POSTS), layout: 'grid' },
};
