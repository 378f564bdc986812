/**
 * How each network is written for: guidance for the model, not the rules a post is checked against (those live with the
 * platforms). `maxCharacters` keeps a draft inside the usual limit so that it rarely needs cutting.
 */
export interface WritingStyle {
  name: string;
  maxCharacters: number;
  hashtags: number;
  style: string;
}

export const WRITING_STYLES: Readonly<Record<string, WritingStyle>> = {
  x: {
    name: 'X',
    maxCharacters: 280,
    hashtags: 2,
    style: 'one sharp idea, no preamble, plain punctuation',
  },
  bluesky: {
    name: 'Bluesky',
    maxCharacters: 300,
    hashtags: 2,
    style: 'conversational, dry, no marketing tone',
  },
  mastodon: { name: 'Mastodon', maxCharacters: 500, hashtags: 3, style: 'informative, CamelCase hashtags' },
  threads: { name: 'Threads', maxCharacters: 500, hashtags: 1, style: 'casual, opens a conversation' },
  linkedin: {
    name: 'LinkedIn',
    maxCharacters: 1_300,
    hashtags: 3,
    style: 'a first line that stands alone, short paragraphs, one lesson, a question at the end',
  },
  facebook: { name: 'Facebook', maxCharacters: 600, hashtags: 1, style: 'warm, concrete, invites a reply' },
  instagram: {
    name: 'Instagram',
    maxCharacters: 1_000,
    hashtags: 8,
    style: 'a vivid first line, the story behind the picture, a call to action',
  },
  tiktok: { name: 'TikTok', maxCharacters: 300, hashtags: 4, style: 'a hook in five words, spoken language' },
  youtube: {
    name: 'YouTube',
    maxCharacters: 1_500,
    hashtags: 3,
    style: 'what the viewer learns, then details',
  },
  pinterest: {
    name: 'Pinterest',
    maxCharacters: 500,
    hashtags: 3,
    style: 'descriptive, searchable words first',
  },
  reddit: { name: 'Reddit', maxCharacters: 2_000, hashtags: 0, style: 'honest, useful, no slogans' },
  telegram: { name: 'Telegram', maxCharacters: 1_000, hashtags: 1, style: 'direct, scannable' },
};

export const DEFAULT_STYLE: WritingStyle = {
  name: 'social media',
  maxCharacters: 500,
  hashtags: 3,
  style: 'clear, concrete, friendly',
};

export function styleOf(platform: string | undefined): WritingStyle {
  return (platform && WRITING_STYLES[platform]) || DEFAULT_STYLE;
}
