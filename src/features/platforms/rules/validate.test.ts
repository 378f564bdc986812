import { describe, expect, it } from 'vitest';
import type { FindingCode } from '@/features/platforms/finding-schema';
import { previewOf } from '@/features/platforms/rules/preview';
import { validateVariant } from '@/features/platforms/rules/validate';
import { type MediaFacts, type PlatformId, variantSchema } from '@/features/platforms/schema';

const image = (facts: Partial<MediaFacts> = {}): MediaFacts => ({
  id: 'm',
  kind: 'image',
  mime: 'image/jpeg',
  bytes: 500_000,
  width: 1080,
  height: 1080,
  altText: 'A field of irises',
  ...facts,
});
const video = (facts: Partial<MediaFacts> = {}): MediaFacts => ({
  id: 'v',
  kind: 'video',
  mime: 'video/mp4',
  bytes: 5_000_000,
  width: 1920,
  height: 1080,
  durationSeconds: 30,
  framesPerSecond: 30,
  altText: 'A walk',
  ...facts,
});
const document = (facts: Partial<MediaFacts> = {}): MediaFacts => ({
  id: 'd',
  kind: 'document',
  mime: 'application/pdf',
  bytes: 2_000_000,
  pages: 12,
  title: 'Irises of the year',
  ...facts,
});

async function codes(platform: PlatformId, variant: object, limits = {}): Promise<string[]> {
  const { findings } = await validateVariant({ platform, variant: variantSchema.parse(variant), limits });
  return findings.map((finding) => `${finding.severity}:${finding.code}@${finding.path}`);
}

describe('validateVariant', () => {
  const table: [string, PlatformId, object, string[]][] = [
    ['a fine post', 'x', { text: 'Hello' }, []],
    ['too long for X', 'x', { text: 'a'.repeat(281) }, ['error:text_too_long@text']],
    ['empty', 'x', { text: '  ' }, ['error:text_required@text']],
    ['a picture alone is enough', 'x', { text: '', media: [image()] }, []],
    [
      'five pictures',
      'x',
      { text: 'a', media: Array.from({ length: 5 }, () => image()) },
      ['error:too_many_media@media'],
    ],
    ['mixed kinds', 'x', { text: 'a', media: [image(), video()] }, ['error:media_mix_not_allowed@media']],
    [
      'heavy picture',
      'x',
      { text: 'a', media: [image({ bytes: 5_000_001 })] },
      ['error:media_too_large@media.0'],
    ],
    [
      'no alt text',
      'x',
      { text: 'a', media: [image({ altText: ' ' })] },
      ['warning:alt_text_missing@media.0.altText'],
    ],
    [
      'short clip',
      'x',
      { text: 'a', media: [video({ durationSeconds: 0.2 })] },
      ['error:video_too_short@media.0'],
    ],
    ['unknown setting', 'x', { text: 'a', settings: { colour: 'red' } }, ['error:settings_invalid@settings']],
    [
      'wrong setting',
      'x',
      { text: 'a', settings: { replySettings: 'nobody' } },
      ['error:settings_invalid@settings.replySettings'],
    ],
    [
      'a later part too long',
      'x',
      { text: 'a', thread: [{ text: 'b' }, { text: 'c'.repeat(300) }] },
      ['error:text_too_long@thread.1.text'],
    ],
    ['Instagram needs a picture', 'instagram', { text: 'a' }, ['error:media_required@media']],
    [
      'Instagram takes JPEG',
      'instagram',
      { text: 'a', media: [image({ mime: 'image/png' })] },
      ['error:media_type_not_allowed@media.0'],
    ],
    [
      'Instagram shape',
      'instagram',
      { text: 'a', media: [image({ width: 1000, height: 2000 })] },
      ['error:media_ratio_not_allowed@media.0'],
    ],
    [
      '31 hashtags',
      'instagram',
      { text: Array.from({ length: 31 }, (_, i) => `#t${i}`).join(' '), media: [image()] },
      ['error:too_many_hashtags@text'],
    ],
    ['no threads', 'linkedin', { text: 'a', thread: [{ text: 'b' }] }, ['error:thread_not_supported@thread']],
    [
      'YouTube title and signs',
      'youtube',
      { text: 'a <b>', media: [video()] },
      ['error:text_forbidden_characters@text', 'error:title_required@title'],
    ],
    [
      'YouTube tags',
      'youtube',
      { text: '', title: 't', tags: ['x', 'y', 'z'].map((tag) => tag.repeat(170)), media: [video()] },
      ['error:tags_too_long@tags'],
    ],
    [
      'Pinterest carousel shape',
      'pinterest',
      { text: '', media: [image(), image({ width: 500 })], settings: { boardId: '1' } },
      ['error:media_ratio_mismatch@media.1'],
    ],
    [
      'Pinterest without a board',
      'pinterest',
      { text: '', media: [image()] },
      ['error:settings_invalid@settings.boardId'],
    ],
    [
      'TikTok branded content nobody sees',
      'tiktok',
      { text: '', media: [video()], settings: { brandedContent: true, privacy: 'self' } },
      ['error:settings_invalid@settings.privacy'],
    ],
    [
      'X codecs',
      'x',
      { text: '', media: [video({ videoCodec: 'hevc', audioCodec: 'he_aac' })] },
      ['error:video_codec_not_allowed@media.0', 'error:audio_codec_not_allowed@media.0'],
    ],
    [
      'Instagram takes HEVC',
      'instagram',
      { text: '', media: [video({ videoCodec: 'hevc', audioCodec: 'aac' })] },
      [],
    ],
    [
      'a codec nobody knows',
      'instagram',
      { text: '', media: [video({ videoCodec: 'other' })] },
      ['error:video_codec_not_allowed@media.0'],
    ],
    [
      'YouTube converts anything',
      'youtube',
      { text: '', title: 'A', media: [video({ videoCodec: 'prores' })] },
      [],
    ],
    [
      'TikTok frame rate',
      'tiktok',
      { text: '', media: [video({ framesPerSecond: 15 })] },
      ['error:video_frame_rate@media.0'],
    ],
    [
      'TikTok takes no comment',
      'tiktok',
      { text: '', media: [video()], firstComment: 'x' },
      ['error:comment_not_supported@firstComment'],
    ],
    ['TikTok pictures have longer captions', 'tiktok', { text: 'a'.repeat(3_000), media: [image()] }, []],
    [
      'Facebook reel',
      'facebook',
      { text: '', media: [video()], settings: { format: 'reel' } },
      ['error:media_ratio_not_allowed@media.0'],
    ],
    ['document', 'x', { text: 'a', media: [document()] }, ['error:media_kind_not_allowed@media.0']],
    [
      'two documents',
      'linkedin',
      { text: 'a', media: [document(), document()] },
      ['error:too_many_media@media'],
    ],
    [
      'a document beside a picture',
      'linkedin',
      { text: 'a', media: [document(), image()] },
      ['error:media_mix_not_allowed@media'],
    ],
    ['a document alone', 'linkedin', { text: '', media: [document()] }, []],
    [
      'a Word file',
      'linkedin',
      { text: 'a', media: [document({ mime: 'application/msword' })] },
      ['error:media_type_not_allowed@media.0'],
    ],
    [
      'a document over its pages, bytes and title',
      'linkedin',
      { text: 'a', media: [document({ pages: 301, bytes: 100_000_001, altText: 'x'.repeat(401) })] },
      [
        'error:media_too_large@media.0',
        'error:document_too_long@media.0',
        'error:alt_text_too_long@media.0.altText',
      ],
    ],
    [
      'Threads links',
      'threads',
      { text: [1, 2, 3, 4, 5, 6].map((n) => `https://a.example/${n}`).join(' ') },
      ['error:too_many_links@text'],
    ],
    [
      'the warning of Mastodon counts',
      'mastodon',
      { text: 'a'.repeat(495), settings: { spoilerText: 'politics' } },
      ['error:text_too_long@text'],
    ],
    [
      'the link counts',
      'x',
      { text: 'a'.repeat(270), link: 'https://example.com' },
      ['error:text_too_long@text'],
    ],
    ['Bluesky bytes', 'bluesky', { text: '👨‍👩‍👧‍👦'.repeat(150) }, ['error:text_too_long@text']],
    [
      'a picture as large as Bluesky takes',
      'bluesky',
      { text: 'a', media: [image({ bytes: 2_000_000 })] },
      [],
    ],
    [
      'a larger picture for Bluesky',
      'bluesky',
      { text: 'a', media: [image({ bytes: 2_000_001 })] },
      ['error:media_too_large@media.0'],
    ],
  ];

  it.each(table)('%s', async (_name, platform, variant, expected) => {
    expect(await codes(platform, variant)).toEqual(expected);
  });

  it('lets a live value beat the table', async () => {
    const long = { text: 'a'.repeat(900) };
    expect(await codes('mastodon', long)).toEqual(['error:text_too_long@text']);
    expect(await codes('mastodon', long, { textMax: 1_000 })).toEqual([]);
    const heavy = { text: 'a', media: [image({ bytes: 17_000_000 })] };
    expect(await codes('mastodon', heavy)).toEqual(['error:media_too_large@media.0']);
    expect(await codes('mastodon', heavy, { imageBytesMax: 20_000_000 })).toEqual([]);
  });

  it('says how much too long, and what to do', async () => {
    const variant = variantSchema.parse({ text: 'a'.repeat(300) });
    const { findings, counts } = await validateVariant({ platform: 'x', variant, connectionId: 'c1' });
    expect(counts).toMatchObject({ used: 300, max: 280, unit: 'weighted' });
    expect(findings[0]).toMatchObject({
      code: 'text_too_long' satisfies FindingCode,
      connectionId: 'c1',
      actual: 300,
      limit: 280,
      message: 'X takes 280; this is 20 over.',
    });
  });

  it('says where a document goes instead, and how to bring one within its limits', async () => {
    const fixes = async (platform: PlatformId, facts: Partial<MediaFacts> = {}) => {
      const variant = variantSchema.parse({ text: 'a', title: 'a', media: [document(facts)] });
      const { findings } = await validateVariant({ platform, variant });
      return findings.filter(({ path }) => path.startsWith('media')).map(({ fix }) => fix);
    };
    expect(await fixes('x')).toEqual([
      'Remove it for this channel: attach its pages as pictures, or link to it.',
    ]);
    expect(await fixes('youtube')).toEqual(['Remove it for this channel, and link to it in the text.']);
    expect(await fixes('linkedin', { pages: 301, bytes: 100_000_001 })).toEqual([
      'Export it with smaller pictures, or split it.',
      'Split it into parts of up to 300 pages.',
    ]);
  });

  it('allows a paid X account longer posts', async () => {
    const variant = variantSchema.parse({ text: 'a'.repeat(2_000) });
    const { findings } = await validateVariant({ platform: 'x', variant, settings: { longPosts: true } });
    expect(findings).toEqual([]);
  });
});

describe('previewOf', () => {
  it('marks links, mentions and hashtags and draws a card without media', () => {
    const model = previewOf('x', variantSchema.parse({ text: 'Hi @ada see #iris https://example.com/a.' }));
    expect(model.segments.map((segment) => `${segment.kind}:${segment.text}`)).toEqual([
      'text:Hi ',
      'mention:@ada',
      'text: see ',
      'hashtag:#iris',
      'text: ',
      'link:https://example.com/a',
      'text:.',
    ]);
    expect(model.card).toBe('https://example.com/a');
    expect(model.foldAt).toBeUndefined();
  });

  it('shows Bluesky links short and folds long posts', () => {
    const bluesky = previewOf(
      'bluesky',
      variantSchema.parse({ text: 'See https://example.com/a/very/long/path' }),
    );
    expect(bluesky.segments[1]).toEqual({
      kind: 'link',
      text: 'example.com/a/very/long/...',
      href: 'https://example.com/a/very/long/path',
    });
    expect(previewOf('linkedin', variantSchema.parse({ text: 'a'.repeat(500) })).foldAt).toBe(210);
  });
});
