import { DAY, figures, GB, HOUR, type PlatformRules } from '@/features/platforms/rules/types';

const VIDEOS = 'https://developers.google.com/youtube/v3/docs/videos';
const INSERT = 'https://developers.google.com/youtube/v3/docs/videos/insert';
const LENGTH = 'https://support.google.com/youtube/answer/71673';
const { documented, assumed, live } = figures('2026-11-21');

export const youtubeRules: PlatformRules = {
  platform: 'youtube',
  name: 'YouTube',
  counting: 'bytes',
  text: { max: documented(5_000, VIDEOS), required: 'never', forbidden: documented('<>', VIDEOS) },
  title: { max: documented(100, VIDEOS), required: true },
  tagsCharactersMax: assumed(500, VIDEOS),
  linkPlacement: 'text',
  media: {
    required: true,
    groups: [{ kinds: ['video'], min: 1, max: documented(1, INSERT) }],
    video: {
      mimes: documented(
        ['video/mp4', 'video/quicktime', 'video/webm', 'video/x-msvideo', 'video/mpeg'],
        INSERT,
      ),
      bytesMax: documented(256 * GB, INSERT),
      // 15 minutes unless the channel is verified; the channel's own status says which.
      secondsMax: live(12 * HOUR, LENGTH),
    },
  },
  threadPartsMax: 0,
  comment: { max: assumed(10_000, 'https://developers.google.com/youtube/v3/docs/comments') },
  caps: [
    {
      name: 'uploads_day_app',
      scope: 'app',
      what: 'uploads',
      windowSeconds: DAY,
      limit: assumed(100, INSERT),
    },
  ],
  preview: { foldAfterCharacters: assumed(157, VIDEOS), layout: 'single' },
};
