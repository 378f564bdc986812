import { z } from 'zod';
import { type VoiceFields, voiceFields } from '../model';
import { blocksOf, linesOf, termsOf } from './lines';

const { shape } = voiceFields;
const entries = (split: (text: string) => string[]) => z.string().transform(split);

/** A voice as its form holds it: lists are text, one entry per line or block. */
export const voiceForm = z.object({
  name: shape.name,
  tone: shape.tone.unwrap(),
  audience: shape.audience.unwrap(),
  dos: entries(linesOf).pipe(shape.dos.unwrap()),
  donts: entries(linesOf).pipe(shape.donts.unwrap()),
  examples: entries(blocksOf).pipe(shape.examples.unwrap()),
  bannedWords: entries(termsOf).pipe(shape.bannedWords.unwrap()),
  emoji: shape.emoji.unwrap(),
  hashtags: shape.hashtags.unwrap(),
  locale: z
    .string()
    .trim()
    .transform((tag) => tag || undefined)
    .pipe(shape.locale),
  platforms: shape.platforms.unwrap(),
});
export type VoiceValues = z.input<typeof voiceForm>;

/** What the form starts with; an empty voice without one. */
export function voiceValues(voice?: VoiceFields): VoiceValues {
  if (!voice) return { ...voiceValues(voiceFields.parse({ name: 'new' })), name: '' };
  return {
    name: voice.name,
    tone: voice.tone,
    audience: voice.audience,
    dos: voice.dos.join('\n'),
    donts: voice.donts.join('\n'),
    examples: voice.examples.join('\n\n'),
    bannedWords: voice.bannedWords.join(', '),
    emoji: voice.emoji,
    hashtags: voice.hashtags,
    locale: voice.locale ?? '',
    platforms: voice.platforms,
  };
}
